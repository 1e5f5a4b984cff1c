/* runner_claim.c - how many jobs the runner takes at once, and when */
#include "runner_parts.h"

#include "keel/core/clock.h"

/* A batch that is gone so soon may be a larger one the next time. */
#define BATCH_QUICK_US 100000

/* Claimed jobs that wait longer behind slow ones go back, for others to take. */
#define BATCH_SLOW_US RUNNER_SECOND_US

int64_t runner_claim_us(const struct runner *runner)
{
    if (runner->is_stopping || runner->waiting.count > 0 || crew_count_idle(&runner->crew) == 0)
        return INT64_MAX;
    return runner->options->once && !runner->found_nothing ? 0 : runner->look_us;
}

void runner_drop_waiting(struct runner *runner, enum job_outcome outcome)
{
    struct task *task;

    while ((task = task_take(&runner->waiting))) {
        task->outcome = outcome;
        task_append(&runner->ended, task);
    }
}

bool runner_claim(struct runner *runner, struct scope *scope)
{
    size_t idle = crew_count_idle(&runner->crew), found = 0;
    size_t count = runner->batch > idle ? runner->batch : idle;
    bool done = ledger_claim(scope, &runner->ledger, count, &runner->waiting, &found);

    runner->claimed = found;
    runner->claimed_us = clock_monotonic_us();
    runner->found_nothing = done && found == 0;
    /* As many as asked for: there may be more. */
    runner->look_us = found >= count ? 0 : runner->claimed_us + runner->config->job_poll_ms * 1000;
    return done;
}

/* Called when nothing waits any more: the last batch says how large the next one may be. */
static void measure_batch(struct runner *runner, int64_t now_us)
{
    if (runner->claimed == 0)
        return;
    if (now_us - runner->claimed_us > BATCH_QUICK_US)
        runner->batch = runner->crew.count;
    else if (runner->claimed >= runner->batch && runner->batch < RUNNER_BATCH_MAX)
        runner->batch = runner->batch * 2 < RUNNER_BATCH_MAX ? runner->batch * 2 : RUNNER_BATCH_MAX;
    runner->claimed = 0;
}

static void take_slow_batch(struct runner *runner, int64_t now_us)
{
    if (runner->waiting.count == 0 || now_us - runner->claimed_us < BATCH_SLOW_US)
        return;
    runner_drop_waiting(runner, JOB_RELEASED);
    runner->batch = runner->crew.count;
    runner->claimed = 0;
}

void runner_judge_batch(struct runner *runner, int64_t now_us)
{
    take_slow_batch(runner, now_us);
    if (runner->waiting.count == 0)
        measure_batch(runner, now_us);
}
