/* jobs_test.c - tests of services/jobs: ordering, and looking after what was ordered */
#include "keel/services/jobs.h"

#include "../support/faults.h"
#include "../support/query_faults.h"
#include "accounts.h"

#include <string.h>

static const struct job_order plain = {.kind = "test.plain"};
static const struct job_order unique = {.kind = "test.unique", .unique_key = "a"};
static const struct job_order shared = {.kind = "test.shared", .is_shared = true};

static int64_t enqueue(struct scope *scope, const struct job_order *order, bool is_new)
{
    bool was_new = !is_new;
    int64_t id = 0;

    if (!jobs_enqueue(scope, order, &id, &was_new))
        unit_fail("%s: %s (%s)", order->kind, scope->error.message, scope->error.detail);
    assert_int_equal(was_new, is_new);
    assert_true(id > 0);
    return id;
}

/* As a runner claims, who passes by what somebody has locked; the ids that are due, in order. */
static const char *claimable(struct scope *scope)
{
    return asking_text(scope, "SELECT string_agg(id::text, ' ') FROM (SELECT id FROM jobs WHERE "
                              "state = 'queued' AND run_at <= clock_timestamp() ORDER BY priority "
                              "DESC, run_at, id FOR UPDATE SKIP LOCKED) AS due");
}

/* Takes a job to a state as a runner does. */
static void set_state(struct scope *scope, int64_t id, const char *state)
{
    struct rows rows;

    if (!asking_query(scope,
                      "UPDATE jobs SET state = $2, attempt = 1, failures = 1,"
                      " runner = CASE $2 WHEN 'running' THEN 'r' END,"
                      " lease_until = CASE $2 WHEN 'running' THEN now() END, finished_at = CASE"
                      " WHEN $2 IN ('queued', 'running') THEN NULL ELSE now() END WHERE id = $1",
                      PARAMS(param_int(scope, id), state), &rows))
        unit_fail("%s: %s", state, scope->error.detail);
}

static void test_defaults(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    enqueue(scope, &plain, true);
    assert_true(jobs_enqueue(scope, &plain, NULL, NULL));
    asking_expect(
        scope,
        "SELECT string_agg(concat_ws(' ', id, kind, queue, state, priority, args, attempt,"
        " errors, run_at = created_at), ', ' ORDER BY id) FROM jobs",
        "1 test.plain default queued 0 {} 0 [] t, 2 test.plain default queued 0 {} 0 [] "
        "t");
    asking_expect(scope,
                  "SELECT DISTINCT num_nonnulls(unique_key, user_id, max_attempts, runner,"
                  " lease_until, cancel_requested_at, progress, result, started_at, finished_at)"
                  " FROM jobs",
                  "0");
}

static void test_all(void **state)
{
    static const struct job_order order = {
        .kind = "test.all",
        .args = "{\"name\": \"\\\"x\\\"\"}",
        .queue = "slow",
        .priority = -7,
        .run_at = 4102444800000000,
        .unique_key = "one",
        .max_attempts = 3,
        .user_id = 12,
    };
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    enqueue(scope, &order, true);
    asking_expect(scope,
                  "SELECT concat_ws(' ', kind, args, queue, priority, run_at AT TIME ZONE 'UTC',"
                  " unique_key, max_attempts, user_id) FROM jobs",
                  "test.all {\"name\": \"\\\"x\\\"\"} slow -7 2100-01-01 00:00:00 one 3 12");
}

static void test_transaction(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    enqueue(scope, &plain, true);
    asking_outside(database, "SELECT count(*) FROM jobs", "0");
    db_rollback(scope);
    asking_expect(scope, "SELECT count(*) FROM jobs", "0");
    assert_true(db_begin(scope));
    enqueue(scope, &plain, true);
    assert_true(db_commit(scope));
    asking_outside(database, "SELECT count(*) FROM jobs", "1");
}

