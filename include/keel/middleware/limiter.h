/* limiter.h - token buckets in a file that every process of the node maps */
#ifndef KEEL_MIDDLEWARE_LIMITER_H
#define KEEL_MIDDLEWARE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct limiter;

/*
 * Opens (making it if need be) and maps the file, so that limits hold across workers and for plain
 * CGI too. The caller ends it with limiter_close(). False with errno.
 */
bool limiter_open(const char *path, struct limiter **limiter);
void limiter_close(struct limiter *limiter);

/*
 * Takes one token from the bucket of `key` (e.g. "read 192.0.2.1"), which refills at `per_minute`
 * and holds at most as many as ten seconds bring, at least 10. `now_us` is microseconds since 1970.
 * False when it is empty; then `*retry_after` is the seconds until the next token, at least 1.
 * Lock-free; a bucket is forgotten only when it is full again or the table is crowded.
 */
bool limiter_take(struct limiter *limiter, const char *key, int64_t per_minute, int64_t now_us,
                  int *retry_after);

#endif
