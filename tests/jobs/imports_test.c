/* imports_test.c - tests of the job that carries imports out: killed, cancelled, told to end */
#include "../support/asking.h"
#include "../support/folder.h"
#include "../support/runner.h"
#include "../support/unit.h"

#include "keel/core/clock.h"
#include "keel/core/random.h"
#include "keel/services/imports.h"
#include "routes/models.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KILLS 20

/* More than a fast machine takes in between so many kills. */
#define KILLED_ROWS 120000
#define SECOND_US   INT64_C(1000000)

static const struct model *const models[] = {&categories_model, &items_model};

static struct runner_options options(void)
{
    struct runner_options made = test_runner_options();

    made.kinds = job_kinds;
    made.kind_count = job_kind_count;
    made.models = models;
    made.model_count = COUNT(models);
    made.processes = 1;
    return made;
}

/* A file of so many rows, of which each hundredth is wrong, and the import of it. */
static void order(struct test_database *database, const char *folder, const char *mode, int rows)
{
    char path[FOLDER_PATH_SIZE + 16];
    size_t at = 0;
    char *text = malloc((size_t)rows * 32 + 32);
    struct import_order wanted = {
        .resource = "items", .file = path, .is_upload = true, .format = "csv", .mode = mode};
    int64_t id;

    assert_non_null(text);
    at += (size_t)sprintf(text, "name,price,category_id\n");
    for (int i = 1; i <= rows; i++)
        at += (size_t)sprintf(text + at, "Row %d,%s%d,1\n", i, mode && i % 100 == 0 ? "x" : "",
                              i % 1000);
    folder_write(folder, "rows", text, at);
    free(text);
    snprintf(path, sizeof path, "%s/rows", folder);
    wanted.bytes = (int64_t)at;
    if (!imports_create(&database->scope, &wanted, &id))
        unit_fail("%s: %s", database->scope.error.message, database->scope.error.detail);
    test_database_renew(database);
}

/* `*state` is a database with a category; `folder` takes FOLDER_PATH_SIZE bytes. */
static struct test_database *begin_with(void **state, char *folder)
{
    struct test_database *database = *state;

    folder_make(folder);
    asking_text(&database->scope, "INSERT INTO categories (name) VALUES ('Kitchen')");
    database->config.upload_folder = folder;
    return database;
}

/* At some moment within the next so many milliseconds. */
static void pause_somewhere(unsigned most_ms)
{
    unsigned random = 0;

    assert_true(random_bytes(&random, sizeof random));
    usleep(random % (most_ms * 1000));
}

/* Twenty times, wherever it is. A short lease, so that the test does not wait for the usual one. */
static void test_killed(void **state)
{
    char folder[FOLDER_PATH_SIZE];
    struct test_database *database = begin_with(state, folder);
    const struct runner_options made = options();
    char attempt[32];

    database->config.job_lease_s = 1;
    database->config.job_poll_ms = 50;
    order(database, folder, "best_effort", KILLED_ROWS);
    for (int i = 1; i <= KILLS; i++) {
        pid_t runner = test_runner_start(database, &made);

        snprintf(attempt, sizeof attempt, "%d running", i);
        test_runner_until(database, 30, "SELECT attempt || ' ' || state FROM jobs", attempt);
        pause_somewhere(150);
        assert_int_equal(test_runner_end(runner, SIGKILL), 128 + SIGKILL);
    }
    asking_expect(&database->scope, "SELECT status FROM imports", "running");
    asking_expect(&database->scope, "SELECT count(*) < 118800 FROM items", "t");
    test_runner_until(database, 10, "SELECT count(*) FROM jobs WHERE lease_until > now()", "0");
    test_runner_once(database, made);
    asking_expect(
        &database->scope,
        "SELECT concat_ws(' ', status, rows_total, rows_accepted, rows_rejected, attempt > "
        "1) FROM imports",
        "succeeded 120000 118800 1200 t");
    asking_expect(&database->scope, "SELECT count(*) || ' ' || count(DISTINCT name) FROM items",
                  "118800 118800");
    asking_expect(&database->scope,
                  "SELECT count(*) || ' ' || count(DISTINCT line) FROM import_rejects",
                  "1200 1200");
    asking_expect(&database->scope, "SELECT state || failures FROM jobs", "succeeded0");
    asking_expect(&database->scope, "SELECT result FROM jobs",
                  "{\"status\": \"succeeded\", \"rows_total\": 120000, \"rows_skipped\": 0, "
                  "\"rows_updated\": 0, \"rows_accepted\": 118800, \"rows_rejected\": 1200, "
                  "\"rows_unchanged\": 0}");
    folder_remove(folder);
}

/* With the settings as they are delivered it is back at work within half a minute. */
static void test_back_at_work(void **state)
{
    char folder[FOLDER_PATH_SIZE];
    struct test_database *database = begin_with(state, folder);
    const struct runner_options made = options();

    order(database, folder, "best_effort", 20000);
    pid_t runner = test_runner_start(database, &made);

    test_runner_until(database, 30, "SELECT rows_accepted > 0 FROM imports", "t");
    assert_int_equal(test_runner_end(runner, SIGKILL), 128 + SIGKILL);
    int64_t killed_us = clock_monotonic_us();

    runner = test_runner_start(database, &made);
    test_runner_until(database, 30, "SELECT attempt FROM imports", "2");
    assert_in_range(clock_monotonic_us() - killed_us, 0, 30 * SECOND_US);
    test_runner_until(database, 30, "SELECT status FROM imports", "succeeded");
    asking_expect(&database->scope, "SELECT count(*) FROM items", "19800");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    folder_remove(folder);
}

