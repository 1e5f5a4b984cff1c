/* access_log.c - one line for each request */
#include "stages.h"

static enum log_level level_of(const struct exchange *exchange)
{
    if (stream_was_cut(exchange) && !exchange->stream.client_gone)
        return LOG_LEVEL_ERROR;
    return exchange->response.status >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
}

/* Bytes that went from and to the client in files and pieces, where there were such. */
static void add_bytes(struct log_line *line, const struct exchange *exchange)
{
    if (exchange->upload.path)
        log_add_int(line, "upload_bytes", exchange->upload.bytes);
    if (exchange->stream.begun)
        log_add_int(line, "stream_bytes", exchange->stream.bytes);
    if (stream_was_cut(exchange))
        log_add_text(line, "cut", exchange->stream.client_gone ? "by the client" : "by an error");
}

void access_log_write(struct exchange *exchange, int64_t duration_us)
{
    const struct request *request = &exchange->request;
    const struct scope *scope = &exchange->scope;
    struct log_line line;

    if (!log_begin(&exchange->app->log, &line, level_of(exchange), "request"))
        return;
    log_add_text(&line, "request_id", request->id);
    log_add_text(&line, "route", exchange->route ? exchange->route->id : NULL);
    log_add_text(&line, "method", request->method_text);
    /* Without the query: it may hold what somebody searched for. */
    log_add_text(&line, "path", request->path);
    log_add_int(&line, "status", exchange->response.status);
    log_add_int(&line, "us", duration_us);
    log_add_int(&line, "queries", scope->queries);
    log_add_int(&line, "database_us", scope->database_us);
    if (scope->db != exchange->app->db)
        log_add_int(&line, "standby", 1);
    log_add_text(&line, "client", request->client_address);
    add_bytes(&line, exchange);
    log_add_text(&line, "trace_id", request->trace.id);
    log_add_text(&line, "span_id", request->trace.span);
    if (exchange->response.is_replay)
        log_add_int(&line, "replay", 1);
    if (scope->caller)
        log_add_int(&line, "user", scope->caller->user_id);
    if (scope->caller && scope->caller->api_key_id)
        log_add_int(&line, "api_key", scope->caller->api_key_id);
    if (scope->error.kind != ERR_NONE && !exchange->stream.client_gone) {
        log_add_text(&line, "code", error_code(scope->error.kind));
        log_add_text(&line, "detail", scope->error.detail);
    }
    log_end(&line);
}
