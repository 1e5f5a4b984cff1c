/* transaction.c - runs the handler; a write in one transaction, again where that is safe */
#include "stages.h"

static void success(struct exchange *exchange)
{
    exchange->response.status = exchange->route->success;
    exchange->response.message = exchange->route->message;
}

/* Forgets what a failed attempt left behind; what the stages before it had added to the headers
 * stays. */
static void start_again(struct exchange *exchange, size_t headers_length)
{
    scope_clear_error(&exchange->scope);
    buffer_clear(&exchange->response.data);
    buffer_cut(&exchange->response.headers, headers_length);
}

/*
 * The handler's true commits, false rolls back. The answer's memory is there before the commit: a
 * change that is saved must not end in an error.
 */
static bool run_in_transaction(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;

    if (!db_begin(scope))
        return false;
    bool done = exchange->route->handler(exchange);

    if (done && !response_reserve(&exchange->response))
        done = fail_memory(scope);
    if (done && db_commit(scope))
        return true;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

static bool run_once(struct exchange *exchange)
{
    const struct route *route = exchange->route;
    bool reads = route->method == GET || route->flags & (ROUTE_NO_TRANSACTION | ROUTE_NO_DATABASE);

    return reads ? route->handler(exchange) : run_in_transaction(exchange);
}

/*
 * A serialization failure or a deadlock says that nothing was done, so the whole unit runs again. A
 * connection lost meanwhile is opened again only for those, before the handler and never inside it.
 */
bool stage_transaction(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    size_t headers_length = exchange->response.headers.length;

    success(exchange);
    for (int64_t attempt = 0;; attempt++) {
        if (run_once(exchange))
            return true;
        if (!scope->error.retryable || attempt >= exchange->app->config.db_retries)
            return false;
        start_again(exchange, headers_length);
        if (!db_ensure(scope))
            return false;
    }
}
