/* transaction.c - runs the handler; a write in one transaction, again where that is safe */
#include "keel/core/metrics.h"
#include "stages.h"

static void success(struct exchange *exchange)
{
    exchange->response.status = exchange->route->success;
    exchange->response.message = exchange->route->message;
    exchange->response.cache = cache_control(exchange);
    exchange->response.media_type = exchange->route->media_type;
}

/*
 * Forgets what a failed attempt left behind; what the stages before it had added to the headers
 * stays.
 */
static void start_again(struct exchange *exchange, size_t headers_length)
{
    scope_clear_error(&exchange->scope);
    exchange->audit = (struct audit_note){0};
    buffer_clear(&exchange->response.data);
    buffer_clear(&exchange->response.body);
    buffer_cut(&exchange->response.headers, headers_length);
    success(exchange);
}

/*
 * Commits what a refusal must leave behind. When that fails, its own error is the answer: to say
 * "refused" would claim that the change was saved.
 */
static void keep(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct error refusal = scope->error;

    scope_clear_error(scope);
    if (audit_refusal(exchange, error_status(refusal.kind)) && db_commit(scope))
        scope->error = refusal;
    else if (db_in_transaction(scope->db))
        db_rollback(scope);
}

/* What was done is not there without its entry in the audit log. */
static bool handle(struct exchange *exchange)
{
    return exchange->route->handler(exchange) && audit_record(exchange);
}

/*
 * What happens inside the transaction. The answer is made before the commit: a change that is saved
 * must not end in an error.
 */
static bool carry_out(struct exchange *exchange, size_t headers_length)
{
    struct response *response = &exchange->response;

    if (!idempotency_replay(exchange))
        return false;
    if (!response->is_replay && !handle(exchange))
        return false;
    if (exchange->stream.open)
        return true;
    if (!response_prepare(&exchange->scope, response))
        return fail_memory(&exchange->scope);
    return idempotency_store(exchange, headers_length);
}

/* Its client may keep it waiting as long as all of it may take. */
static bool begin(struct exchange *exchange)
{
    if (!exchange->route->streams)
        return db_begin(&exchange->scope);
    return db_begin_reading(&exchange->scope, exchange->app->config.export_timeout_s * 1000);
}

/* The handler's true commits, false rolls back. */
static bool run_in_transaction(struct exchange *exchange, size_t headers_length)
{
    struct scope *scope = &exchange->scope;

    if (!begin(exchange))
        return false;
    bool done = carry_out(exchange, headers_length);

    if (done && db_commit(scope))
        return true;
    /* After a commit that failed nobody knows whether something in the database names the file. */
    if (!done)
        exchange->upload.kept = false;
    if (!done && scope->error.keeps)
        keep(exchange);
    else if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

/*
 * Claim: the handler wants a transaction. What is streamed lives in one. Behind a transaction
 * pooler reads do too: the limits of time hold only inside one there.
 */
static bool wants_transaction(const struct exchange *exchange)
{
    const struct route *route = exchange->route;

    if (route->flags & (ROUTE_NO_TRANSACTION | ROUTE_NO_DATABASE))
        return false;
    return route->method != GET || route->streams || !exchange->app->config.db_prepared;
}

static bool run_once(struct exchange *exchange, size_t headers_length)
{
    const struct route *route = exchange->route;
    bool done = wants_transaction(exchange) ? run_in_transaction(exchange, headers_length)
                                            : handle(exchange);

    if (done)
        return true;
    /* Without an error the answer would read as a success, of something that was rolled back. */
    if (exchange->scope.error.kind == ERR_NONE) {
        fail(&exchange->scope, ERR_INTERNAL, "Something went wrong on our side");
        fail_detail(&exchange->scope, "%s failed without an error", route->id);
    }
    return false;
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
        if (run_once(exchange, headers_length))
            return true;
        if (!standby_fall_back(exchange) && (!scope->error.retryable || exchange->stream.begun ||
                                             attempt >= exchange->app->config.db_retries)) {
            /* Nothing is to be said of a row that is not there. */
            buffer_cut(&exchange->response.headers, headers_length);
            return false;
        }
        metrics_count(exchange->app->metrics, METRICS_TRANSACTION_RETRY);
        start_again(exchange, headers_length);
        if (!db_ensure(scope))
            return false;
    }
}
