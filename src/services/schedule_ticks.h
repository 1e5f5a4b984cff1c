/* schedule_ticks.h - walks from one tick of a schedule to the next, by the clocks of its time zone
 */
#ifndef KEEL_SERVICES_SCHEDULE_TICKS_H
#define KEEL_SERVICES_SCHEDULE_TICKS_H

#include "keel/core/cron.h"
#include "keel/core/scope.h"

struct tick_walk {
    struct scope *scope;
    const char *time_zone;
    struct cron cron;
    struct cron_shift shift; /* what holds in the time that follows */
    int64_t from, until;     /* seconds since 1970 UTC; equal: nothing is known yet */
};

/* Fails with ERR_VALIDATION, field "expression". */
bool tick_walk_begin(struct scope *scope, const char *expression, const char *time_zone,
                     struct tick_walk *walk);

/*
 * The first tick strictly after a second since 1970 UTC. Asks the database for the zone's clocks,
 * once for two days. Fails with ERR_VALIDATION, field "time_zone".
 */
bool tick_walk_next(struct tick_walk *walk, int64_t after, int64_t *tick);

#endif
