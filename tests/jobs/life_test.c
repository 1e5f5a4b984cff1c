/* life_test.c - tests of src/jobs: runners that end, are killed, or lose the database */
#include "../support/asking.h"
#include "../support/pooler.h"
#include "../support/runner.h"
#include "../support/unit.h"

#include "keel/core/clock.h"
#include "keel/services/jobs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_US INT64_C(1000000)

/* Those of others than the test's own. */
static void end_sessions(const struct test_database *database)
{
    char statement[256];

    snprintf(statement, sizeof statement,
             "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
             "datname = current_database() AND pid NOT IN (pg_backend_pid(), %d)",
             PQbackendPID(db_connection(database->db)));
    free(test_database_ask(database, statement));
}

/* With the settings as they are delivered. */
static void test_killed(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    pid_t one, two;

    database->config.job_poll_ms = 1000;
    test_runner_order(database, "long", "{\"batches\": 20, \"ms\": 50}");
    one = test_runner_start(database, &options);
    test_runner_until(database, 10, "SELECT count(*) > 3 FROM marks", "t");
    assert_int_equal(test_runner_end(one, SIGKILL), 128 + SIGKILL);
    int64_t killed_us = clock_monotonic_us();

    two = test_runner_start(database, &options);
    test_runner_until(database, 30, "SELECT attempt FROM jobs", "2");
    assert_in_range(clock_monotonic_us() - killed_us, 0, 30 * SECOND_US);
    test_runner_until(database, 10, "SELECT state FROM jobs", "succeeded");
    asking_expect(&database->scope, "SELECT count(*) FROM marks", "20");
    asking_expect(&database->scope, "SELECT errors->0->>'message' FROM jobs",
                  "Its runner ended, or lost the database, while it ran");
    assert_int_equal(test_runner_end(two, SIGTERM), 0);
}

/* Processes of a killed runner do not outlive it. */
static void test_orphans(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    test_runner_order(database, "doze", "{\"ms\": 60000}");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT state FROM jobs", "running");
    usleep(100000);
    assert_int_equal(test_runner_end(runner, SIGKILL), 128 + SIGKILL);
    test_runner_until(database, 5,
                      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                      "AND pid <> pg_backend_pid() AND state LIKE 'idle in%'",
                      "0");
}

static void test_leases(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    database->config.job_lease_s = 3;
    test_runner_order(database, "long", "{\"batches\": 10, \"ms\": 500}");
    pid_t one = test_runner_start(database, &options);
    pid_t two = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT progress BETWEEN 0.1 AND 0.9 FROM jobs", "t");
    test_runner_until(database, 10, "SELECT state FROM jobs", "succeeded");
    asking_expect(&database->scope, "SELECT attempt || ' ' || progress FROM jobs", "1 1.0000");
    assert_int_equal(test_runner_end(one, SIGTERM), 0);
    assert_int_equal(test_runner_end(two, SIGTERM), 0);
}

/* Somebody thought it dead. What it does then counts for nothing. */
static void test_fence(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct scope *scope = &database->scope;

    test_runner_order(database, "long", "{\"batches\": 100, \"ms\": 50}");
    test_runner_order(database, "doze", "{\"ms\": 1500}");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT count(*) > 2 FROM marks", "t");
    asking_text(scope, "UPDATE jobs SET attempt = attempt + 1, runner = 'somebody else', "
                       "lease_until = now() + interval '1h'");
    const char *before = asking_text(scope, "SELECT count(*) FROM marks");

    usleep(2500000);
    asking_expect(scope, "SELECT string_agg(state || ' ' || runner, ', ') FROM jobs",
                  "running somebody else, running somebody else");
    /* One batch may have been about to be saved. */
    assert_in_range(atoi(asking_text(scope, "SELECT count(*) FROM marks")), atoi(before),
                    atoi(before) + 1);
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
}

static void test_drain(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct scope *scope = &database->scope;

    database->config.job_drain_s = 2;
    options.processes = 3;
    test_runner_order(database, "doze", "{\"ms\": 1000}");
    test_runner_order(database, "long", "{\"batches\": 1000, \"ms\": 20}");
    test_runner_order(database, "doze", "{\"ms\": 60000}");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT count(*) > 2 FROM marks", "t");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    asking_expect(scope, "SELECT string_agg(state || ' ' || failures, ', ' ORDER BY id) FROM jobs",
                  "succeeded 0, queued 0, queued 0");
    asking_expect(scope,
                  "SELECT (result->>'done')::int = (SELECT count(*) FROM marks) "
                  "FROM jobs WHERE id = 2",
                  "t");
    /* Both are due, and the one that got on goes on. */
    asking_text(scope, "UPDATE jobs SET args = '{\"batches\": 100, \"ms\": 1}' WHERE id > 1");
    test_runner_once(database, options);
    asking_expect(scope, "SELECT count(*) || ' ' || count(DISTINCT key) FROM marks", "100 100");
}

static void test_twice_told(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    database->config.job_drain_s = 3600;
    test_runner_order(database, "doze", "{\"ms\": 60000}");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT state FROM jobs", "running");
    kill(runner, SIGTERM);
    usleep(300000);
    assert_int_equal(test_runner_end(runner, SIGINT), 0);
    asking_expect(&database->scope, "SELECT state || ' ' || failures FROM jobs", "queued 0");
}

