/* claims_test.c - tests of src/jobs: which jobs are taken, by whom, in which order */
#include "../support/asking.h"
#include "../support/runner.h"
#include "../support/unit.h"

#include "keel/services/jobs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS 2000

static void test_noop(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    options.kinds = job_kinds;
    options.kind_count = job_kind_count;
    test_runner_order(database, "noop", NULL);
    test_runner_once(database, options);
    asking_expect(
        &database->scope,
        "SELECT state || ' ' || attempt || ' ' || failures || ' ' || (finished_at >= "
        "started_at) || ' ' || (runner IS NULL) || ' ' || (lease_until IS NULL) FROM jobs",
        "succeeded 1 0 true true true");
}

/* The primary key of marks would refuse the second one. */
static void test_two_runners(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct rows rows;

    assert_true(asking_query(&database->scope,
                             "INSERT INTO jobs (kind, args) SELECT 'mark', jsonb_build_object("
                             "'key', n) FROM generate_series(1, $1::int) n",
                             PARAMS(param_int(&database->scope, JOBS)), &rows));
    options.once = true;
    pid_t one = test_runner_start(database, &options);
    pid_t two = test_runner_start(database, &options);

    assert_int_equal(test_runner_end(one, 0), 0);
    assert_int_equal(test_runner_end(two, 0), 0);
    test_runner_once(database, options);
    asking_expect(&database->scope,
                  "SELECT count(*) || ' ' || max(attempt) || ' ' || sum(failures) FROM jobs "
                  "WHERE state = 'succeeded'",
                  "2000 1 0");
    asking_expect(&database->scope, "SELECT count(DISTINCT job_id) FROM marks", "2000");
}

static void test_order(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    for (int key = 0; key < 6; key++) {
        const struct job_order order = {
            .kind = "mark",
            .args = scope_format(&database->scope, "{\"key\":%d}", key),
            .priority = key % 3,
            .run_at = database->scope.now - INT64_C(1000000) * key,
        };

        assert_true(jobs_enqueue(&database->scope, &order, NULL, NULL));
    }
    options.processes = 1;
    test_runner_once(database, options);
    asking_expect(&database->scope, "SELECT string_agg(key, ' ' ORDER BY place) FROM marks",
                  "5 2 4 1 3 0");
}

static void test_left_alone(void **state)
{
    static const char *const queues[] = {"mine", "also, mine"};
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct scope *scope = &database->scope;

    asking_text(
        scope,
        "INSERT INTO jobs (kind, queue, run_at, args) VALUES "
        "('unheard of', 'mine', now(), '{}'), ('mark', 'mine', now() + interval '1h', '{}'), "
        "('mark', 'other', now(), '{\"key\": 1}'), ('mark', 'mine', now(), '{\"key\": 2}'), "
        "('mark', 'also, mine', now(), '{\"key\": 3}')");
    options.queues = queues;
    options.queue_count = 2;
    test_runner_once(database, options);
    asking_expect(scope, "SELECT string_agg(state, ' ' ORDER BY id) FROM jobs",
                  "queued queued queued succeeded succeeded");
}

/* Two runners with four processes each, in a queue for two. */
static void test_bound(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO job_queues (name, max_running) VALUES ('narrow', 2)");
    asking_text(scope, "INSERT INTO jobs (kind, queue, args) SELECT 'alone', 'narrow', "
                       "'{\"ms\": 30}' FROM generate_series(1, 60)");
    asking_text(scope, "INSERT INTO jobs (kind, args) SELECT 'mark', jsonb_build_object('key', n) "
                       "FROM generate_series(1, 60) n");
    options.processes = 4;
    pid_t one = test_runner_start(database, &options);
    pid_t two = test_runner_start(database, &options);

    test_runner_until(database, 30, "SELECT count(*) FROM jobs WHERE state = 'succeeded'", "120");
    assert_int_equal(test_runner_end(one, SIGTERM), 0);
    assert_int_equal(test_runner_end(two, SIGTERM), 0);
    asking_expect(scope, "SELECT max(jobs) FROM seen_active", "2");
}

static void test_pause(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO job_queues (name, paused) VALUES ('still', true)");
    asking_text(scope,
                "INSERT INTO job_queues (name, max_running, paused) VALUES ('too', 9, true)");
    asking_text(scope, "INSERT INTO jobs (kind, queue, args) VALUES ('mark', 'still', '{}'), "
                       "('mark', 'too', '{\"key\": 1}')");
    test_runner_once(database, test_runner_options());
    asking_expect(scope, "SELECT string_agg(state, ' ') FROM jobs", "queued queued");
    asking_text(scope, "UPDATE job_queues SET paused = false");
    test_runner_once(database, test_runner_options());
    asking_expect(scope, "SELECT string_agg(state, ' ') FROM jobs", "succeeded succeeded");
}

/* Between notices it would look only after ten minutes. */
static void test_notice(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    database->config.job_poll_ms = 600000;
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10,
                      "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN keel_jobs' OR "
                      "query LIKE '%FOR UPDATE SKIP LOCKED%' AND pid <> pg_backend_pid()",
                      "1");
    for (int key = 1; key < 4; key++) {
        test_runner_order(database, "mark", scope_format(&database->scope, "{\"key\":%d}", key));
        test_runner_until(database, 5, "SELECT max(key) FROM marks",
                          scope_format(&database->scope, "%d", key));
    }
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
}

static void test_poll(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    options.poll_only = true;
    pid_t runner = test_runner_start(database, &options);

    test_runner_order(database, "mark", "{\"key\":1}");
    test_runner_until(database, 5, "SELECT count(*) FROM marks", "1");
    asking_expect(&database->scope,
                  "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND "
                  "datname = current_database()",
                  "0");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
}

static void test_large_arguments(void **state)
{
    struct test_database *database = *state;
    char *args = malloc(200001);

    assert_non_null(args);
    memset(args, 'x', 200000);
    memcpy(args, "{\"a\": \"", 7);
    memcpy(args + 199998, "\"}", 3);
    test_runner_order(database, "size", args);
    test_runner_order(database, "size", "{\"a\": 1}");
    free(args);
    test_runner_once(database, test_runner_options());
    asking_expect(&database->scope,
                  "SELECT string_agg(result->>'bytes', ' ' ORDER BY id) FROM jobs", "200000 8");
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
        FIXTURE_TEST("a no-op job is carried out", test_noop),
        FIXTURE_TEST("of two runners none does a job that the other one does", test_two_runners),
        FIXTURE_TEST("higher priorities come first, then what is due for longer", test_order),
        FIXTURE_TEST("unknown kinds, later times and other queues are left alone", test_left_alone),
        FIXTURE_TEST("a queue's bound holds for all runners together", test_bound),
        FIXTURE_TEST("a queue that stands still keeps its jobs", test_pause),
        FIXTURE_TEST("a runner is told of new jobs", test_notice),
        FIXTURE_TEST("a runner that is told nothing looks by itself", test_poll),
        FIXTURE_TEST("long arguments reach the job", test_large_arguments),
    };

    return cmocka_run_group_tests_name("jobs claims", tests, NULL, NULL);
}
