/* schedules.h - work that comes again by the clock: looked at, changed, and put into the queue */
#ifndef KEEL_SERVICES_SCHEDULES_H
#define KEEL_SERVICES_SCHEDULES_H

#include "keel/db/db.h"
#include "keel/model/input.h"

/* The schedules, as GET /schedules shows them and PATCH changes them. */
extern const struct model schedule_model;

/* A tick that nobody was there for counts as missed so many seconds after its time. */
#define SCHEDULE_LATE_S 300

/* Of those that were missed, so many at most are made up for (catch_up "all"): the newest ones. */
#define SCHEDULE_CATCH_UP_MAX 100

/*
 * Puts what is due into the queue, in the caller's transaction, and gives each schedule its next
 * time: who does the same at that moment passes these schedules by, and nobody fires a tick twice,
 * as it is the row's time that is compared and moved on, whatever clocks do. `*next_at` is when the
 * next one is due, in microseconds since 1970 UTC, 0 for never.
 *
 * Where several ticks have passed, `catch_up` says what becomes of them: "none" fires only what is
 * not late, "once" the newest one, "all" each. The job's arguments are the schedule's and
 * "scheduled_at", its tick. While the job of a tick is queued or running, the next tick does
 * not add another one, but for "all". A schedule whose expression or zone is nonsense is left with
 * its `problem` and does not keep the others.
 */
bool schedules_tick(struct scope *scope, int64_t *next_at);

/*
 * The first tick of an expression strictly after a moment, both in seconds since 1970 UTC, by the
 * clocks of a time zone. Fails with ERR_VALIDATION, fields "expression" and "time_zone".
 */
bool schedules_find_tick(struct scope *scope, const char *expression, const char *time_zone,
                         int64_t after, int64_t *tick);

/* The id of a schedule; ERR_NOT_FOUND. */
bool schedules_find(struct scope *scope, const char *name, int64_t *id);

/*
 * Changes a schedule, in the caller's transaction, and gives the row as it is afterwards and what
 * changed, as JSON for the audit log. A new expression or zone counts from now on, and so does one
 * that goes on after a pause: what was missed meanwhile is not made up for. ERR_VALIDATION for an
 * expression or a zone that is nonsense.
 */
bool schedules_change(struct scope *scope, int64_t id, const struct input *input, struct rows *rows,
                      const char **changes);

/*
 * Puts a schedule's job into the queue at once, whatever its next time is; `*is_new` as
 * jobs_enqueue() has it.
 */
bool schedules_run(struct scope *scope, int64_t id, int64_t *job_id, bool *is_new);

#endif
