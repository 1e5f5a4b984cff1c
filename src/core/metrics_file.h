/* metrics_file.h - the layout of the file behind the metrics */
#ifndef KEEL_CORE_METRICS_FILE_H
#define KEEL_CORE_METRICS_FILE_H

#include "keel/core/metrics.h"
#include "keel/core/shared_file.h"

/*
 * These bound what a scrape can become, whatever clients send: nothing of a request but its row and
 * its status is ever a label.
 */
#define METRICS_ROUTE_MAX   512u
#define METRICS_STATUS_MAX  16u
#define METRICS_BUCKET_MAX  16u
#define METRICS_POOL_MAX    16u
#define METRICS_PROCESS_MAX 256u
#define METRICS_COUNTER_MAX 16u

/* Routes that are always there. */
enum { ROUTE_NONE, ROUTE_OTHER, ROUTES_FIXED };

/*
 * A status in the 16 bits above, how often it was given in the 48 below: a place is taken by the
 * first request with that status.
 */
#define STATUS_SHIFT 48
#define STATUS_COUNT ((UINT64_C(1) << STATUS_SHIFT) - 1)

struct route_counts {
    char id[88];
    char method[8];
    _Atomic uint64_t statuses[METRICS_STATUS_MAX];
    _Atomic uint64_t other_statuses;
    _Atomic uint64_t buckets[METRICS_BUCKET_MAX + 1]; /* the last: longer than all bounds */
    _Atomic uint64_t duration_us;
    _Atomic uint64_t database_us;
    _Atomic uint64_t queries;
};

struct pool_counts {
    char name[40];
    _Atomic uint64_t starts;
    _Atomic uint64_t ends[METRICS_END_COUNT];
};

/*
 * A process that serves. It holds a lock on the first byte of its place for as long as it lives:
 * the kernel gives that back however it ends, and so tells who is gone without having left.
 */
struct process_place {
    _Atomic uint32_t pool; /* its number + 1; 0: the place is free */
    _Atomic uint32_t busy;
    _Atomic int64_t started_us;
    uint8_t reserved[48]; /* a cache line for each: it is written to with every request */
};

struct metrics_file {
    struct shared_file_header header;
    _Atomic int64_t began_us;
    _Atomic uint32_t route_count; /* those in front of it are whole, and never change their names */
    _Atomic uint32_t pool_count;
    uint8_t reserved[48];
    _Atomic uint64_t counters[METRICS_COUNTER_MAX];
    struct pool_counts pools[METRICS_POOL_MAX];
    struct process_place processes[METRICS_PROCESS_MAX];
    struct route_counts routes[METRICS_ROUTE_MAX];
};

_Static_assert((unsigned)METRICS_COUNTER_COUNT <= METRICS_COUNTER_MAX, "each has a place");
_Static_assert(sizeof(struct process_place) == 64, "no two processes share a cache line");
_Static_assert(offsetof(struct metrics_file, processes) % 64 == 0, "a place is one cache line");

struct metrics {
    struct shared_file shared;
    struct metrics_file *file; /* what that maps */
    size_t process;            /* this one's place; METRICS_PROCESS_MAX: it serves in no pool */
    size_t route_count;
    uint16_t routes[]; /* where in the file each row of the handler table is counted */
};

/* Upper bounds of the buckets of durations, in microseconds. */
extern const int64_t metrics_bounds[METRICS_BUCKET_MAX];

/* Adds those that are gone without having left to the killed ones. */
void metrics_bury(struct metrics *metrics);

static inline uint64_t read_count(const _Atomic uint64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

static inline void add_count(_Atomic uint64_t *count, uint64_t value)
{
    atomic_fetch_add_explicit(count, value, memory_order_relaxed);
}

#endif
