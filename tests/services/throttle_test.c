/* throttle_test.c - tests of services/throttle: wrong guesses counted by account and by client */
#include "keel/services/throttle.h"

#include "accounts.h"

#include <string.h>

#define EMAIL "ada@example.com"
#define LIMIT 3

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    database->config.login_failures = LIMIT;
    database->config.login_lock_s = 900;
    database->config.login_client_failures = 0;
    database->config.login_client_lock_s = 3600;
    return 0;
}

static bool check(struct scope *scope, const char *email)
{
    return throttle_check(scope, THROTTLE_PASSWORD, email);
}

static void fail_times(struct scope *scope, const char *email, int times)
{
    for (int i = 0; i < times; i++)
        assert_true(throttle_wrong(scope, THROTTLE_PASSWORD, email));
}

/* Locked for at most so many seconds, and nearly that. */
static void must_be_locked(struct scope *scope, const char *email, int seconds)
{
    assert_false(check(scope, email));
    asking_failed(scope, ERR_RATE_LIMITED);
    assert_true(scope->error.retry_after <= seconds && scope->error.retry_after > seconds - 60);
    scope_clear_error(scope);
}

static void let_pass(struct scope *scope, int seconds)
{
    char statement[128];

    snprintf(statement, sizeof statement,
             "UPDATE login_throttle SET expires_at = expires_at - interval '%d s'", seconds);
    asking_text(scope, statement);
}

static void test_locked(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(check(scope, EMAIL));
    fail_times(scope, EMAIL, LIMIT - 1);
    assert_true(check(scope, EMAIL));
    fail_times(scope, EMAIL, 1);
    must_be_locked(scope, EMAIL, 900);
    /* Those who asked before the lock and come to an end in it are not told. */
    assert_false(throttle_wrong(scope, THROTTLE_PASSWORD, EMAIL));
    asking_failed(scope, ERR_RATE_LIMITED);
    scope_clear_error(scope);
    assert_false(throttle_right(scope, THROTTLE_PASSWORD, EMAIL));
    asking_failed(scope, ERR_RATE_LIMITED);
    scope_clear_error(scope);
    asking_expect(scope, "SELECT failures FROM login_throttle", "3");
}

static void test_over(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    fail_times(scope, EMAIL, LIMIT);
    let_pass(scope, 899);
    assert_false(check(scope, EMAIL));
    assert_int_equal(scope->error.retry_after, 1);
    scope_clear_error(scope);
    let_pass(scope, 1);
    assert_true(check(scope, EMAIL));
    fail_times(scope, EMAIL, LIMIT - 1);
    assert_true(check(scope, EMAIL));
    /* The count of before is over as well, so it began anew. */
    asking_expect(scope, "SELECT failures FROM login_throttle", "2");
}

/* A lock lasts its time from the failure that made it, not from the first one. */
static void test_whole_lock(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    fail_times(scope, EMAIL, LIMIT - 1);
    let_pass(scope, 800);
    fail_times(scope, EMAIL, 1);
    must_be_locked(scope, EMAIL, 900);
}

static void test_right(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (int round = 0; round < 3; round++) {
        fail_times(scope, EMAIL, LIMIT - 1);
        assert_true(throttle_right(scope, THROTTLE_PASSWORD, EMAIL));
    }
    asking_expect(scope, "SELECT count(*) FROM login_throttle", "0");
}

static void test_folded(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    fail_times(scope, " ADA@example.com", 1);
    fail_times(scope, "Ada@Example.COM ", 1);
    fail_times(scope, EMAIL, 1);
    must_be_locked(scope, "aDa@eXample.com", 900);
    assert_true(check(scope, "ada@example.org"));
    asking_expect(scope, "SELECT count(*) FROM login_throttle WHERE encode(key, 'escape') ~ 'ada'",
                  "0");
}

