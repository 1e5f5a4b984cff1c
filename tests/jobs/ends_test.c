/* ends_test.c - tests of src/jobs: how a job can end, and what its row says of it */
#include "../support/asking.h"
#include "../support/runner.h"
#include "../support/unit.h"

#include "keel/services/jobs.h"

#include <signal.h>
#include <string.h>

/* Makes what waits for another attempt due, as time would. */
static void hurry(struct test_database *database)
{
    asking_text(&database->scope, "UPDATE jobs SET run_at = now() WHERE state = 'queued'");
}

static void test_poison(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    test_runner_order(database, "fail", NULL);
    for (int attempt = 1; attempt <= 3; attempt++) {
        hurry(database);
        test_runner_once(database, test_runner_options());
        asking_expect(scope, "SELECT attempt || ' ' || failures FROM jobs",
                      scope_format(scope, "%d %d", attempt, attempt));
    }
    asking_expect(scope, "SELECT state || ' ' || (finished_at IS NOT NULL) FROM jobs",
                  "failed true");
    asking_expect(scope,
                  "SELECT string_agg((e->>'attempt') || ' ' || (e->>'message'), ', ') FROM jobs, "
                  "jsonb_array_elements(errors) e",
                  "1 It went wrong, 2 It went wrong, 3 It went wrong");
    asking_expect(scope, "SELECT count(*) FROM marks", "0");
    hurry(database);
    test_runner_once(database, test_runner_options());
    asking_expect(scope, "SELECT attempt FROM jobs", "3");
    assert_true(jobs_retry(scope, 1));
    test_runner_once(database, test_runner_options());
    asking_expect(scope, "SELECT state || ' ' || attempt || ' ' || failures FROM jobs",
                  "queued 4 1");
}

static void test_backoff(void **state)
{
    static const struct {
        const char *failures, *range;
    } cases[] = {
        {"0", "numrange(45, 62)"},
        {"3", "numrange(360, 482)"},
        {"40", "numrange(16000, 21602)"},
        {"2147483000", "numrange(16000, 21602)"},
    };
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rows rows;

        asking_text(scope, "DELETE FROM jobs");
        /* The bound of max_attempts would end it. */
        asking_text(scope, "ALTER TABLE jobs DROP CONSTRAINT IF EXISTS jobs_max_attempts_range");
        assert_true(asking_query(scope,
                                 "INSERT INTO jobs (kind, failures, max_attempts) VALUES "
                                 "('fail', $1, 2147483647)",
                                 PARAMS(cases[i].failures), &rows));
        test_runner_once(database, test_runner_options());
        asking_expect(scope,
                      scope_format(scope,
                                   "SELECT extract(epoch FROM run_at - started_at) <@ %s FROM jobs",
                                   cases[i].range),
                      "t");
        asking_expect(scope, "SELECT state FROM jobs", "queued");
    }
}

static void test_own_attempts(void **state)
{
    struct test_database *database = *state;

    asking_text(&database->scope, "INSERT INTO jobs (kind, max_attempts) VALUES ('fail', 1)");
    test_runner_once(database, test_runner_options());
    asking_expect(&database->scope, "SELECT state FROM jobs", "failed");
}

/* One process: the one that crashed is followed by another. */
static void test_crash(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct scope *scope = &database->scope;

    options.processes = 1;
    test_runner_order(database, "crash", "{\"times\": 1, \"key\": 1}");
    test_runner_order(database, "mark", "{\"key\": 2}");
    test_runner_once(database, options);
    asking_expect(scope, "SELECT string_agg(state, ' ' ORDER BY id) FROM jobs", "queued succeeded");
    asking_expect(scope, "SELECT errors->0->>'message' FROM jobs WHERE id = 1",
                  "Its process was ended by signal 11 (SIGSEGV)");
    hurry(database);
    test_runner_once(database, options);
    asking_expect(scope, "SELECT state || ' ' || attempt FROM jobs WHERE id = 1", "succeeded 2");
    test_runner_order(database, "crash", "{\"times\": 9}");
    for (int i = 0; i < 4; i++) {
        hurry(database);
        test_runner_once(database, options);
    }
    asking_expect(scope, "SELECT state || ' ' || attempt FROM jobs WHERE id = 3", "failed 3");
    test_runner_order(database, "leave", NULL);
    test_runner_once(database, options);
    asking_expect(scope, "SELECT errors->0->>'message' FROM jobs WHERE id = 4",
                  "Its process ended with status 3");
}

