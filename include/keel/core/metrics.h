/* metrics.h - what the processes of a node count together, in a file that all of them map */
#ifndef KEEL_CORE_METRICS_H
#define KEEL_CORE_METRICS_H

#include "keel/core/buffer.h"

/*
 * Counting takes no lock and no system call: an atomic addition is whole or has not happened, so
 * whoever is killed leaves numbers behind that are right. A NULL pointer counts nothing.
 */
struct metrics;

/* What is counted beside requests; src/core/metrics_text.c has each one's name. */
enum metrics_counter {
    METRICS_REFUSED_READ, /* by the rate limit of a class */
    METRICS_REFUSED_WRITE,
    METRICS_REFUSED_AUTH,
    METRICS_TRANSACTION_RETRY, /* a transaction that failed to serialize or deadlocked */
    METRICS_SLOW_QUERY,
    METRICS_CONNECTED, /* to the database */
    METRICS_NOT_CONNECTED,
    METRICS_CUT_BY_CLIENT, /* answers whose head was out when they ended short */
    METRICS_CUT_BY_ERROR,
    METRICS_COUNTER_COUNT
};

/* How a process of a pool ends; one that says nothing was killed. */
enum metrics_end {
    METRICS_END_TOLD,  /* by a signal */
    METRICS_END_LIMIT, /* it has served its share */
    METRICS_END_KILLED,
    METRICS_END_COUNT
};

/* A row of the handler table, as labels have it; both texts are copied. */
struct metrics_route {
    const char *id;
    const char *method;
};

/* What became of one request. */
struct metrics_request {
    size_t route; /* its place in what metrics_open() was given; METRICS_NO_ROUTE: it has none */
    int status;
    int64_t duration_us;
    int64_t database_us;
    unsigned queries;
};

#define METRICS_NO_ROUTE SIZE_MAX

/*
 * Opens the file, making it if need be. Routes are told apart by their ids, so programs of two
 * versions can share it. The caller ends it with metrics_close(). False with errno.
 */
bool metrics_open(const char *path, const struct metrics_route *routes, size_t count,
                  struct metrics **metrics);
void metrics_close(struct metrics *metrics);

void metrics_count_request(struct metrics *metrics, const struct metrics_request *request);
void metrics_count(struct metrics *metrics, enum metrics_counter counter);

/*
 * Makes this process one of those that serve, in the pool of this name, until it says that it
 * leaves or dies. `now_us` is microseconds since 1970 UTC. Where there are too many it is not
 * counted.
 */
void metrics_enter(struct metrics *metrics, const char *pool, int64_t now_us);
void metrics_leave(struct metrics *metrics, enum metrics_end end);

/* Whether this process has something in hand; processes are idle at first. */
void metrics_set_busy(struct metrics *metrics, bool busy);

/*
 * Adds everything as Prometheus reads it (text format 0.0.4). The process that asks counts as idle:
 * what it has in hand is the question. Counts those that were killed meanwhile.
 */
void metrics_write(struct metrics *metrics, struct buffer *out);

/*
 * For what others add to that: the two lines in front of a metric's values (`type` is "gauge" or
 * "counter"), and the value of one that has no labels, whole or in microseconds as seconds.
 */
void metrics_write_head(struct buffer *out, const char *name, const char *type, const char *help);
void metrics_write_value(struct buffer *out, const char *name, int64_t value);
void metrics_write_seconds(struct buffer *out, const char *name, int64_t us);

#endif
