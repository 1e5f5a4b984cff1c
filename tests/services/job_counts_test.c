/* job_counts_test.c - tests of services/job_counts: how much is in the queue, at a bounded effort
 */
#include "keel/services/job_counts.h"

#include "../support/query_faults.h"
#include "accounts.h"
#include "sql.h"

#include <string.h>

/* Adds so many jobs in a state, due for `seconds` (negative: due in so many). */
static void add(struct scope *scope, const char *state, int count, int seconds)
{
    struct rows rows;

    if (!asking_query(scope,
                      "INSERT INTO jobs (kind, state, run_at, runner, lease_until, finished_at)"
                      " SELECT 'test', $1, now() - make_interval(secs => $3::float8),"
                      " CASE $1 WHEN 'running' THEN 'r' END,"
                      " CASE $1 WHEN 'running' THEN now() END,"
                      " CASE WHEN $1 NOT IN ('queued', 'running') THEN now() END"
                      " FROM generate_series(1, $2::int)",
                      PARAMS(state, param_int(scope, count), param_int(scope, seconds)), &rows))
        unit_fail("%s: %s", state, scope->error.detail);
}

static void test_states(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct job_counts counts = {.due = -1};

    add(scope, "queued", 3, 1);
    add(scope, "queued", 1, 300);
    add(scope, "queued", 2, -3600);
    add(scope, "running", 4, 2);
    add(scope, "failed", 5, 2);
    add(scope, "cancelled", 6, 2);
    add(scope, "succeeded", 7, 2);
    assert_true(job_counts_read(scope, &counts));
    assert_int_equal(counts.due, 4);
    assert_int_equal(counts.later, 2);
    assert_int_equal(counts.running, 4);
    assert_int_equal(counts.failed, 5);
    assert_int_equal(counts.cancelled, 6);
    assert_int_equal(counts.succeeded, 7);
    assert_in_range(counts.oldest_due_us, 300000000, 400000000);
}

static void test_empty(void **state)
{
    struct test_database *database = *state;
    struct job_counts counts = {.due = -1, .oldest_due_us = -1};

    assert_true(job_counts_read(&database->scope, &counts));
    assert_int_equal(counts.due, 0);
    assert_int_equal(counts.succeeded, 0);
    assert_int_equal(counts.oldest_due_us, 0);
}

/* The statement's plan as JSON. */
static const char *plan(struct scope *scope)
{
    const char *text = sql_job_counts.text, *parameter;
    struct buffer out;

    buffer_init(&out, &scope->arena);
    buffer_add_text(&out, "EXPLAIN (FORMAT JSON) ");
    for (; (parameter = strstr(text, "$1")); text = parameter + 2) {
        buffer_add(&out, text, (size_t)(parameter - text));
        buffer_add_int(&out, JOB_COUNT_MAX);
    }
    buffer_add_text(&out, text);
    return asking_text(scope, out.data);
}

static void test_bounded(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct job_counts counts;

    add(scope, "queued", JOB_COUNT_MAX + 500, 1);
    add(scope, "succeeded", 3 * JOB_COUNT_MAX, 1);
    add(scope, "failed", 10, 1);
    asking_text(scope, "ANALYZE jobs");
    assert_true(job_counts_read(scope, &counts));
    assert_int_equal(counts.due, JOB_COUNT_MAX);
    assert_int_equal(counts.failed, 10);
    assert_true(counts.succeeded <= JOB_COUNT_MAX && counts.succeeded >= JOB_COUNT_MAX - 10);
    /* No state is counted by reading all the others. */
    if (strstr(plan(scope), "Seq Scan"))
        unit_fail("%s", plan(scope));
}

static void test_faults(void **state)
{
    struct test_database *database = *state;
    struct job_counts counts;

    query_faults_begin("57014");
    while (query_faults_next()) {
        bool ok = job_counts_read(&database->scope, &counts);

        query_faults_stop();
        assert_int_equal(ok, !query_faults_hit());
        test_database_renew(database);
    }
    assert_true(query_faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("jobs are counted by state, and how long the first has waited", test_states),
        TEST("an empty queue counts nothing", test_empty),
        TEST("a queue that has grown is counted up to a bound, by indexes", test_bounded),
        TEST("fails where the statement does", test_faults),
    };

    return cmocka_run_group_tests_name("services/job_counts", tests, NULL, NULL);
}
