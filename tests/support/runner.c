/* runner.c - runners of jobs as processes of their own, with kinds that tests need */
#include "runner.h"

#include "asking.h"
#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/services/jobs.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* As much of an answer as a failing test shows. */
#define SHOWN_SIZE 512

/* A number among the arguments. */
static int64_t number_of(struct job *job, const char *name)
{
    const char *statement =
        scope_format(job->scope, "SELECT coalesce(($1::jsonb->>'%s')::bigint, 0)", name);
    struct rows rows;

    return asking_query(job->scope, statement, PARAMS(job->args), &rows) ? row_int(&rows, 0, 0) : 0;
}

static void pause_ms(int64_t ms)
{
    usleep((useconds_t)(ms * 1000));
}

static bool put_mark(struct job *job, const char *key)
{
    struct rows rows;

    return asking_query(job->scope, "INSERT INTO marks (key, job_id) VALUES ($1, $2)",
                        PARAMS(key, param_int(job->scope, job->id)), &rows);
}

static bool mark(struct job *job)
{
    return put_mark(job, param_int(job->scope, number_of(job, "key")));
}

static bool do_batch(struct job *job, int64_t batch, int64_t ms)
{
    struct scope *scope = job->scope;
    const char *key = scope_format(scope, "%lld-%lld", (long long)job->id, (long long)batch);
    const char *saved = scope_format(scope, "{\"done\":%lld}", (long long)batch);

    if (!db_begin(scope) || !job_hold(job) || !put_mark(job, key))
        return false;
    pause_ms(ms);
    return job_save(job, saved) && db_commit(scope);
}

static bool run_long(struct job *job)
{
    int64_t batches = number_of(job, "batches"), ms = number_of(job, "ms"), done = 0;

    if (job->saved)
        (void)sscanf(job->saved, "{\"done\": %ld}", &done);
    while (done < batches) {
        if (job_must_end(job))
            return false;
        if (!do_batch(job, ++done, ms))
            return false;
        job_progress(job, (double)done / (double)batches);
    }
    return true;
}

static bool alone(struct job *job)
{
    const char *id = param_int(job->scope, job->id);
    struct rows rows;

    if (!asking_query(job->scope, "INSERT INTO active VALUES ($1)", PARAMS(id), &rows))
        return false;
    pause_ms(number_of(job, "ms"));
    return asking_query(job->scope, "INSERT INTO seen_active SELECT count(*) FROM active",
                        NO_PARAMS, &rows) &&
           asking_query(job->scope, "DELETE FROM active WHERE id = $1", PARAMS(id), &rows);
}

static bool sleep_long(struct job *job)
{
    pause_ms(number_of(job, "ms"));
    return true;
}

static bool wait_for_end(struct job *job)
{
    while (!job_must_end(job))
        pause_ms(10);
    return false;
}

static bool fail_late(struct job *job)
{
    return put_mark(job, "failed") && fail(job->scope, ERR_INTERNAL, "It went wrong");
}

static bool crash(struct job *job)
{
    if (job->failures < number_of(job, "times")) {
        /* Not the sanitizers' handler, which turns it into an exit. */
        signal(SIGSEGV, SIG_DFL);
        (void)raise(SIGSEGV);
    }
    return mark(job);
}

static bool leave(struct job *job)
{
    (void)job;
    _exit(3);
}

static bool measure(struct job *job)
{
    const char *result = scope_format(job->scope, "{\"bytes\":%zu}", strlen(job->args));

    return result && job_result(job, result);
}

static bool break_result(struct job *job)
{
    return job_result(job, "{");
}