static void test_refused(void **state)
{
    static char long_name[JOB_UNIQUE_KEY_MAX + 2];
    const struct job_order orders[] = {
        {.kind = ""},
        {.kind = long_name + JOB_UNIQUE_KEY_MAX - JOB_KIND_MAX},
        {.kind = "a", .args = "[]"},
        {.kind = "a", .args = "{"},
        {.kind = "a", .args = "null"},
        {.kind = "a", .queue = ""},
        {.kind = "a", .priority = JOB_PRIORITY_MAX + 1},
        {.kind = "a", .priority = -JOB_PRIORITY_MAX - 1},
        {.kind = "a", .priority = 100000},
        {.kind = "a", .max_attempts = -1},
        {.kind = "a", .max_attempts = JOB_ATTEMPTS_MAX + 1},
        {.kind = "a", .unique_key = ""},
        {.kind = "a", .unique_key = long_name},
        {.kind = "a", .unique_key = "a", .is_shared = true},
    };
    struct test_database *database = *state;

    memset(long_name, 'x', sizeof long_name - 1);
    for (size_t i = 0; i < COUNT(orders); i++) {
        if (jobs_enqueue(&database->scope, &orders[i], NULL, NULL))
            unit_fail("order %zu was taken", i);
        asking_failed(&database->scope, ERR_VALIDATION);
        test_database_renew(database);
    }
    asking_expect(&database->scope, "SELECT count(*) FROM jobs", "0");
}

static void test_unique(void **state)
{
    static const struct job_order other_key = {.kind = "test.unique", .unique_key = "b"};
    static const struct job_order other_kind = {.kind = "test.other", .unique_key = "a"};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t id = enqueue(scope, &unique, true);

    assert_int_equal(enqueue(scope, &unique, false), id);
    enqueue(scope, &other_key, true);
    enqueue(scope, &other_kind, true);
    set_state(scope, id, "running");
    assert_int_equal(enqueue(scope, &unique, false), id);
    set_state(scope, id, "succeeded");
    int64_t next = enqueue(scope, &unique, true);

    assert_true(next > id);
    set_state(scope, next, "failed");
    id = enqueue(scope, &unique, true);
    set_state(scope, id, "cancelled");
    enqueue(scope, &unique, true);
}

/* The second one waits, as only the first one's end says whether there is a job. */
static void test_unique_at_once(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct scope *other = test_database_open(database);

    asking_text(other, "SET lock_timeout = '50ms'");
    assert_true(db_begin(scope));
    int64_t id = enqueue(scope, &unique, true);

    assert_false(jobs_enqueue(other, &unique, NULL, NULL));
    assert_true(other->error.locked);
    scope_clear_error(other);
    assert_true(db_commit(scope));
    assert_int_equal(enqueue(other, &unique, false), id);
    test_database_close(other);
}

static void test_shared(void **state)
{
    static const struct job_order other_args = {
        .kind = "test.shared", .args = "{\"a\": 1}", .is_shared = true};
    static const struct job_order other_queue = {
        .kind = "test.shared", .queue = "slow", .is_shared = true};
    static const struct job_order later = {
        .kind = "test.shared", .run_at = 4102444800000000, .is_shared = true};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t id = enqueue(scope, &later, true);

    assert_int_equal(enqueue(scope, &later, false), id);
    id = enqueue(scope, &shared, true);
    assert_int_equal(enqueue(scope, &shared, false), id);
    enqueue(scope, &other_args, true);
    enqueue(scope, &other_queue, true);
    set_state(scope, id, "running");
    id = enqueue(scope, &shared, true);
    set_state(scope, id, "succeeded");
    enqueue(scope, &shared, true);
}

/* What is to be seen by the job is not committed, so nobody may claim it yet. */
static void test_shared_waits(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct scope *other = test_database_open(database);
    struct scope *runner = test_database_open(database);
    int64_t id = enqueue(scope, &shared, true);

    assert_string_equal(claimable(runner), "1");
    assert_true(db_begin(scope));
    assert_true(db_begin(other));
    assert_int_equal(enqueue(scope, &shared, false), id);
    assert_int_equal(enqueue(other, &shared, false), id);
    assert_string_equal(claimable(runner), "");
    assert_true(db_commit(scope));
    assert_string_equal(claimable(runner), "");
    db_rollback(other);
    assert_string_equal(claimable(runner), "1");
    assert_true(db_begin(runner));
    claimable(runner);
    assert_int_not_equal(enqueue(scope, &shared, true), id);
    db_rollback(runner);
    test_database_close(runner);
    test_database_close(other);
}

