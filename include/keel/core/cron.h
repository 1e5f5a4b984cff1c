/* cron.h - cron expressions: which minutes they mean, and which one comes next */
#ifndef KEEL_CORE_CRON_H
#define KEEL_CORE_CRON_H

#include "keel/core/arena.h"

#include <stdint.h>

/* Bytes of the longest expression that is looked at. */
#define CRON_TEXT_MAX 255

/* Bit n stands for the value n. */
struct cron {
    uint64_t minutes;  /* 0 to 59 */
    uint64_t hours;    /* 0 to 23 */
    uint64_t days;     /* 1 to 31 */
    uint64_t months;   /* 1 to 12 */
    uint64_t weekdays; /* 0 (Sunday) to 6 */
    bool any_day;      /* the day of the month was written with a * in front */
    bool any_weekday;
};

/*
 * Reads five fields (minute, hour, day of the month, month, day of the week), or @hourly, @daily,
 * @midnight, @weekly, @monthly, @yearly, @annually. A field is a list of *, values and ranges, both
 * with names where there are some (jan, mon), and steps behind a * or a range; Sunday is 0 and 7.
 *
 * As in Vixie's cron, a day is meant when the day of the month or the day of the week says so,
 * unless one of the two begins with a *: then both must.
 *
 * False for anything else and for a day that never comes (30 February); `*why` is then a sentence
 * for people, in the arena, or NULL when there is no memory.
 */
bool cron_parse(struct arena *arena, const char *text, struct cron *cron, const char **why);

/*
 * The first minute that is meant strictly after a moment, both as seconds since 1970 on the clock
 * on the wall, which knows nothing of time zones. There always is one.
 */
int64_t cron_next(const struct cron *cron, int64_t after);

/* What a wall's clock shows: its seconds ahead of UTC, and when that changes next. */
struct cron_shift {
    int64_t offset;       /* seconds */
    int64_t change_at;    /* seconds since 1970 UTC; 0: not soon */
    int64_t offset_after; /* from change_at on */
};

/*
 * The UTC second at which the clock shows `local`, which cron_next() gave for a moment since
 * which `shift` holds. What falls into an hour that is left out comes when the clock has jumped;
 * what comes twice counts the first time. An expression that means every hour is no matter of the
 * clock's: it goes on through an hour that comes twice, and has nothing to make up for one that is
 * left out, so that what comes next may be another minute than `local`.
 */
int64_t cron_place(const struct cron *cron, int64_t local, const struct cron_shift *shift);

#endif
