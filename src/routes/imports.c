/* imports.c - files to import: taken by every resource's own route, then looked at and cancelled */
#include "keel/routes/imports.h"
#include "keel/http/crud.h"
#include "keel/model/export.h"

#include <string.h>

const struct media import_media[] = {
    {"csv", "text/csv"}, {"ndjson", "application/x-ndjson"}, {NULL, NULL}};

const struct query_parameter import_query[] = {
    {"mode", "Whether one wrong row keeps all others out, or itself alone.", IMPORT_MODES},
    {"on_conflict", "What becomes of a row whose id is there already.", IMPORT_CONFLICTS},
    {"dry_run", "With true everything is checked and nothing kept.", "false|true"},
    {NULL, NULL, NULL}};

static bool reply_import(struct exchange *exchange, int64_t id)
{
    struct rows rows;

    crud_note_row(exchange, import_model.table, id);
    return store_get(&exchange->scope, &import_model, id, &rows) && crud_reply(exchange, &rows);
}

bool import_file(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct upload *upload = &exchange->upload;
    const char *dry_run = request_query(&exchange->request, "dry_run");
    const struct import_order order = {
        .resource = exchange->match.module->model->plural,
        .file = upload->path,
        .bytes = upload->bytes,
        .is_upload = true,
        .format = upload->media->format,
        .mode = request_query(&exchange->request, "mode"),
        .on_conflict = request_query(&exchange->request, "on_conflict"),
        .dry_run = dry_run && strcmp(dry_run, "true") == 0,
        .user_id = scope->caller->user_id,
    };
    int64_t id;

    return upload_keep(scope, upload) && imports_create(scope, &order, &id) &&
           crud_add_location(exchange, "/imports", id) && reply_import(exchange, id);
}

/* Claim: the caller sees what others have ordered, or may end it. */
static bool is_for_all(const struct exchange *exchange)
{
    bool reads = exchange->route->method == GET;

    return scope_may(&exchange->scope, reads ? "jobs:read" : "jobs:write");
}

/* What somebody else imports is not there for those who may not see it. */
static bool find_import(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct rows rows;

    if (!store_get(scope, &import_model, exchange->match.values.id, &rows))
        return false;
    if (is_for_all(exchange) ||
        row_int(&rows, 0, PQfnumber(rows.result, "user_id")) == scope->caller->user_id)
        return true;
    return fail(scope, ERR_NOT_FOUND, "There is no import with this id");
}

/* Whatever else is asked for: of one's own. */
static bool add_owner(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct pairs *query = &exchange->request.query;
    const char *own = param_int(scope, scope->caller->user_id);
    const char *asked = request_query(&exchange->request, "user_id");
    struct pair *list = scope_alloc(scope, (query->count + 1) * sizeof *list);

    if (!list || !own)
        return false;
    if (asked)
        return strcmp(asked, own) == 0 ||
               fail(scope, ERR_FORBIDDEN, "What others import needs the permission jobs:read");
    if (query->count)
        memcpy(list, query->list, query->count * sizeof *list);
    list[query->count] = (struct pair){"user_id", own};
    *query = (struct pairs){list, query->count + 1};
    return true;
}

static bool list_imports(struct exchange *exchange)
{
    return (is_for_all(exchange) || add_owner(exchange)) && crud_list(exchange);
}

static bool get_import(struct exchange *exchange)
{
    return find_import(exchange) && crud_get(exchange);
}

static bool get_rejects(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    int64_t id = exchange->match.values.id;
    const char *name = scope_format(scope, "import-%lld-rejects.csv", (long long)id);

    if (!name || !find_import(exchange) || !crud_name_file(exchange, name) ||
        !stream_begin(exchange, export_media_type(EXPORT_CSV)))
        return false;
    return exchange->request.is_head ||
           imports_write_rejects(scope, id, (struct sink){crud_stream_piece, exchange});
}

static bool cancel_import(struct exchange *exchange)
{
    int64_t id = exchange->match.values.id;

    return find_import(exchange) && imports_cancel(&exchange->scope, id) &&
           reply_import(exchange, id);
}

static const struct media rejects_media[] = {{"csv", "text/csv"}, {NULL, NULL}};

static const struct route routes[] = {
    {"imports.list", GET, "/imports", list_imports, ACCESS_PERMISSION, .permission = "imports:read",
     .rate = RATE_READ, .reply = {&import_model, READ | LIST}, .flags = ROUTE_LIST, .success = 200,
     .summary = "One's own imports, newest first; with jobs:read everybody's."},
    {"imports.get", GET, "/imports/{id}", get_import, ACCESS_PERMISSION,
     .permission = "imports:read", .rate = RATE_READ, .reply = {&import_model, READ},
     .success = 200, .summary = "How far an import is, and what came of it."},
    {"imports.rejects", GET, "/imports/{id}/rejects", get_rejects, ACCESS_PERMISSION,
     .permission = "imports:read", .rate = RATE_READ, .streams = rejects_media, .success = 200,
     .summary = "Which rows were refused and why: line, column, code, message, value."},
    {"imports.cancel", POST, "/imports/{id}/cancel", cancel_import, ACCESS_PERMISSION,
     .permission = "imports:write", .rate = RATE_WRITE, .reply = {&import_model, READ},
     .success = 200, .message = "Import cancelled", .errors = ERROR_BIT(ERR_CONFLICT),
     .summary = "End an import: at once where it waits, soon where it runs."},
};

extern const struct module module_imports;
const struct module module_imports = {
    .name = "imports",
    .doc = "Rows from files, and which of them were refused.",
    ROUTES(routes),
    .model = &import_model,
};