const struct job_kind test_kinds[] = {
    {"mark", mark, .attempts = 3, .timeout_s = 20, .backoff_s = 1, .summary = "."},
    {"long", run_long, .attempts = 2, .timeout_s = 60, .backoff_s = 1, .flags = JOB_LONG,
     .summary = "."},
    {"alone", alone, .attempts = 1, .timeout_s = 20, .backoff_s = 1, .flags = JOB_LONG,
     .summary = "."},
    {"sleep", sleep_long, .attempts = 2, .timeout_s = 1, .backoff_s = 60, .summary = "."},
    {"doze", sleep_long, .attempts = 2, .timeout_s = 60, .backoff_s = 1, .summary = "."},
    {"wait", wait_for_end, .attempts = 2, .timeout_s = 60, .backoff_s = 1, .flags = JOB_LONG,
     .summary = "."},
    {"fail", fail_late, .attempts = 3, .timeout_s = 20, .backoff_s = 60, .summary = "."},
    {"crash", crash, .attempts = 3, .timeout_s = 20, .backoff_s = 60, .summary = "."},
    {"leave", leave, .attempts = 1, .timeout_s = 20, .backoff_s = 1, .summary = "."},
    {"size", measure, .attempts = 1, .timeout_s = 20, .backoff_s = 1, .summary = "."},
    {"broken", break_result, .attempts = 1, .timeout_s = 20, .backoff_s = 1, .summary = "."},
};

const size_t test_kind_count = COUNT(test_kinds);

int test_runner_make(void **state)
{
    test_database_make_migrated(state);
    struct test_database *database = *state;

    database->config.database_url = database->config.migration_database_url = database->url;
    database->config.job_poll_ms = 200;
    database->config.job_drain_s = 1;
    /* What comes by the clock would be among what is counted. */
    asking_text(&database->scope, "UPDATE schedules SET paused = true");
    asking_text(&database->scope,
                "CREATE TABLE marks (place serial, key text PRIMARY KEY, job_id bigint)");
    asking_text(&database->scope, "CREATE TABLE active (id bigint)");
    asking_text(&database->scope, "CREATE TABLE seen_active (jobs bigint)");
    return 0;
}

int test_runner_drop(void **state)
{
    return test_database_drop(state);
}

struct runner_options test_runner_options(void)
{
    return (struct runner_options){
        .kinds = test_kinds, .kind_count = test_kind_count, .processes = 2};
}

static int run(const struct test_database *database, const struct runner_options *options)
{
    const char *path = getenv("KEEL_TEST_LOG");
    struct scope scope;
    struct log log;

    if (!log_open(&log, path ? path : "/dev/null", LOG_LEVEL_DEBUG))
        return EXIT_FAILURE;
    scope_begin(&scope, &database->config, NULL, &log);
    bool done = runner_run(&scope, options);

    scope_end(&scope);
    log_close(&log);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

pid_t test_runner_start(const struct test_database *database, const struct runner_options *options)
{
    (void)fflush(NULL);
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        /* A test that fails leaves nothing behind. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        exit(run(database, options));
    }
    return pid;
}

int test_runner_end(pid_t runner, int signal_number)
{
    int status;

    if (signal_number != 0)
        assert_int_equal(kill(runner, signal_number), 0);
    assert_int_equal(waitpid(runner, &status, 0), runner);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void test_runner_once(const struct test_database *database, struct runner_options options)
{
    options.once = true;
    assert_int_equal(test_runner_end(test_runner_start(database, &options), 0), 0);
}

int64_t test_runner_order(struct test_database *database, const char *kind, const char *args)
{
    const struct job_order order = {.kind = kind, .args = args};
    int64_t id = 0;

    if (!jobs_enqueue(&database->scope, &order, &id, NULL))
        unit_fail("%s: %s\n", kind, database->scope.error.message);
    return id;
}

void test_runner_until(const struct test_database *database, int seconds, const char *statement,
                       const char *value)
{
    int64_t until = clock_monotonic_us() + seconds * INT64_C(1000000);
    /* Not on the heap: what a failing test leaves there fails its teardown, too. */
    char shown[SHOWN_SIZE];

    for (;;) {
        char *got = test_database_ask(database, statement);
        bool is_reached = strcmp(got, value) == 0;

        snprintf(shown, sizeof shown, "%s", got);
        free(got);
        if (is_reached)
            return;
        if (clock_monotonic_us() > until)
            unit_fail("%s is %s after %d s, not %s\n", statement, shown, seconds, value);
        pause_ms(20);
    }
}