static void test_order(void **state)
{
    static const struct job_order orders[] = {
        {.kind = "a", .run_at = 2000000}, {.kind = "a", .run_at = 1000000},
        {.kind = "a", .run_at = 1000000}, {.kind = "a", .priority = -1, .run_at = 1},
        {.kind = "a", .priority = 1},     {.kind = "a", .run_at = 4102444800000000}};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(orders); i++)
        enqueue(&database->scope, &orders[i], true);
    assert_string_equal(claimable(&database->scope), "5 2 3 1 4");
}

static bool snooze(struct scope *scope, int64_t id)
{
    return jobs_snooze(scope, id, 3600);
}

static void test_states(void **state)
{
    static const struct {
        bool (*step)(struct scope *scope, int64_t id);
        const char *before, *after; /* NULL: it forbids the step */
    } cases[] = {
        {jobs_retry, "queued", "queued due 0"},
        {jobs_retry, "running", NULL},
        {jobs_retry, "succeeded", NULL},
        {jobs_retry, "failed", "queued due 0"},
        {jobs_retry, "cancelled", "queued due 0"},
        {jobs_cancel, "queued", "cancelled later 1 asked"},
        {jobs_cancel, "running", "running later 1 asked"},
        {jobs_cancel, "succeeded", NULL},
        {jobs_cancel, "failed", NULL},
        {jobs_cancel, "cancelled", NULL},
        {snooze, "queued", "queued later 1"},
        {snooze, "running", NULL},
        {snooze, "succeeded", NULL},
        {snooze, "failed", NULL},
        {snooze, "cancelled", NULL},
    };
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t id = enqueue(scope, &plain, true);

        asking_text(scope, "UPDATE jobs SET run_at = now() + interval '30 minutes'");
        set_state(scope, id, cases[i].before);
        assert_int_equal(cases[i].step(scope, id), cases[i].after != NULL);
        asking_failed(scope, cases[i].after ? ERR_NONE : ERR_CONFLICT);
        scope_clear_error(scope);
        if (cases[i].after)
            asking_expect(scope,
                          "SELECT concat_ws(' ', state, CASE WHEN run_at <= now() THEN 'due' ELSE"
                          " 'later' END, failures, CASE WHEN cancel_requested_at IS NOT NULL THEN"
                          " 'asked' END) FROM jobs ORDER BY id DESC LIMIT 1",
                          cases[i].after);
        assert_false(cases[i].step(scope, id + 1));
        asking_failed(scope, ERR_NOT_FOUND);
        test_database_renew(database);
    }
}

static void test_conflict(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t running = enqueue(scope, &plain, true), old = enqueue(scope, &unique, true);

    set_state(scope, running, "running");
    assert_false(jobs_retry(scope, running));
    assert_string_equal(scope->error.message, "A job that is running cannot be retried");
    scope_clear_error(scope);
    set_state(scope, old, "failed");
    enqueue(scope, &unique, true);
    assert_false(jobs_retry(scope, old));
    asking_failed(scope, ERR_CONFLICT);
    assert_string_equal(scope->error.message,
                        "The same has been ordered anew, and is queued or running");
    assert_non_null(scope->error.detail);
}

static void test_again(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t id = enqueue(scope, &plain, true);

    set_state(scope, id, "running");
    assert_true(jobs_cancel(scope, id));
    const char *first = asking_text(scope, "SELECT cancel_requested_at FROM jobs");

    assert_true(jobs_cancel(scope, id));
    asking_expect(scope, "SELECT cancel_requested_at FROM jobs", first);
    set_state(scope, id, "cancelled");
    assert_true(jobs_retry(scope, id));
    asking_expect(scope, "SELECT cancel_requested_at IS NULL AND finished_at IS NULL FROM jobs",
                  "t");
}