static void test_max_seconds(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    int64_t before_us = clock_monotonic_us();

    options.max_seconds = 1;
    assert_int_equal(test_runner_end(test_runner_start(database, &options), 0), 0);
    assert_in_range(clock_monotonic_us() - before_us, SECOND_US, 20 * SECOND_US);
    before_us = clock_monotonic_us();
    options.max_seconds = 60;
    test_runner_order(database, "mark", "{\"key\": 1}");
    test_runner_once(database, options);
    assert_in_range(clock_monotonic_us() - before_us, 0, 30 * SECOND_US);
    asking_expect(&database->scope, "SELECT state FROM jobs", "succeeded");
}

/* From another database, as nobody closes the one that he is in. */
static void allow_connections(const struct test_database *database, bool allowed)
{
    const struct test_database outside = {.url = "dbname=postgres"};
    char statement[256];

    snprintf(statement, sizeof statement, "ALTER DATABASE \"%s\" ALLOW_CONNECTIONS %s",
             database->name, allowed ? "true" : "false");
    free(test_database_ask(&outside, statement));
    snprintf(statement, sizeof statement,
             "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '%s'",
             database->name);
    if (!allowed)
        free(test_database_ask(&outside, statement));
}

/* Sessions end, and none can be opened for a while, as when PostgreSQL is started again. */
static void test_database_away(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    asking_text(&database->scope,
                "INSERT INTO jobs (kind, args, max_attempts) SELECT 'mark', "
                "jsonb_build_object('key', n), 9 FROM generate_series(1, 3000) n");
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 10, "SELECT count(*) > 100 FROM marks", "t");
    allow_connections(database, false);
    usleep(1500000);
    allow_connections(database, true);
    test_runner_until(database, 40, "SELECT count(*) FROM jobs WHERE state = 'succeeded'", "3000");
    test_runner_until(database, 1, "SELECT count(*) FROM marks", "3000");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    test_database_renew(database);
}

static void test_no_database(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    const char *url = database->config.database_url;

    database->config.database_url = "host=/nowhere";
    options.once = true;
    assert_int_equal(test_runner_end(test_runner_start(database, &options), 0), EXIT_FAILURE);
    options.once = false;
    pid_t runner = test_runner_start(database, &options);

    usleep(300000);
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    database->config.database_url = url;
}

static void test_lost_session(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();

    database->config.job_poll_ms = 600000;
    pid_t runner = test_runner_start(database, &options);

    for (int key = 1; key < 4; key++) {
        test_runner_order(database, "mark", scope_format(&database->scope, "{\"key\":%d}", key));
        test_runner_until(database, 5, "SELECT count(*) FROM jobs WHERE state <> 'succeeded'", "0");
        end_sessions(database);
    }
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
}

/* All share one session of the server, in which nothing may be left behind. */
static void test_pooler(void **state)
{
    struct test_database *database = *state;
    struct runner_options options = test_runner_options();
    struct pooler pooler;
    char url[256];

    pooler_start(&pooler, database->name, database->name);
    snprintf(url, sizeof url, "host=%s port=6432 dbname=%s", pooler.folder, database->name);
    asking_text(&database->scope, "INSERT INTO job_queues (name, max_running) VALUES ('b', 1)");
    asking_text(&database->scope, "INSERT INTO jobs (kind, queue, args) SELECT 'mark', "
                                  "(ARRAY['a', 'b'])[1 + n % 2], jsonb_build_object('key', n) "
                                  "FROM generate_series(1, 100) n");
    database->config.database_url = url;
    database->config.db_prepared = false;
    options.poll_only = true;
    pid_t runner = test_runner_start(database, &options);

    test_runner_until(database, 20, "SELECT count(*) FROM jobs WHERE state = 'succeeded'", "100");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    database->config.db_prepared = true;
    database->config.database_url = database->url;
    pooler_stop(&pooler);
}

static void test_trim(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO jobs (kind, state, finished_at) SELECT 'x', s, now() - d FROM "
                       "unnest(ARRAY['succeeded', 'failed', 'cancelled']) s, "
                       "unnest(ARRAY[interval '6d', '8d', '100d']) d");
    test_runner_once(database, test_runner_options());
    asking_expect(scope,
                  "SELECT string_agg(state || ' ' || extract(day FROM now() - finished_at), ', ' "
                  "ORDER BY state, finished_at DESC) FROM jobs",
                  "cancelled 6, failed 6, failed 8, succeeded 6");
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
        FIXTURE_TEST("a killed runner's jobs are back at work within 30 seconds", test_killed),
        FIXTURE_TEST("a killed runner's processes end with it", test_orphans),
        FIXTURE_TEST("a job that outlasts its lease stays its runner's, and shows how far it is",
                     test_leases),
        FIXTURE_TEST("who has lost a job saves nothing of it any more", test_fence),
        FIXTURE_TEST("a runner that is told to end gives back what does not end in time",
                     test_drain),
        FIXTURE_TEST("told twice it does not wait", test_twice_told),
        FIXTURE_TEST("a runner ends after its time, or when nothing is due", test_max_seconds),
        FIXTURE_TEST("nothing is lost while the database is away", test_database_away),
        FIXTURE_TEST("without a database a runner waits, or fails where it is to end",
                     test_no_database),
        FIXTURE_TEST("a runner whose sessions are ended listens again", test_lost_session),
        FIXTURE_TEST("jobs run through a transaction pooler", test_pooler),
        FIXTURE_TEST("what ended long ago is removed, failures later", test_trim),
    };

    return cmocka_run_group_tests_name("jobs life", tests, NULL, NULL);
}
