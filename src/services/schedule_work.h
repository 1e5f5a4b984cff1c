/* schedule_work.h - what a schedule puts into the queue */
#ifndef KEEL_SERVICES_SCHEDULE_WORK_H
#define KEEL_SERVICES_SCHEDULE_WORK_H

#include "keel/core/scope.h"

struct schedule_work {
    const char *name;
    const char *kind;
    const char *args; /* a JSON object, as PostgreSQL writes it */
    const char *queue;
};

/*
 * Orders a job for a tick, in seconds since 1970 UTC. Only one of a schedule is queued or running,
 * or with `each` one of each tick; `*is_new` is false where that one is there.
 */
bool schedule_work_enqueue(struct scope *scope, const struct schedule_work *work, int64_t tick,
                           bool each, int64_t *job_id, bool *is_new);

#endif
