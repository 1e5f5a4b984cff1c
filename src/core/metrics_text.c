/* metrics_text.c - the metrics as Prometheus reads them: its text exposition format 0.0.4 */
#include "metrics_file.h"

#include "keel/core/build.h"

#include <inttypes.h>
#include <stdio.h>

#define US_PER_SECOND UINT64_C(1000000)

struct counter_name {
    const char *name;
    const char *labels; /* in braces; NULL: none */
    const char *help;   /* NULL: another one of the metric in front of it */
};

static const struct counter_name counters[METRICS_COUNTER_COUNT] = {
    [METRICS_REFUSED_READ] = {"keel_rate_limit_refusals_total", "{class=\"read\"}",
                              "Requests refused by the rate limit of a class."},
    [METRICS_REFUSED_WRITE] = {"keel_rate_limit_refusals_total", "{class=\"write\"}", NULL},
    [METRICS_REFUSED_AUTH] = {"keel_rate_limit_refusals_total", "{class=\"auth\"}", NULL},
    [METRICS_TRANSACTION_RETRY] = {"keel_transaction_retries_total", NULL,
                                   "Transactions run again as they failed to serialize or "
                                   "deadlocked."},
    [METRICS_SLOW_QUERY] = {"keel_slow_queries_total", NULL,
                            "Statements that took longer than the setting slow_query_ms."},
    [METRICS_CONNECTED] = {"keel_database_connections_total", "{result=\"opened\"}",
                           "Connections to the database that were opened, or could not be."},
    [METRICS_NOT_CONNECTED] = {"keel_database_connections_total", "{result=\"failed\"}", NULL},
    [METRICS_CUT_BY_CLIENT] = {"keel_cut_answers_total", "{by=\"client\"}",
                               "Answers that ended short of their end, with a status that says "
                               "nothing of it."},
    [METRICS_CUT_BY_ERROR] = {"keel_cut_answers_total", "{by=\"error\"}", NULL},
};

static const char *const ends[METRICS_END_COUNT] = {
    [METRICS_END_TOLD] = "told", [METRICS_END_LIMIT] = "limit", [METRICS_END_KILLED] = "killed"};

void metrics_write_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_write_value(struct buffer *out, const char *name, int64_t value)
{
    buffer_add_format(out, "%s %" PRId64 "\n", name, value);
}

static void add_seconds(struct buffer *out, uint64_t us)
{
    buffer_add_format(out, " %" PRIu64 ".%06" PRIu64 "\n", us / US_PER_SECOND, us % US_PER_SECOND);
}

void metrics_write_seconds(struct buffer *out, const char *name, int64_t us)
{
    buffer_add_text(out, name);
    add_seconds(out, us > 0 ? (uint64_t)us : 0);
}

/* A label's value in quotes. */
static void add_label(struct buffer *out, const char *value)
{
    buffer_add_char(out, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buffer_add_char(out, '\\');
        buffer_add_char(out, *value);
    }
    buffer_add_char(out, '"');
}

static void write_build(const struct metrics_file *file, struct buffer *out)
{
    metrics_write_head(out, "keel_build_info", "gauge", "What answers here; always 1.");
    buffer_add_text(out, "keel_build_info{version=");
    add_label(out, build_version);
    buffer_add_text(out, ",commit=");
    add_label(out, build_commit);
    buffer_add_text(out, "} 1\n");
    metrics_write_head(out, "keel_counting_start_time_seconds", "gauge",
                       "When counting began, since 1970.");
    metrics_write_seconds(out, "keel_counting_start_time_seconds", atomic_load(&file->began_us));
}

static void write_counters(const struct metrics_file *file, struct buffer *out)
{
    for (size_t i = 0; i < METRICS_COUNTER_COUNT; i++) {
        const struct counter_name *counter = &counters[i];

        if (counter->help)
            metrics_write_head(out, counter->name, "counter", counter->help);
        buffer_add_format(out, "%s%s %" PRIu64 "\n", counter->name,
                          counter->labels ? counter->labels : "", read_count(&file->counters[i]));
    }
}

static uint32_t count_pools(const struct metrics_file *file)
{
    uint32_t count = atomic_load(&file->pool_count);

    return count < METRICS_POOL_MAX ? count : METRICS_POOL_MAX;
}

static uint32_t count_routes(const struct metrics_file *file)
{
    uint32_t count = atomic_load(&file->route_count);

    return count < METRICS_ROUTE_MAX ? count : METRICS_ROUTE_MAX;
}

static void write_pool_state(const struct metrics *metrics, uint32_t pool, struct buffer *out)
{
    const struct metrics_file *file = metrics->file;
    unsigned busy = 0, idle = 0;

    for (size_t i = 0; i < METRICS_PROCESS_MAX; i++) {
        const struct process_place *place = &file->processes[i];

        if (atomic_load(&place->pool) != pool + 1)
            continue;
        if (i != metrics->process && atomic_load(&place->busy))
            busy++;
        else
            idle++;
    }
    buffer_add_text(out, "keel_workers{pool=");
    add_label(out, file->pools[pool].name);
    buffer_add_format(out, ",state=\"busy\"} %u\n", busy);
    buffer_add_text(out, "keel_workers{pool=");
    add_label(out, file->pools[pool].name);
    buffer_add_format(out, ",state=\"idle\"} %u\n", idle);
}

static void write_start_times(const struct metrics_file *file, struct buffer *out)
{
    static const char name[] = "keel_worker_start_time_seconds";

    metrics_write_head(out, name, "gauge", "When each process that serves was started.");
    for (size_t i = 0; i < METRICS_PROCESS_MAX; i++) {
        uint32_t pool = atomic_load(&file->processes[i].pool);

        if (pool == 0 || pool > METRICS_POOL_MAX)
            continue;
        buffer_add_format(out, "%s{pool=", name);
        add_label(out, file->pools[pool - 1].name);
        buffer_add_format(out, ",place=\"%zu\"}", i);
        add_seconds(out, (uint64_t)atomic_load(&file->processes[i].started_us));
    }
}

