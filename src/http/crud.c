/* crud.c - the generic handlers of a resource */
#include "keel/http/crud.h"

#include "conditional.h"
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

bool crud_list(struct exchange *exchange)
{
    struct list_query query;
    struct list_page page;

    if (!list_decode(&exchange->scope, exchange->route->reply.model, exchange->request.query,
                     &query) ||
        !list_run(&exchange->scope, &query, &page))
        return false;
    list_write(&exchange->response.data, &query, &page);
    return reply_written(exchange);
}

bool crud_get(struct exchange *exchange)
{
    struct rows rows;

    if (!store_get(&exchange->scope, exchange->route->reply.model, exchange->match.values.id,
                   &rows))
        return false;
    conditional_not_modified(exchange, &rows);
    return crud_reply(exchange, &rows);
}

/* Where the new row is found: the path of the list it was added to, and its id. */
static bool add_location(struct exchange *exchange, const struct rows *rows)
{
    const char *base = exchange->app->config.base_path;
    const char *location = scope_format(&exchange->scope, "%s%s/%s", base, exchange->route->path,
                                        row_text(rows, 0, PQfnumber(rows->result, "id")));

    if (!location)
        return false;
    response_header(&exchange->response, "Location", location);
    return true;
}

bool crud_create(struct exchange *exchange)
{
    struct rows rows;

    return store_create(&exchange->scope, &exchange->input, &rows) &&
           add_location(exchange, &rows) && crud_reply(exchange, &rows);
}

static bool update(struct exchange *exchange, bool replace)
{
    struct rows rows;

    return conditional_match(exchange, exchange->input.model) &&
           store_update(&exchange->scope, exchange->match.values.id, &exchange->input, replace,
                        &rows) &&
           crud_reply(exchange, &rows);
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
