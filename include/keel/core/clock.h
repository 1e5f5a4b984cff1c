/* clock.h - the time of day, a clock that never steps back, and RFC 3339 */
#ifndef KEEL_CORE_CLOCK_H
#define KEEL_CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for "2026-01-12T10:00:00.000000Z" and its NUL. */
#define CLOCK_TEXT_SIZE 28

/* Microseconds since 1970 UTC. */
int64_t clock_now_us(void);

/* Microseconds on a clock that only goes forward: for durations and deadlines. */
int64_t clock_monotonic_us(void);

/*
 * "2026-01-12T10:00:00Z": seconds, UTC (RFC 3339 section 5.6). `text` takes CLOCK_TEXT_SIZE bytes.
 * A time outside the years 0001 to 9999 is written as the nearest second inside.
 */
void clock_format(int64_t us, char *text);

/* The same with six digits of the second. */
void clock_format_us(int64_t us, char *text);

/*
 * Reads an RFC 3339 date-time with `Z` or an offset, up to six digits of the second, years 0001 to
 * 9999. False for anything else, days that do not exist and leap seconds (:60) among it.
 */
bool clock_parse(const char *text, size_t length, int64_t *us);

#endif
