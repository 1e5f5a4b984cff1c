/* jobs_trim_test.c - tests of services/jobs_trim: what ended long ago goes, the rest stays */
#include "keel/services/jobs.h"

#include "accounts.h"

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    database->config.job_keep_s = 100;
    database->config.job_keep_failed_s = 1000;
    return 0;
}

static int64_t trim(struct scope *scope, bool is_done)
{
    int64_t removed = -1;
    bool done;

    assert_true(jobs_trim(scope, &removed, &done));
    assert_int_equal(done, is_done);
    return removed;
}

/* Of each state one that ended so many seconds ago; ids count up. */
static void add(struct scope *scope, int seconds)
{
    asking_text(scope, scope_format(scope,
                                    "INSERT INTO jobs (kind, state, finished_at, created_at) SELECT"
                                    " 'a', state, now() - interval '%d s', now() - interval '1 d'"
                                    " FROM unnest(ARRAY['succeeded', 'cancelled', 'failed']) AS"
                                    " state",
                                    seconds));
}

static void must_be_left(struct scope *scope, const char *ids)
{
    asking_expect(scope, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM jobs", ids);
}

static void test_old(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, 50);
    add(scope, 200);
    add(scope, 2000);
    asking_text(scope, "INSERT INTO jobs (kind, created_at) VALUES ('a', now() - interval '9 y')");
    assert_int_equal(trim(scope, true), 5);
    must_be_left(scope, "1 2 3 6 10");
    database->config.job_keep_failed_s = 0;
    asking_text(scope, "UPDATE jobs SET finished_at = now() - interval '9 y' WHERE id < 10");
    assert_int_equal(trim(scope, true), 2);
    must_be_left(scope, "3 6 10");
}

static void test_batches(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO jobs (kind, state, finished_at) SELECT 'a', 'succeeded',"
                       " now() - interval '1 d' FROM generate_series(1, 1001)");
    assert_int_equal(trim(scope, false), 1000);
    assert_int_equal(trim(scope, true), 1);
}

/* However old: how it went is what people look for. */
static void test_last_of_schedule(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, 5000);
    asking_text(scope, "UPDATE schedules SET last_job_id = 1 WHERE name = 'purge'");
    assert_int_equal(trim(scope, true), 2);
    must_be_left(scope, "1");
    asking_text(scope, "UPDATE schedules SET last_job_id = 9 WHERE name = 'purge'");
    assert_int_equal(trim(scope, true), 1);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what ended long ago goes, what failed later or never, what waits never", test_old),
        TEST("it goes in batches", test_batches),
        TEST("the last job of a schedule stays", test_last_of_schedule),
    };

    return cmocka_run_group_tests_name("services/jobs_trim", tests, NULL, NULL);
}
