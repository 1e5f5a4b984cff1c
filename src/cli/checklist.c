/* checklist.c - what every endpoint must have, and whether it has it */
#include "checklist.h"

#include "keel/core/json.h"
#include "keel/db/db.h"
#include "keel/db/migrate.h"
#include "keel/http/crud.h"
#include "keel/routes/modules.h"
#include "source.h"
#include "sql.h"
#include "words.h"

#include <inttypes.h>
#include <string.h>

#define SERVICE_INCLUDE "#include \"keel/services/"

bool checklist_open(struct cli *cli, const char *source, const char *seen, const char *results,
                    struct checklist *checklist)
{
    struct scope *scope = &cli->scope;

    *checklist = (struct checklist){.cli = cli, .source = source};
    if (seen && (!source_read(scope, *seen == '/' ? "" : ".", seen, &checklist->seen) ||
                 (!checklist->seen &&
                  !fail(scope, ERR_NOT_FOUND, "There is no file %s: make test writes it.", seen))))
        return false;
    return !source || (source_require(scope, source) &&
                       source_read(scope, source, "docs/API_REFERENCE.md", &checklist->reference) &&
                       results_open(scope, source, results, &checklist->results));
}

bool checklist_read(struct checklist *checklist)
{
    return db_query(&checklist->cli->scope, &sql_permissions_held, NO_PARAMS,
                    &checklist->permissions);
}

const char *checklist_miss(const struct checklist_row *row, const char *format, ...)
{
    struct scope *scope = &row->checklist->cli->scope;
    va_list arguments;

    va_start(arguments, format);
    const char *what = arena_vformat(&scope->arena, format, arguments);

    va_end(arguments);
    /* With a word in front: "users.list" is no column of the table users. */
    const char *field = scope_format(scope, "endpoint %s", row->route->id);

    if (what && field)
        fail_field(scope, field, "missing", "%s: %s", row->route->id, what);
    else
        fail_memory(scope);
    return "missing";
}

static bool is_generic(const struct route *route)
{
    static bool (*const handlers[])(struct exchange *) = {
        crud_list,  crud_get,    crud_create,  crud_replace,
        crud_patch, crud_delete, crud_restore, crud_bulk,
    };

    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (route->handler == handlers[i])
            return true;
    }
    return false;
}

const char *checklist_next_service(struct scope *scope, const char **at)
{
    const char *start = *at ? strstr(*at, SERVICE_INCLUDE) : NULL;

    if (!start)
        return NULL;
    start += strlen(SERVICE_INCLUDE);
    *at = start;
    return scope_copy(scope, start, strcspn(start, "."));
}

/* SQL and rules belong into services, where jobs and commands find them too. */
static const char *service_cell(const struct checklist_row *row)
{
    const char *at = row->file, *service;
    struct buffer out;

    if (row->is_generic)
        return "-";
    if (!row->file)
        return row->checklist->source
                   ? checklist_miss(row, "src/routes/%s.c is not there", row->module->name)
                   : "?";
    if (strstr(row->file, "db_query(") || strstr(row->file, "#include \"sql.h\""))
        return checklist_miss(row, "src/routes/%s.c runs SQL of its own, which a service should",
                              row->module->name);
    buffer_init(&out, &row->checklist->cli->scope.arena);
    while ((service = checklist_next_service(&row->checklist->cli->scope, &at)))
        buffer_add_format(&out, "%s%s", out.length ? " " : "", service);
    return out.length ? out.data : "-";
}

static const char *model_cell(const struct checklist_row *row)
{
    const struct route *route = row->route;
    const struct model *model = route->reply.model ? route->reply.model : route->body.model;

    if (row->is_generic && !row->module->model)
        return checklist_miss(row, "a handler of crud.h needs the module's model");
    return model ? model->name : row->is_generic ? row->module->model->name : "-";
}

/* The columns' own examples as a body: what documents show must pass what the columns ask. */
static bool add_examples(const struct checklist_row *row, struct buffer *body)
{
    const struct shape *shape = &row->route->body;
    bool complete = true;

    for (size_t i = 0; i < shape->model->column_count; i++) {
        const struct column *column = &shape->model->columns[i];

        if (!(column->uses & shape->use & (CREATE | UPDATE)))
            continue;
        if (!column->example) {
            checklist_miss(row, "%s of its body has no .example", column->name);
            complete = false;
            continue;
        }
        buffer_add_char(body, body->length ? ',' : '{');
        json_add_key(body, column->name);
        buffer_add_text(body, column->example);
    }
    buffer_add_text(body, body->length ? "}" : "{}");
    if (body->failed)
        return fail_memory(&row->checklist->cli->scope);
    return complete;
}

static const char *validation_cell(const struct checklist_row *row)
{
    const struct shape *shape = &row->route->body;
    struct scope scratch;
    struct json_object *json;
    struct input input;
    struct buffer body;
    const char *cell = "body";

    if (row->route->flags & ROUTE_BULK)
        return "operations";
    if (!shape->model)
        return row->route->flags & ROUTE_LIST        ? "list"
               : row->route->flags & ROUTE_ANY_QUERY ? "any query"
                                                     : "query";
    /* A body that is refused must not end this run. */
    scope_begin(&scratch, &row->checklist->cli->config, NULL, NULL);
    buffer_init(&body, &scratch.arena);
    if (!add_examples(row, &body))
        cell = "missing";
    else if (!json_parse(&scratch, body.data, body.length, &json) ||
             !input_decode(&scratch, shape->model, shape->use, json, &input))
        cell = checklist_miss(row, "the example of its body is refused: %s", scratch.error.message);
    scope_end(&scratch);
    return cell;
}

