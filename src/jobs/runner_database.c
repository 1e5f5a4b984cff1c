/* runner_database.c - the runner's connection: made, lost and made again, and what it is used for
 */
#include "runner_parts.h"

#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/core/random.h"

#include <string.h>

/* The pause before connecting again doubles up to this. */
#define PAUSE_FIRST_US 250000
#define PAUSE_MOST_US  (5 * RUNNER_SECOND_US)

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
    /* What was said while nobody listened, and what happened meanwhile to what runs. */
    runner->look_us = runner->renew_us = 0;
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
    if (!ledger_settle(scope, &runner->ledger, &runner->ended))
        return false;
    /* There may be room again in a queue with a bound. */
    if (runner->ledger.has_bounds)
        runner->look_us = 0;
    return true;
}

/*
 * Ends are said when nothing else can be done meanwhile, so that many are said at once while there
 * is much to do, and each without delay while there is not.
 */
static bool must_settle(const struct runner *runner)
{
    return runner->ended.count > 0 &&
           (runner->waiting.count == 0 || runner->ended.count >= RUNNER_BATCH_MAX);
}

/* Leases, and what else is looked after every few seconds. */
static bool tend(struct runner *runner, int64_t now_us)
{
    if (now_us >= runner->renew_us) {
        if (!step(runner, runner_renew, "Leases of jobs could not be renewed.") ||
            !step(runner, runner_take_back, "Jobs of others could not be looked after."))
            return false;
        runner->renew_us = now_us + runner->config->job_lease_s * RUNNER_SECOND_US / 3;
    }
    if (runner->is_stopping)
        return true;
    return (now_us < runner->tick_us ||
            step(runner, runner_tick, "Schedules could not be looked after.")) &&
           (now_us < runner->trim_us ||
            step(runner, runner_trim, "Old jobs could not be removed."));
}

/*
 * First what is done, then what is held, then what is wanted: after the database was away nothing
 * is taken back that was only not renewed.
 */
void runner_use_database(struct runner *runner, int64_t now_us)
{
    runner_judge_batch(runner, now_us);
    if (must_settle(runner) && !step(runner, settle, "Ends of jobs could not be saved."))
        return;
    if (!tend(runner, now_us))
        return;
    if (now_us >= runner_claim_us(runner) &&
        !step(runner, runner_claim, "Jobs could not be claimed."))
        return;
    if (runner->pause_us > 0)
        log_write(runner->log, LOG_LEVEL_INFO, "The database is there again.");
    runner->pause_us = runner->retry_us = 0;
}
