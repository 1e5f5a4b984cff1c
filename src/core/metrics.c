/* metrics.c - what the processes of a node count together: the file, and counting requests */
#include "metrics_file.h"

#include "keel/core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct shared_file_kind kind = {
    .magic = {'K', 'E', 'E', 'L', 'M', 'E', 'T', 'R'},
    .version = 1,
    .count = METRICS_ROUTE_MAX,
    .size = sizeof(struct metrics_file),
};

static const struct metrics_route fixed[ROUTES_FIXED] = {
    [ROUTE_NONE] = {"none", "any"},   /* of paths that are in no row */
    [ROUTE_OTHER] = {"other", "any"}, /* where the file has no place left */
};

/* From what a read of one row takes to what is beyond every patience. */
const int64_t metrics_bounds[METRICS_BUCKET_MAX] = {
    100,   250,    500,    1000,   2500,    5000,    10000,   25000,
    50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

static bool is_route(const struct route_counts *counts, const struct metrics_route *route)
{
    return strncmp(counts->id, route->id, sizeof counts->id - 1) == 0 &&
           strncmp(counts->method, route->method, sizeof counts->method - 1) == 0;
}

/*
 * The place of a route, taken now if it has none. Only who holds the file's lock comes here; the
 * number of places rises last, so that whoever dies before leaves nothing half-made behind.
 * `expected` is where the same program has put it before.
 */
static uint16_t place_route(struct metrics_file *file, const struct metrics_route *route,
                            size_t expected)
{
    uint32_t count = atomic_load(&file->route_count);

    if (expected < count && is_route(&file->routes[expected], route))
        return (uint16_t)expected;
    for (uint32_t i = 0; i < count; i++) {
        if (is_route(&file->routes[i], route))
            return (uint16_t)i;
    }
    if (count == METRICS_ROUTE_MAX)
        return ROUTE_OTHER;
    struct route_counts *counts = &file->routes[count];

    memset(counts->id, 0, sizeof counts->id);
    memset(counts->method, 0, sizeof counts->method);
    memcpy(counts->id, route->id, strnlen(route->id, sizeof counts->id - 1));
    memcpy(counts->method, route->method, strnlen(route->method, sizeof counts->method - 1));
    atomic_store(&file->route_count, count + 1);
    return (uint16_t)count;
}

static bool place_routes(struct metrics *metrics, const struct metrics_route *routes)
{
    struct metrics_file *file = metrics->file;

    if (!shared_file_lock(&metrics->shared))
        return false;
    if (atomic_load(&file->began_us) == 0)
        atomic_store(&file->began_us, clock_now_us());
    for (size_t i = 0; i < ROUTES_FIXED; i++)
        (void)place_route(file, &fixed[i], i);
    for (size_t i = 0; i < metrics->route_count; i++)
        metrics->routes[i] = place_route(file, &routes[i], ROUTES_FIXED + i);
    shared_file_unlock(&metrics->shared);
    return true;
}

bool metrics_open(const char *path, const struct metrics_route *routes, size_t count,
                  struct metrics **metrics)
{
    struct metrics *made = calloc(1, sizeof *made + count * sizeof made->routes[0]);

    if (!made)
        return false;
    made->route_count = count;
    made->process = METRICS_PROCESS_MAX;
    if (!shared_file_map(path, &kind, &made->shared)) {
        free(made);
        return false;
    }
    made->file = made->shared.memory;
    if (!place_routes(made, routes)) {
        int error = errno;

        metrics_close(made);
        errno = error;
        return false;
    }
    *metrics = made;
    return true;
}

void metrics_close(struct metrics *metrics)
{
    if (!metrics)
        return;
    shared_file_unmap(&metrics->shared);
    free(metrics);
}

static void count_status(struct route_counts *counts, int status)
{
    uint64_t tag = (uint64_t)status << STATUS_SHIFT;

    for (size_t i = 0; i < METRICS_STATUS_MAX; i++) {
        uint64_t seen = read_count(&counts->statuses[i]);

        /* Where somebody else is quicker, `seen` becomes what he has put there. */
        if (seen == 0 &&
            atomic_compare_exchange_strong_explicit(&counts->statuses[i], &seen, tag | 1,
                                                    memory_order_relaxed, memory_order_relaxed))
            return;
        if (seen >> STATUS_SHIFT == (uint64_t)status) {
            add_count(&counts->statuses[i], 1);
            return;
        }
    }
    add_count(&counts->other_statuses, 1);
}

static size_t find_bucket(int64_t us)
{
    size_t bucket = 0;

    while (bucket < METRICS_BUCKET_MAX && us > metrics_bounds[bucket])
        bucket++;
    return bucket;
}

void metrics_count_request(struct metrics *metrics, const struct metrics_request *request)
{
    if (!metrics)
        return;
    bool known = request->route < metrics->route_count;
    size_t place = known ? metrics->routes[request->route] : ROUTE_NONE;
    struct route_counts *counts = &metrics->file->routes[place];

    count_status(counts, request->status);
    add_count(&counts->buckets[find_bucket(request->duration_us)], 1);
    add_count(&counts->duration_us, (uint64_t)request->duration_us);
    if (request->queries) {
        add_count(&counts->database_us, (uint64_t)request->database_us);
        add_count(&counts->queries, request->queries);
    }
}

void metrics_count(struct metrics *metrics, enum metrics_counter counter)
{
    if (metrics)
        add_count(&metrics->file->counters[counter], 1);
}