static void write_pool_ends(const struct pool_counts *pool, struct buffer *out)
{
    for (size_t i = 0; i < METRICS_END_COUNT; i++) {
        buffer_add_text(out, "keel_worker_ends_total{pool=");
        add_label(out, pool->name);
        buffer_add_format(out, ",how=\"%s\"} %" PRIu64 "\n", ends[i], read_count(&pool->ends[i]));
    }
}

static void write_pools(const struct metrics *metrics, struct buffer *out)
{
    const struct metrics_file *file = metrics->file;
    uint32_t count = count_pools(file);

    metrics_write_head(out, "keel_workers", "gauge",
                       "Processes that serve; the one that answers this counts as idle.");
    for (uint32_t i = 0; i < count; i++)
        write_pool_state(metrics, i, out);
    write_start_times(file, out);
    metrics_write_head(out, "keel_worker_starts_total", "counter",
                       "Processes that began to serve.");
    for (uint32_t i = 0; i < count; i++) {
        buffer_add_text(out, "keel_worker_starts_total{pool=");
        add_label(out, file->pools[i].name);
        buffer_add_format(out, "} %" PRIu64 "\n", read_count(&file->pools[i].starts));
    }
    metrics_write_head(out, "keel_worker_ends_total", "counter",
                       "Processes that ended: told to, after their share, or killed.");
    for (uint32_t i = 0; i < count; i++)
        write_pool_ends(&file->pools[i], out);
}

/* Requests so far, as the buckets have them: so no sum differs from its parts. */
static uint64_t count_requests(const struct route_counts *route)
{
    uint64_t count = 0;

    for (size_t i = 0; i <= METRICS_BUCKET_MAX; i++)
        count += read_count(&route->buckets[i]);
    return count;
}

static void open_route(struct buffer *out, const char *name, const struct route_counts *route)
{
    buffer_add_format(out, "%s{route=", name);
    add_label(out, route->id);
    buffer_add_text(out, ",method=");
    add_label(out, route->method);
}

static void write_status(struct buffer *out, const struct route_counts *route, const char *status,
                         uint64_t count)
{
    if (count == 0)
        return;
    open_route(out, "keel_requests_total", route);
    buffer_add_format(out, ",status=\"%s\"} %" PRIu64 "\n", status, count);
}

static void write_statuses(const struct route_counts *route, struct buffer *out)
{
    for (size_t i = 0; i < METRICS_STATUS_MAX; i++) {
        uint64_t value = read_count(&route->statuses[i]);
        char status[8];

        snprintf(status, sizeof status, "%u", (unsigned)(value >> STATUS_SHIFT));
        write_status(out, route, status, value & STATUS_COUNT);
    }
    write_status(out, route, "other", read_count(&route->other_statuses));
}

static void write_durations(const struct route_counts *route, struct buffer *out)
{
    uint64_t count = 0;

    for (size_t i = 0; i <= METRICS_BUCKET_MAX; i++) {
        count += read_count(&route->buckets[i]);
        open_route(out, "keel_request_duration_seconds_bucket", route);
        if (i == METRICS_BUCKET_MAX)
            buffer_add_text(out, ",le=\"+Inf\"}");
        else
            buffer_add_format(out, ",le=\"%g\"}", (double)metrics_bounds[i] / 1e6);
        buffer_add_format(out, " %" PRIu64 "\n", count);
    }
    open_route(out, "keel_request_duration_seconds_sum", route);
    buffer_add_char(out, '}');
    add_seconds(out, read_count(&route->duration_us));
    open_route(out, "keel_request_duration_seconds_count", route);
    buffer_add_format(out, "} %" PRIu64 "\n", count);
}

static void write_database_time(const struct route_counts *route, struct buffer *out)
{
    open_route(out, "keel_request_database_seconds_total", route);
    buffer_add_char(out, '}');
    add_seconds(out, read_count(&route->database_us));
}

static void write_queries(const struct route_counts *route, struct buffer *out)
{
    open_route(out, "keel_request_queries_total", route);
    buffer_add_format(out, "} %" PRIu64 "\n", read_count(&route->queries));
}

/* A metric of routes; of those only that were asked for. */
static void write_of_routes(const struct metrics_file *file, struct buffer *out,
                            void (*write)(const struct route_counts *, struct buffer *))
{
    uint32_t count = count_routes(file);

    for (uint32_t i = 0; i < count; i++) {
        if (count_requests(&file->routes[i]))
            write(&file->routes[i], out);
    }
}

static void write_requests(const struct metrics_file *file, struct buffer *out)
{
    metrics_write_head(out, "keel_requests_total", "counter", "Requests answered.");
    write_of_routes(file, out, write_statuses);
    metrics_write_head(out, "keel_request_duration_seconds", "histogram",
                       "From a request's head to the end of its answer.");
    write_of_routes(file, out, write_durations);
    metrics_write_head(out, "keel_request_database_seconds_total", "counter",
                       "Time of these that was spent waiting for the database.");
    write_of_routes(file, out, write_database_time);
    metrics_write_head(out, "keel_request_queries_total", "counter", "Statements that they ran.");
    write_of_routes(file, out, write_queries);
}

void metrics_write(struct metrics *metrics, struct buffer *out)
{
    metrics_bury(metrics);
    write_build(metrics->file, out);
    write_pools(metrics, out);
    write_requests(metrics->file, out);
    write_counters(metrics->file, out);
}