static void test_timeout(void **state)
{
    struct test_database *database = *state;

    test_runner_order(database, "sleep", "{\"ms\": 60000}");
    test_runner_once(database, test_runner_options());
    asking_expect(&database->scope, "SELECT state || ' ' || (errors->0->>'message') FROM jobs",
                  "queued It took longer than 1 seconds");
}

static void test_result(void **state)
{
    struct test_database *database = *state;

    test_runner_order(database, "broken", NULL);
    test_runner_once(database, test_runner_options());
    asking_expect(&database->scope, "SELECT errors->0->>'message' FROM jobs",
                  "The job's result cannot be kept");
}

static void test_errors_are_bounded(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO jobs (kind, max_attempts, errors) SELECT 'fail', 9, "
                       "jsonb_agg(jsonb_build_object('message', n)) FROM generate_series(1, 20) n");
    test_runner_once(database, test_runner_options());
    asking_expect(scope,
                  "SELECT jsonb_array_length(errors) || (errors->0->>'message') || "
                  "(errors->-1->>'message') FROM jobs",
                  "202It went wrong");
}

static void test_cancel(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct scope *scope = &database->scope;
    int64_t heeding = test_runner_order(database, "wait", NULL);
    int64_t deaf = test_runner_order(database, "doze", "{\"ms\": 60000}");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT count(*) FROM jobs WHERE state = 'running'", "2");
    assert_true(jobs_cancel(scope, heeding));
    test_runner_until(database, 3, "SELECT state FROM jobs WHERE kind = 'wait'", "cancelled");
    assert_true(jobs_cancel(scope, deaf));
    test_runner_until(database, 14, "SELECT state FROM jobs WHERE kind = 'doze'", "cancelled");
    asking_expect(scope, "SELECT sum(failures) || ' ' || count(finished_at) FROM jobs", "0 2");
    /* Both processes are there for others. */
    asking_text(scope, "INSERT INTO jobs (kind, args) SELECT 'mark', jsonb_build_object('key', n) "
                       "FROM generate_series(1, 20) n");
    test_runner_until(database, 5, "SELECT count(*) FROM marks", "20");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
}

/* What is cancelled while it waits behind another one in its runner. */
static void test_cancel_claimed(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    options.processes = 1;
    asking_text(&database->scope, "INSERT INTO jobs (kind, args) SELECT 'doze', '{\"ms\": 300}' "
                                  "FROM generate_series(1, 3)");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT state FROM jobs WHERE id = 1", "running");
    assert_true(jobs_cancel(&database->scope, 3));
    test_runner_until(database, 5, "SELECT string_agg(state, ' ' ORDER BY id) FROM jobs",
                      "succeeded succeeded cancelled");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
}

static int begin(void **state)
{
    return test_runner_make(state);
}

static int end(void **state)
{
    return test_runner_drop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a job that fails each time is given up, kept, and retried by hand",
                     test_poison),
        FIXTURE_TEST("pauses double, are never longer than six hours and cannot overflow",
                     test_backoff),
        FIXTURE_TEST("a job's own number of attempts counts before its kind's", test_own_attempts),
        FIXTURE_TEST("a job that crashes ends its process alone and counts as failed", test_crash),
        FIXTURE_TEST("a job that takes too long is ended and counts as failed", test_timeout),
        FIXTURE_TEST("a result that is no JSON is a failure and holds nobody up", test_result),
        FIXTURE_TEST("of many failures the last ones are kept", test_errors_are_bounded),
        FIXTURE_TEST("a job that runs is cancelled, whether it listens or not", test_cancel),
        FIXTURE_TEST("a job that waits for its process is cancelled at once", test_cancel_claimed),
    };

    return cmocka_run_group_tests_name("jobs ends", tests, NULL, NULL);
}