/* A permission that no role has would shut everybody out. */
static const char *access_cell(const struct checklist_row *row)
{
    const char *permission = row->route->permission;
    const struct rows *held = &row->checklist->permissions;

    if (row->route->access != ACCESS_PERMISSION)
        return words_of_access(row->route);
    for (int i = 0; i < held->count; i++) {
        if (strcmp(row_text(held, i, 0), permission) == 0)
            return permission;
    }
    return checklist_miss(row, "no role has the permission %s: a migration gives it", permission);
}

static const char *errors_cell(const struct checklist_row *row)
{
    unsigned errors = route_errors(row->route);
    int count = 0;

    for (; errors; errors &= errors - 1)
        count++;
    return scope_format(&row->checklist->cli->scope, "%d", count);
}

static const char *reference_cell(const struct checklist_row *row)
{
    struct checklist *checklist = row->checklist;

    if (!checklist->source)
        return "?";
    if (source_has_page(&checklist->cli->scope, checklist->reference,
                        checklist->cli->config.base_path, row->route))
        return "yes";
    return checklist_miss(row, "docs/API_REFERENCE.md has no page of it: make docs");
}

/* Claim: the columns of the table were found to differ from the catalog (drift.c). */
static bool has_drifted(const struct scope *scope, const char *table)
{
    size_t length = strlen(table);

    for (const struct field_error *field = scope->error.fields; field; field = field->next) {
        if (strncmp(field->field, table, length) == 0 &&
            (field->field[length] == '.' || !field->field[length]))
            return true;
    }
    return false;
}

/* The newest migration that speaks of the table. */
static const char *migration_cell(const struct checklist_row *row)
{
    struct scope *scope = &row->checklist->cli->scope;
    const struct model *model = row->module->model;
    struct migration_set set;
    int64_t newest = 0;

    if (!model || !model->table)
        return "-";
    if (has_drifted(scope, model->table))
        return checklist_miss(row, "no migration brought %s to what its columns say", model->table);
    if (!migrations_embedded(scope, &set))
        return NULL;
    for (size_t i = 0; i < set.count; i++) {
        if (source_mentions(set.list[i].up, model->table))
            newest = set.list[i].version;
    }
    return newest ? scope_format(scope, "%04" PRId64, newest)
                  : checklist_miss(row, "no migration makes the table %s", model->table);
}

static bool add_row(const struct checklist_row *row, struct table *table)
{
    const char *const cells[] = {
        row->route->id,       row->is_generic ? "crud" : "own",
        service_cell(row),    model_cell(row),
        validation_cell(row), errors_cell(row),
        access_cell(row),     checklist_unit(row),
        checklist_api(row),   reference_cell(row),
        migration_cell(row),
    };

    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        if (!cells[i])
            return false;
    }
    return table_add(table, cells);
}

static bool add_module(struct checklist *checklist, const struct module *module,
                       struct table *table)
{
    struct scope *scope = &checklist->cli->scope;
    const char *path = scope_format(scope, "src/routes/%s.c", module->name);
    struct checklist_row row = {.checklist = checklist, .module = module};

    if (!path || (checklist->source && !source_read(scope, checklist->source, path, &row.file)))
        return false;
    for (size_t i = 0; i < module->route_count; i++) {
        row.route = &module->routes[i];
        row.is_generic = is_generic(row.route);
        if (!add_row(&row, table))
            return false;
    }
    return true;
}

/* A setting that nobody can read of might as well not be there. */
static bool check_settings(struct checklist *checklist)
{
    struct scope *scope = &checklist->cli->scope;
    const char *text;

    if (!checklist->source)
        return true;
    if (!source_read(scope, checklist->source, "docs/CONFIG.md", &text))
        return false;
    for (size_t i = 0; i < config_key_count; i++) {
        const char *variable = config_keys[i].variable;

        if (!text || !source_mentions(text, variable))
            fail_field(scope, variable, "missing", "docs/CONFIG.md does not name %s: make docs",
                       variable);
    }
    return true;
}

bool checklist_run(struct checklist *checklist, bool shows)
{
    static const char *const headings[] = {"ENDPOINT", "HANDLER",   "SERVICE",   "MODEL",
                                           "CHECKED",  "ERRORS",    "ACCESS",    "UNIT TEST",
                                           "API TEST", "REFERENCE", "MIGRATION", NULL};
    struct scope *scope = &checklist->cli->scope;
    struct table table;

    table_begin(&table, scope, headings);
    for (size_t i = 0; i < keel_modules.count; i++) {
        if (!add_module(checklist, keel_modules.list[i], &table))
            return false;
    }
    checklist_common(checklist);
    if (!check_settings(checklist))
        return false;
    if (shows && !table_print(checklist->cli, &table))
        return false;
    return scope->error.kind == ERR_NONE;
}
