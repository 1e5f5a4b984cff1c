/* runner_database.c - what the runner does with the database, and how it comes back to it */
#include "runner_parts.h"

#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/core/random.h"
#include "keel/services/jobs.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)

/* The pause before connecting again doubles up to this. */
#define PAUSE_FIRST_US 250000
#define PAUSE_MOST_US  (5 * SECOND_US)

/* More than this are not claimed at once. */
#define BATCH_MAX 256

/* A batch that is gone so soon may be a larger one the next time. */
#define BATCH_QUICK_US 100000

/* Claimed jobs that wait longer behind slow ones go back, for others to take. */
#define BATCH_SLOW_US SECOND_US

/* How long a cancelled job may take to end by itself. */
#define CANCEL_US (10 * SECOND_US)

/* What is old is looked for so often, and while there is much of it, so often. */
#define TRIM_EVERY_US (60 * SECOND_US)
#define TRIM_PAUSE_US (SECOND_US / 10)

/* So many ends are not kept back any longer. */
#define ENDED_MAX BATCH_MAX

static void log_trouble(const struct runner *runner, const char *message, const struct scope *scope)
{
    struct log_line line;

    if (!log_begin(runner->log, &line, LOG_LEVEL_WARN, message))
        return;
    log_add_text(&line, "runner", runner->name);
    log_add_text(&line, "error", scope->error.message);
    log_add_text(&line, "detail", scope->error.detail);
    log_end(&line);
}

/* Less up to a half, so that all runners do not come back at once. */
static int64_t shorten(int64_t pause_us)
{
    uint16_t random;

    if (!random_bytes(&random, sizeof random))
        random = 0;
    return pause_us - pause_us * random / (2 * INT64_C(0x10000));
}

/* Told once for as long as it lasts. */
static void put_off(struct runner *runner, const char *trouble, const struct scope *scope)
{
    if (runner->pause_us == 0)
        log_trouble(runner, trouble, scope);
    runner->pause_us = runner->pause_us ? runner->pause_us * 2 : PAUSE_FIRST_US;
    if (runner->pause_us > PAUSE_MOST_US)
        runner->pause_us = PAUSE_MOST_US;
    runner->retry_us = clock_monotonic_us() + shorten(runner->pause_us);
}

static bool listen(struct runner *runner, struct scope *scope)
{
    int pid = PQbackendPID(db_connection(runner->db));

    if (runner->options->poll_only || pid == runner->backend_pid)
        return true;
    if (!db_script(scope, "listen", "LISTEN keel_jobs"))
        return false;
    runner->backend_pid = pid;
    /* What was said while nobody listened. */
    runner->look_us = 0;
    return true;
}

bool runner_connect(struct runner *runner, int64_t now_us)
{
    struct scope scope;

    if (now_us < runner->retry_us)
        return false;
    scope_begin(&scope, runner->config, runner->db, runner->log);
    bool done = db_ensure(&scope) && listen(runner, &scope);

    if (done)
        runner->was_connected = true;
    else
        put_off(runner, "The runner has no database; it tries again.", &scope);
    scope_end(&scope);
    return done;
}

void runner_take_notices(struct runner *runner)
{
    PGconn *connection = db_connection(runner->db);
    PGnotify *notice;

    if (!connection || !PQconsumeInput(connection))
        return;
    while ((notice = PQnotifies(connection))) {
        if (strcmp(notice->extra, "cancel") == 0)
            runner->renew_us = 0;
        else
            runner->look_us = 0;
        PQfreemem(notice);
    }
}

void runner_drop_waiting(struct runner *runner, enum job_outcome outcome)
{
    struct task *task;

    while ((task = task_take(&runner->waiting))) {
        task->outcome = outcome;
        task_append(&runner->ended, task);
    }
}

/* One step in a scope of its own; what fails is told, and comes again. */
static bool step(struct runner *runner, bool (*take)(struct runner *runner, struct scope *scope),
                 const char *trouble)
{
    struct scope scope;

    scope_begin(&scope, runner->config, runner->db, runner->log);
    bool done = db_ensure(&scope) && take(runner, &scope);

    if (!done)
        put_off(runner, trouble, &scope);
    scope_end(&scope);
    return done;
}

static bool settle(struct runner *runner, struct scope *scope)
{
    return ledger_settle(scope, &runner->ledger, &runner->ended);
}

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

static bool renew(struct runner *runner, struct scope *scope)
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

static bool tend(struct runner *runner, struct scope *scope)
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

static bool trim(struct runner *runner, struct scope *scope)
{
    int64_t removed;
    bool is_done;

    if (!jobs_trim(scope, &removed, &is_done))
        return false;
    runner->trim_us = clock_monotonic_us() + (is_done ? TRIM_EVERY_US : TRIM_PAUSE_US);
    return true;
}

static bool claim(struct runner *runner, struct scope *scope)
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
    else if (runner->claimed >= runner->batch && runner->batch < BATCH_MAX)
        runner->batch = runner->batch * 2 < BATCH_MAX ? runner->batch * 2 : BATCH_MAX;
    runner->claimed = 0;
}

int64_t runner_claim_us(const struct runner *runner)
{
    if (runner->is_stopping || runner->waiting.count > 0 || crew_count_idle(&runner->crew) == 0)
        return INT64_MAX;
    return runner->options->once && !runner->found_nothing ? 0 : runner->look_us;
}

/*
 * Ends are said when nothing else can be done meanwhile, so that many are said at once while there
 * is much to do, and each without delay while there is not.
 */
static bool must_settle(const struct runner *runner)
{
    return runner->ended.count > 0 &&
           (runner->waiting.count == 0 || runner->ended.count >= ENDED_MAX);
}

static void take_slow_batch(struct runner *runner, int64_t now_us)
{
    if (runner->waiting.count == 0 || now_us - runner->claimed_us < BATCH_SLOW_US)
        return;
    runner_drop_waiting(runner, JOB_RELEASED);
    runner->batch = runner->crew.count;
    runner->claimed = 0;
}

/* Leases, and what else is looked after every few seconds. */
static bool tend_all(struct runner *runner, int64_t now_us)
{
    if (now_us >= runner->renew_us) {
        if (!step(runner, renew, "Leases of jobs could not be renewed.") ||
            !step(runner, tend, "Jobs of others could not be looked after."))
            return false;
        runner->renew_us = now_us + runner->config->job_lease_s * SECOND_US / 3;
    }
    return now_us < runner->trim_us || runner->is_stopping ||
           step(runner, trim, "Old jobs could not be removed.");
}

/*
 * First what is done, then what is held, then what is wanted: after the database was away nothing
 * is taken back that was only not renewed.
 */
void runner_use_database(struct runner *runner, int64_t now_us)
{
    take_slow_batch(runner, now_us);
    if (runner->waiting.count == 0)
        measure_batch(runner, now_us);
    if (must_settle(runner) && !step(runner, settle, "Ends of jobs could not be saved."))
        return;
    if (!tend_all(runner, now_us))
        return;
    if (now_us >= runner_claim_us(runner) && !step(runner, claim, "Jobs could not be claimed."))
        return;
    if (runner->pause_us > 0)
        log_write(runner->log, LOG_LEVEL_INFO, "The database is there again.");
    runner->pause_us = runner->retry_us = 0;
}
