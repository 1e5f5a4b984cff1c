/* measure.c - counts what became of each request, and says how long it took */
#include "keel/core/metrics.h"

#include "keel/core/clock.h"
#include "keel/middleware/measure.h"
#include "stages.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static size_t count_routes(struct modules modules)
{
    size_t count = 0;

    for (size_t m = 0; m < modules.count; m++)
        count += modules.list[m]->route_count;
    return count;
}

bool measure_open(struct scope *scope, struct app *app)
{
    const char *path = app->config.metrics_file;
    size_t count = count_routes(app->modules), i = 0;

    if (*path == '\0')
        return true;
    struct metrics_route *routes = scope_alloc(scope, count * sizeof *routes);

    if (!routes)
        return false;
    /* In the order in which route_find() numbers them. */
    for (size_t m = 0; m < app->modules.count; m++) {
        const struct module *module = app->modules.list[m];

        for (size_t r = 0; r < module->route_count; r++)
            routes[i++] =
                (struct metrics_route){module->routes[r].id, method_name(module->routes[r].method)};
    }
    if (metrics_open(path, routes, count, &app->metrics))
        return true;
    return fail(scope, ERR_INTERNAL, "The metrics' file %s cannot be used: %s", path,
                strerror(errno));
}

void measure_request(struct exchange *exchange, int64_t duration_us)
{
    const struct scope *scope = &exchange->scope;

    metrics_count_request(exchange->app->metrics,
                          &(struct metrics_request){
                              .route = exchange->route ? exchange->match.number : METRICS_NO_ROUTE,
                              .status = exchange->response.status,
                              .duration_us = duration_us,
                              .database_us = scope->database_us,
                              .queries = scope->queries,
                          });
    if (stream_was_cut(exchange))
        metrics_count(exchange->app->metrics,
                      exchange->stream.client_gone ? METRICS_CUT_BY_CLIENT : METRICS_CUT_BY_ERROR);
}

static void add_milliseconds(struct buffer *out, const char *name, int64_t us)
{
    buffer_add_format(out, "%s;dur=%" PRId64 ".%03" PRId64, name, us / 1000, us % 1000);
}

void measure_add_header(struct exchange *exchange, int64_t started_us)
{
    struct buffer value;

    if (!exchange->app->config.server_timing)
        return;
    buffer_init(&value, &exchange->scope.arena);
    add_milliseconds(&value, "total", clock_monotonic_us() - started_us);
    add_milliseconds(&value, ", db", exchange->scope.database_us);
    if (!value.failed)
        response_header(&exchange->response, "Server-Timing", value.data);
}
