/* pipeline.c - the stages a request passes, in order, and the answer at their end */
#include "keel/middleware/pipeline.h"

#include "keel/core/clock.h"
#include "stages.h"

static bool (*const stages[])(struct exchange *) = {
    stage_route,      stage_cors,  stage_rate, stage_database,    stage_auth,
    stage_permission, stage_query, stage_body, stage_transaction,
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
    struct buffer output;
    char fallback[512];

    buffer_init(&output, &exchange->scope.arena);
    if (response_render(&exchange->scope, &exchange->request, &exchange->response, &output)) {
        exchange->transport->write(exchange->transport, output.data, output.length);
        return;
    }
    size_t length = response_fallback(&exchange->scope, fallback, sizeof fallback);

    exchange->response.status = 503;
    exchange->transport->write(exchange->transport, fallback, length);
}

void api_serve(struct app *app, struct transport *transport)
{
    int64_t started = clock_monotonic_us();
    struct exchange exchange = {.app = app, .transport = transport};

    scope_begin(&exchange.scope, &app->config, app->db, &app->log);
    response_begin(&exchange.response, &exchange.scope.arena);
    bool decoded = request_decode(&exchange.scope, transport, &exchange.request);

    exchange.scope.request_id = exchange.request.id;
    if (decoded)
        run_stages(&exchange);
    answer(&exchange);
    access_log_write(&exchange, started);
    scope_end(&exchange.scope);
}
