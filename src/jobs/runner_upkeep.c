/* runner_upkeep.c - what the runner looks after: its leases, what others left, schedules, what is
 * old */
#include "runner_parts.h"

#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/services/jobs.h"
#include "keel/services/schedules.h"

/* How long a cancelled job may take to end by itself. */
#define CANCEL_US (10 * RUNNER_SECOND_US)

/* What is old is looked for so often, and while there is much of it, so often. */
#define TRIM_EVERY_US (60 * RUNNER_SECOND_US)
#define TRIM_PAUSE_US (RUNNER_SECOND_US / 10)

/* Schedules are looked at when one is due, and so often: somebody may have changed them. */
#define TICK_EVERY_US (5 * RUNNER_SECOND_US)
#define TICK_PAUSE_US RUNNER_SECOND_US

static size_t list_holdings(const struct runner *runner, struct holding *holdings)
{
    size_t count = 0;

    for (size_t i = 0; i < runner->crew.count; i++) {
        const struct crew_member *member = &runner->crew.members[i];

        if (member->task)
            holdings[count++] = (struct holding){.id = member->task->head.id,
                                                 .attempt = member->task->head.attempt,
                                                 .progress = atomic_load(&member->slot->progress)};
    }
    for (const struct task *task = runner->waiting.first; task; task = task->next)
        holdings[count++] =
            (struct holding){.id = task->head.id, .attempt = task->head.attempt, .progress = -1};
    return count;
}

/* What runs is told to end, what waits is over. */
static void heed(struct runner *runner, const struct holding *holdings)
{
    int64_t now_us = clock_monotonic_us();
    struct task_list waiting = runner->waiting;
    struct task *task;

    for (size_t i = 0; i < runner->crew.count; i++) {
        struct crew_member *member = &runner->crew.members[i];

        if (!member->task)
            continue;
        if (!holdings->is_ours)
            crew_tell(member, CREW_LOST, now_us + CANCEL_US);
        else if (holdings->is_unwanted)
            crew_tell(member, CREW_CANCELLED, now_us + CANCEL_US);
        holdings++;
    }
    runner->waiting = (struct task_list){0};
    while ((task = task_take(&waiting))) {
        task->outcome = holdings->is_unwanted ? JOB_CANCELLED : JOB_RELEASED;
        task_append(holdings->is_ours && !holdings->is_unwanted ? &runner->waiting : &runner->ended,
                    task);
        holdings++;
    }
}

bool runner_renew(struct runner *runner, struct scope *scope)
{
    size_t most = runner->crew.count + runner->waiting.count;
    struct holding *holdings = scope_alloc(scope, most * sizeof *holdings);

    if (!holdings)
        return false;
    size_t count = list_holdings(runner, holdings);

    if (count > 0 && !ledger_renew(scope, &runner->ledger, holdings, count))
        return false;
    heed(runner, holdings);
    return true;
}

bool runner_take_back(struct runner *runner, struct scope *scope)
{
    int64_t found;

    if (!ledger_expire(scope, &runner->ledger, &found) || !ledger_look(scope, &runner->ledger))
        return false;
    if (found > 0) {
        log_write(runner->log, LOG_LEVEL_WARN, "%lld jobs of runners that ended were taken back.",
                  (long long)found);
        runner->look_us = 0;
    }
    return true;
}

static bool tick(struct scope *scope, int64_t *next_at)
{
    if (!db_begin(scope))
        return false;
    if (schedules_tick(scope, next_at) && db_commit(scope))
        return true;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

bool runner_tick(struct runner *runner, struct scope *scope)
{
    int64_t next_at;

    if (!tick(scope, &next_at))
        return false;
    int64_t left_us = next_at ? next_at - clock_now_us() : TICK_EVERY_US;

    /* The database's clock may be another one. */
    left_us = left_us < TICK_PAUSE_US ? TICK_PAUSE_US : left_us;
    runner->tick_us = clock_monotonic_us() + (left_us < TICK_EVERY_US ? left_us : TICK_EVERY_US);
    return true;
}

bool runner_trim(struct runner *runner, struct scope *scope)
{
    int64_t removed;
    bool is_done;

    if (!jobs_trim(scope, &removed, &is_done))
        return false;
    runner->trim_us = clock_monotonic_us() + (is_done ? TRIM_EVERY_US : TRIM_PAUSE_US);
    return true;
}