static void test_kinds(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    fail_times(scope, EMAIL, LIMIT - 1);
    for (int i = 0; i < LIMIT; i++)
        assert_true(throttle_wrong(scope, THROTTLE_CODE, EMAIL));
    assert_false(throttle_check(scope, THROTTLE_CODE, EMAIL));
    scope_clear_error(scope);
    assert_true(check(scope, EMAIL));
    assert_true(throttle_right(scope, THROTTLE_PASSWORD, EMAIL));
    assert_false(throttle_check(scope, THROTTLE_CODE, EMAIL));
    asking_failed(scope, ERR_RATE_LIMITED);
}

static void test_client(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.login_client_failures = LIMIT + 1;
    scope->client_address = "2001:db8:0:1::1";
    fail_times(scope, EMAIL, 2);
    assert_true(throttle_right(scope, THROTTLE_PASSWORD, EMAIL));
    scope->client_address = "2001:db8:0:1::2";
    fail_times(scope, "bob@example.com", 2);
    must_be_locked(scope, EMAIL, 3600);
    must_be_locked(scope, "carl@example.com", 3600);
    scope->client_address = "2001:db8:0:2::1";
    assert_true(check(scope, EMAIL));
    assert_true(check(scope, "bob@example.com"));
    scope->client_address = "";
    assert_true(check(scope, EMAIL));
}

/* Both may be locked; the longer one counts. */
static void test_both(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.login_client_failures = LIMIT;
    scope->client_address = "192.0.2.1";
    fail_times(scope, EMAIL, LIMIT);
    must_be_locked(scope, EMAIL, 3600);
    scope->client_address = "192.0.2.2";
    must_be_locked(scope, EMAIL, 900);
    /* A failure of an account that is locked is no failure of the client either way round. */
    assert_false(throttle_wrong(scope, THROTTLE_PASSWORD, EMAIL));
    asking_failed(scope, ERR_RATE_LIMITED);
}

static void test_off(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.login_failures = 0;
    scope->client_address = "192.0.2.1";
    fail_times(scope, EMAIL, 20);
    assert_true(check(scope, EMAIL));
    asking_expect(scope, "SELECT count(*) FROM login_throttle", "0");
}

static void test_first(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.login_failures = 1;
    fail_times(scope, EMAIL, 1);
    must_be_locked(scope, EMAIL, 900);
}

static void test_unlock(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    bool counted;

    assert_true(throttle_unlock(scope, EMAIL, &counted));
    assert_false(counted);
    fail_times(scope, EMAIL, LIMIT);
    assert_true(throttle_wrong(scope, THROTTLE_CODE, EMAIL));
    assert_true(throttle_unlock(scope, " ADA@example.com", &counted));
    assert_true(counted);
    assert_true(check(scope, EMAIL));
    asking_expect(scope, "SELECT count(*) FROM login_throttle", "0");
}

static void test_purge(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t count;

    fail_times(scope, EMAIL, 1);
    let_pass(scope, 900);
    fail_times(scope, "bob@example.com", 1);
    assert_true(throttle_purge(scope, &count));
    assert_int_equal(count, 1);
    asking_expect(scope, "SELECT count(*) FROM login_throttle", "1");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("so many wrong guesses lock the account, for the right one too", test_locked),
        TEST("a lock ends, and the count with it", test_over),
        TEST("a lock lasts its time from the last failure", test_whole_lock),
        TEST("a right guess forgets the wrong ones", test_right),
        TEST("case and spaces of an address do not count, nor whether it exists", test_folded),
        TEST("codes and passwords are counted apart", test_kinds),
        TEST("a client is counted apart, over all accounts, and a right guess does not help it",
             test_client),
        TEST("where both are locked the longer lock is told", test_both),
        TEST("0 locks nobody and counts nothing", test_off),
        TEST("1 locks at the first", test_first),
        TEST("an operator unlocks an account", test_unlock),
        TEST("counts that are over are removed", test_purge),
    };

    return cmocka_run_group_tests_name("services/throttle", tests, NULL, NULL);
}
