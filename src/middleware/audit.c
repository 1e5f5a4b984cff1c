/* audit.c - one entry of the audit log for each row that a request wrote */
#include "keel/services/audit.h"
#include "keel/model/changes.h"
#include "stages.h"

/* Claim: the request was carried out now, and could write. */
static bool is_write(const struct exchange *exchange)
{
    const struct route *route = exchange->route;

    return route->method != GET && !(route->flags & ROUTE_NO_DATABASE) &&
           !exchange->response.is_replay;
}

/* A handler that noted no row means the one that the address names, where its module has a table.
 */
static void complete(struct exchange *exchange)
{
    const struct module *module = exchange->match.module;
    const struct model *model = module ? module->model : NULL;
    int64_t id = exchange->match.values.id;

    if (exchange->audit.table || !model || !id)
        return;
    exchange->audit.table = model->table;
    exchange->audit.row_id = id;
}

/* Whoever is signed in; else whom the handler found out it was. */
static struct audit_act describe(struct exchange *exchange, int status)
{
    const struct identity *caller = exchange->scope.caller;
    const struct audit_note *note = &exchange->audit;

    complete(exchange);
    struct audit_act act = {.user_id = note->user_id,
                            .session_id = note->session_id,
                            .route = exchange->route->id,
                            .method = method_name(exchange->route->method),
                            .status = status,
                            .table = note->table};

    if (caller) {
        act.user_id = caller->user_id;
        act.session_id = caller->session_id;
        act.api_key_id = caller->api_key_id;
    }
    return act;
}

/* A handler that knows no better leaves it to the body to tell what changed. */
static bool find_changes(struct exchange *exchange, struct audit_row *row)
{
    row->changes = exchange->audit.changes;
    if (!row->changes && exchange->input.values)
        row->changes = changes_of_input(&exchange->scope, &exchange->input);
    return exchange->scope.error.kind == ERR_NONE;
}

static bool record_one(struct exchange *exchange, const struct audit_act *act)
{
    struct audit_row row = {.id = exchange->audit.row_id};

    return find_changes(exchange, &row) && audit_add(&exchange->scope, act, &row, 1);
}

static bool record_each(struct exchange *exchange, const struct audit_act *act)
{
    const struct bulk *bulk = &exchange->bulk;
    struct audit_row *rows = scope_alloc(&exchange->scope, bulk->count * sizeof *rows);

    if (!rows)
        return false;
    for (size_t i = 0; i < bulk->count; i++)
        rows[i] = (struct audit_row){bulk->operations[i].id, bulk->operations[i].changes};
    return audit_add(&exchange->scope, act, rows, bulk->count);
}

bool audit_record(struct exchange *exchange)
{
    struct audit_act act;

    if (!is_write(exchange))
        return true;
    act = describe(exchange, exchange->response.status);
    return exchange->bulk.count ? record_each(exchange, &act) : record_one(exchange, &act);
}

/* Nothing of the body came to be. */
bool audit_refusal(struct exchange *exchange, int status)
{
    const struct audit_act act = describe(exchange, status);

    return audit_add(&exchange->scope, &act, &(struct audit_row){exchange->audit.row_id, NULL}, 1);
}
