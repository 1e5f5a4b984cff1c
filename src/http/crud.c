/* crud.c - the generic handlers of a resource */
#include "keel/http/crud.h"

#include "keel/http/conditional.h"
#include "keel/model/export.h"
#include "keel/model/list.h"

static bool reply_written(struct exchange *exchange)
{
    return !exchange->response.data.failed || fail_memory(&exchange->scope);
}

bool crud_reply(struct exchange *exchange, const struct rows *rows)
{
    model_write_row(&exchange->response.data, exchange->route->reply.model, rows, 0);
    return etag_add(exchange, rows) && reply_written(exchange);
}

bool crud_reply_record(struct exchange *exchange, const void *record)
{
    model_write_record(&exchange->response.data, exchange->route->reply.model, record);
    return reply_written(exchange);
}

bool crud_reply_rows(struct exchange *exchange, const struct rows *rows)
{
    model_write_rows(&exchange->response.data, exchange->route->reply.model, rows);
    return reply_written(exchange);
}

/* Deleted rows are shown to those who have the row's permission for it; a row without one has none.
 */
static bool may_see(struct exchange *exchange, enum list_deleted deleted)
{
    const char *permission = exchange->route->see_deleted;
    struct scope *scope = &exchange->scope;

    if (deleted == LIST_LIVE)
        return true;
    if (!permission)
        return fail_field(scope, "deleted", "unknown_parameter",
                          "There is no parameter deleted here");
    if (!scope->caller)
        return fail(scope, ERR_UNAUTHORIZED, "Sign in to see what is deleted");
    return scope_may(scope, permission) ||
           fail(scope, ERR_FORBIDDEN, "Seeing what is deleted needs the permission %s", permission);
}

bool crud_list(struct exchange *exchange)
{
    struct list_query query;
    struct list_page page;

    if (!list_decode(&exchange->scope, exchange->route->reply.model, exchange->request.query,
                     &query) ||
        !may_see(exchange, query.deleted) || !list_run(&exchange->scope, &query, &page))
        return false;
    list_write(&exchange->response.data, &query, &page);
    return reply_written(exchange);
}

const struct media export_media[] = {
    {"csv", "text/csv"}, {"ndjson", "application/x-ndjson"}, {"json", "application/json"}, {0}};

bool crud_name_file(struct exchange *exchange, const char *name)
{
    const char *value = scope_format(&exchange->scope, "attachment; filename=\"%s\"", name);

    if (!value)
        return false;
    response_header(&exchange->response, "Content-Disposition", value);
    return true;
}

bool crud_stream_piece(void *exchange, const char *data, size_t length)
{
    return stream_write(exchange, data, length);
}

bool crud_export(struct exchange *exchange)
{
    const struct model *model = exchange->route->reply.model;
    struct scope *scope = &exchange->scope;
    struct export export;

    if (!export_decode(scope, model, exchange->request.query, &export) ||
        !may_see(exchange, export.list.deleted))
        return false;
    const char *name =
        scope_format(scope, "%s.%s", model->plural, export_format_name(export.format));

    if (!name || !crud_name_file(exchange, name) ||
        !stream_begin(exchange, export_media_type(export.format)))
        return false;
    return exchange->request.is_head ||
           model_export(scope, &export, (struct sink){crud_stream_piece, exchange});
}

/* An entity tag stands for the row alone: with others in the answer it could not tell their change.
 */
bool crud_get(struct exchange *exchange)
{
    const struct model *model = exchange->route->reply.model;
    struct selection selection;
    struct rows rows;

    if (!selection_decode(&exchange->scope, model, exchange->request.query, &selection) ||
        !store_select(&exchange->scope, &selection, exchange->match.values.id, &rows))
        return false;
    if (selection_has_version(&selection)) {
        conditional_not_modified(exchange, &rows);
        if (!etag_add(exchange, &rows))
            return false;
    }
    selection_write_row(&exchange->response.data, &selection, &rows, 0);
    return reply_written(exchange);
}

void crud_note_row(struct exchange *exchange, const char *table, int64_t id)
{
    exchange->audit = (struct audit_note){.table = table, .row_id = id};
}

static int64_t new_id(const struct rows *rows)
{
    return row_int(rows, 0, PQfnumber(rows->result, "id"));
}

bool crud_add_location(struct exchange *exchange, const char *path, int64_t id)
{
    const char *location = scope_format(&exchange->scope, "%s%s/%lld",
                                        exchange->app->config.base_path, path, (long long)id);

    if (!location)
        return false;
    response_header(&exchange->response, "Location", location);
    return true;
}

bool crud_reply_created(struct exchange *exchange, const struct rows *rows)
{
    return crud_add_location(exchange, exchange->route->path, new_id(rows)) &&
           crud_reply(exchange, rows);
}

bool crud_create(struct exchange *exchange)
{
    struct rows rows;

    if (!store_create(&exchange->scope, &exchange->input, &rows))
        return false;
    crud_note_row(exchange, exchange->input.model->table, new_id(&rows));
    return crud_reply_created(exchange, &rows);
}

static bool update(struct exchange *exchange, bool replace)
{
    const struct input *input = &exchange->input;
    struct rows rows;

    if (!conditional_match(exchange, input->model) ||
        !store_update(&exchange->scope, exchange->match.values.id, input, replace, &rows))
        return false;
    exchange->audit.changes = store_changes(&exchange->scope, input, replace, &rows);
    return exchange->audit.changes && crud_reply(exchange, &rows);
}

bool crud_replace(struct exchange *exchange)
{
    return update(exchange, true);
}

bool crud_patch(struct exchange *exchange)
{
    return update(exchange, false);
}

/* The row of a DELETE has no reply model, so its module says which one is meant. */
bool crud_delete(struct exchange *exchange)
{
    const struct model *model = exchange->match.module->model;

    return conditional_match(exchange, model) &&
           store_delete(&exchange->scope, model, exchange->match.values.id);
}

bool crud_restore(struct exchange *exchange)
{
    struct rows rows;

    return store_restore(&exchange->scope, exchange->route->reply.model, exchange->match.values.id,
                         &rows) &&
           crud_reply(exchange, &rows);
}

bool crud_bulk(struct exchange *exchange)
{
    exchange->audit.table = exchange->bulk.model->table;
    if (!bulk_run(&exchange->scope, &exchange->bulk))
        return false;
    bulk_write(&exchange->response.data, &exchange->bulk);
    return reply_written(exchange);
}