/* All rows or none, whenever somebody looks. */
static void test_whole_killed(void **state)
{
    char folder[FOLDER_PATH_SIZE];
    struct test_database *database = begin_with(state, folder);
    const struct runner_options made = options();

    database->config.job_lease_s = 1;
    database->config.job_poll_ms = 50;
    order(database, folder, NULL, 20000);
    for (int i = 1; i <= 3; i++) {
        pid_t runner = test_runner_start(database, &made);

        test_runner_until(database, 30, "SELECT progress > 0.2 AND state = 'running' FROM jobs",
                          "t");
        assert_int_equal(test_runner_end(runner, SIGKILL), 128 + SIGKILL);
        asking_expect(&database->scope, "SELECT count(*) FROM items", "0");
        test_runner_until(database, 10, "SELECT count(*) FROM jobs WHERE lease_until > now()", "0");
        asking_text(&database->scope, "UPDATE jobs SET progress = 0");
    }
    test_runner_once(database, made);
    asking_expect(&database->scope, "SELECT count(*) || ' ' || count(DISTINCT name) FROM items",
                  "20000 20000");
    asking_expect(&database->scope, "SELECT status FROM imports", "succeeded");
    folder_remove(folder);
}

/* Of one transaction nothing stays; nothing of the work is left lying about. */
static void test_cancelled(void **state)
{
    char folder[FOLDER_PATH_SIZE];
    struct test_database *database = begin_with(state, folder);
    const struct runner_options made = options();

    order(database, folder, NULL, 60000);
    pid_t runner = test_runner_start(database, &made);

    test_runner_until(database, 30, "SELECT rows_total > 0 FROM imports", "t");
    assert_true(imports_cancel(&database->scope, 1));
    test_runner_until(database, 15, "SELECT state FROM jobs", "cancelled");
    asking_expect(&database->scope, "SELECT status || concluded FROM imports", "cancelledtrue");
    asking_expect(&database->scope, "SELECT count(*) FROM items", "0");
    asking_expect(&database->scope, "SELECT to_regclass('import_1') IS NULL", "t");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    folder_remove(folder);
}

/* A runner that is told to end gives the import back, for the next one to go on with. */
static void test_told_to_end(void **state)
{
    char folder[FOLDER_PATH_SIZE];
    struct test_database *database = begin_with(state, folder);
    const struct runner_options made = options();

    database->config.job_drain_s = 10;
    order(database, folder, "best_effort", 60000);
    pid_t runner = test_runner_start(database, &made);

    test_runner_until(database, 30, "SELECT rows_accepted > 0 FROM imports", "t");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    asking_expect(
        &database->scope,
        "SELECT concat_ws(' ', j.state, j.failures, i.status, (SELECT count(*) FROM items) "
        "= rows_accepted) FROM jobs j, imports i",
        "queued 0 queued t");
    test_runner_once(database, made);
    asking_expect(&database->scope, "SELECT count(*) FROM items", "59400");
    folder_remove(folder);
}

static void test_swept(void **state)
{
    char folder[FOLDER_PATH_SIZE];
    struct test_database *database = begin_with(state, folder);

    database->config.import_keep_s = 60;
    order(database, folder, NULL, 10);
    test_runner_once(database, options());
    asking_text(&database->scope, "UPDATE imports SET finished_at = now() - interval '2 minutes'");
    test_runner_order(database, "imports.sweep", NULL);
    test_runner_once(database, options());
    asking_expect(&database->scope, "SELECT result FROM jobs WHERE kind = 'imports.sweep'",
                  "{\"files\": 0, \"imports\": 1}");
    asking_expect(&database->scope, "SELECT count(*) FROM imports", "0");
    folder_remove(folder);
}

/* What is no import, or none of this program's: the job says so. */
static void test_wrong(void **state)
{
    struct test_database *database = *state;
    static const struct {
        const char *args, *message;
    } cases[] = {
        {"{}", "The job does not say which import"},
        {"{\"import\": 99}", "There is no import 99"},
        {"{\"import\": 1}", "This program knows no resource kettles"},
    };
    const struct import_order odd = {
        .resource = "kettles", .file = "/nowhere", .format = "csv", .at_once = true};
    int64_t id;

    assert_true(imports_create(&database->scope, &odd, &id));
    for (size_t i = 0; i < COUNT(cases); i++) {
        asking_text(&database->scope, "DELETE FROM jobs");
        test_runner_order(database, IMPORT_JOB, cases[i].args);
        asking_text(&database->scope, "UPDATE jobs SET max_attempts = 1");
        test_runner_once(database, options());
        asking_expect(&database->scope, "SELECT errors->0->>'message' FROM jobs", cases[i].message);
    }
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, test_runner_make, test_runner_drop, NULL                               \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("killed twenty times, each row is there once", test_killed),
        TEST("after a kill it is back at work within 30 seconds", test_back_at_work),
        TEST("killed while it writes all or nothing, it writes all", test_whole_killed),
        TEST("one that is cancelled ends, and leaves nothing behind", test_cancelled),
        TEST("a runner that ends gives its import to the next one", test_told_to_end),
        TEST("a sweep is a job", test_swept),
        TEST("a job without its import says so", test_wrong),
    };

    return cmocka_run_group_tests_name("jobs/imports", tests, NULL, NULL);
}