/* 1 to 3 share a key, which 4 has taken; so do 5 and 6, which nobody has; 7 is of another kind. */
static void test_retry_failed(void **state)
{
    static const struct job_order key = {.kind = "test.unique", .unique_key = "b"};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t retried = 0;

    for (int i = 0; i < 3; i++)
        set_state(scope, enqueue(scope, &unique, true), "failed");
    enqueue(scope, &unique, true);
    for (int i = 0; i < 2; i++)
        set_state(scope, enqueue(scope, &key, true), "failed");
    set_state(scope, enqueue(scope, &plain, true), "failed");
    set_state(scope, enqueue(scope, &plain, true), "cancelled");
    set_state(scope, enqueue(scope, &plain, true), "failed");
    assert_true(jobs_retry_failed(scope, "test.unique", &retried));
    assert_int_equal(retried, 1);
    assert_true(jobs_retry_failed(scope, NULL, &retried));
    assert_int_equal(retried, 2);
    asking_expect(scope,
                  "SELECT string_agg(id::text, ' ' ORDER BY id) FROM jobs WHERE state = 'queued'",
                  "4 6 7 9");
    assert_true(jobs_retry_failed(scope, NULL, &retried));
    assert_int_equal(retried, 0);
}

/* The notices that have come, "x y"; each call asks the server for what waits. */
static const char *notices(struct scope *scope)
{
    PGconn *connection = db_connection(scope->db);
    const char *all = "";
    PGnotify *notice;

    asking_text(scope, "SELECT 1");
    while ((notice = PQnotifies(connection))) {
        all = scope_format(scope, "%s%s(%s)", all, notice->relname, notice->extra);
        PQfreemem(notice);
    }
    return all;
}

static void test_notices(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct scope *runner = test_database_open(database);

    asking_text(runner, "LISTEN keel_jobs");
    assert_true(db_begin(scope));
    int64_t id = enqueue(scope, &shared, true);

    enqueue(scope, &plain, true);
    assert_string_equal(notices(runner), "");
    assert_true(db_commit(scope));
    assert_string_equal(notices(runner), "keel_jobs()");
    enqueue(scope, &shared, false);
    assert_string_equal(notices(runner), "keel_jobs()");
    assert_true(jobs_snooze(scope, id, 0));
    assert_string_equal(notices(runner), "keel_jobs()");
    assert_true(jobs_cancel(scope, id));
    assert_string_equal(notices(runner), "");
    assert_true(jobs_retry(scope, id));
    assert_string_equal(notices(runner), "keel_jobs()");
    set_state(scope, id, "running");
    assert_true(jobs_cancel(scope, id));
    assert_string_equal(notices(runner), "keel_jobs(cancel)");
    test_database_close(runner);
}

static bool do_all(struct scope *scope)
{
    int64_t id, retried;

    return jobs_enqueue(scope, &plain, &id, NULL) && jobs_enqueue(scope, &unique, NULL, NULL) &&
           jobs_enqueue(scope, &shared, NULL, NULL) && jobs_snooze(scope, id, 1) &&
           jobs_cancel(scope, id) && jobs_retry(scope, id) &&
           jobs_retry_failed(scope, NULL, &retried);
}

static void test_faults(void **state)
{
    struct test_database *database = *state;

    faults_begin();
    while (faults_next()) {
        bool done = do_all(&database->scope);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        test_database_renew(database);
    }
    assert_true(faults_count() > 0);
    query_faults_begin("XX000");
    while (query_faults_next()) {
        bool done = do_all(&database->scope);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
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
        TEST("an order that says nothing more is due now, in the usual queue", test_defaults),
        TEST("an order may say all of it", test_all),
        TEST("a job is there when its transaction is", test_transaction),
        TEST("an order that is out of bounds is refused", test_refused),
        TEST("a unique job is there once while it is queued or running", test_unique),
        TEST("of two at once with a key the second waits for the first", test_unique_at_once),
        TEST("a shared job does for all orders until it is claimed", test_shared),
        TEST("nobody claims a shared job whose order is not committed", test_shared_waits),
        TEST("priority goes before time, and time before the order of orders", test_order),
        TEST("each step is for some states and changes no other", test_states),
        TEST("a step that is forbidden says why", test_conflict),
        TEST("cancelled twice is cancelled once, and retrying forgets it", test_again),
        TEST("all that failed are retried, each key once", test_retry_failed),
        TEST("runners are woken when the transaction ends", test_notices),
        TEST("whatever fails on the way is a failure", test_faults),
    };

    return cmocka_run_group_tests_name("services/jobs", tests, NULL, NULL);
}
