/* pipeline.c - the stages a request passes, in order, and the answer at their end */
#include "keel/middleware/pipeline.h"

#include "keel/core/clock.h"
#include "keel/core/network.h"
#include "keel/core/text.h"
#include "stages.h"

#include <string.h>

static bool (*const stages[])(struct exchange *) = {
    stage_route,       stage_options,    stage_monitor,     stage_rate, stage_database,
    stage_auth,        stage_permission, stage_query,       stage_body, stage_upload,
    stage_idempotency, stage_standby,    stage_transaction,
};

static void run_stages(struct exchange *exchange)
{
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        if (!stages[i](exchange))
            return;
    }
}

static void answer(struct exchange *exchange)
{
    const struct buffer *output = &exchange->response.output;
    char fallback[512];

    if (stream_end(exchange))
        return;
    if (response_render(&exchange->scope, &exchange->request, &exchange->response)) {
        exchange->transport->write(exchange->transport, output->data, output->length);
        return;
    }
    /* Whatever the request had come to, this is what it ends with: the log is to say so, too. */
    scope_clear_error(&exchange->scope);
    fail_memory(&exchange->scope);
    size_t length = response_fallback(&exchange->scope, fallback, sizeof fallback);

    exchange->response.status = 503;
    exchange->transport->write(exchange->transport, fallback, length);
}

/*
 * Who asks, as services may store it: the database takes neither "unix:" for an address nor what is
 * no UTF-8 for a text, and neither is a reason to refuse somebody.
 */
static void introduce_client(struct scope *scope, const struct request *request)
{
    const char *agent = request->user_agent;

    scope->request_id = request->id;
    scope->trace_id = request->trace.id;
    if (network_is_address(request->client_address))
        scope->client_address = request->client_address;
    if (agent && text_is_utf8(agent, strlen(agent)))
        scope->client_agent = agent;
}

void api_serve(struct app *app, struct transport *transport)
{
    int64_t started = clock_monotonic_us();
    struct exchange exchange = {.app = app, .transport = transport};

    scope_begin(&exchange.scope, &app->config, app->db, &app->log);
    exchange.scope.token_keys = app->token_keys;
    exchange.scope.metrics = app->metrics;
    response_begin(&exchange.response, &exchange.scope.arena);
    bool decoded = request_decode(&exchange.scope, transport, &exchange.request);

    introduce_client(&exchange.scope, &exchange.request);
    cors_add_headers(&exchange);
    if (decoded)
        run_stages(&exchange);
    measure_add_header(&exchange, started);
    answer(&exchange);
    int64_t duration = clock_monotonic_us() - started;

    measure_request(&exchange, duration);
    access_log_write(&exchange, duration);
    upload_end(&exchange.upload);
    app->short_of_memory = app->short_of_memory || exchange.scope.short_of_memory;
    scope_end(&exchange.scope);
}
