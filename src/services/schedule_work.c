/* schedule_work.c - what a schedule puts into the queue */
#include "schedule_work.h"

#include "keel/core/clock.h"
#include "keel/services/jobs.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)

/* The schedule's own come behind: where they say "scheduled_at" themselves, that holds. */
static const char *add_tick(struct scope *scope, const char *args, const char *tick)
{
    bool is_empty = strcmp(args, "{}") == 0;

    return scope_format(scope, "{\"scheduled_at\": \"%s\"%s%s", tick, is_empty ? "" : ", ",
                        args + 1);
}

bool schedule_work_enqueue(struct scope *scope, const struct schedule_work *work, int64_t tick,
                           bool each, int64_t *job_id, bool *is_new)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(tick * SECOND_US, text);
    const struct job_order order = {
        .kind = work->kind,
        .queue = work->queue,
        .args = add_tick(scope, work->args, text),
        .unique_key =
            scope_format(scope, "schedule:%s%s%s", work->name, each ? ":" : "", each ? text : ""),
    };

    return order.args && order.unique_key && jobs_enqueue(scope, &order, job_id, is_new);
}
