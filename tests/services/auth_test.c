/* auth_test.c - tests of services/auth: signing in, and who a token stands for */
#include "keel/services/auth.h"

#include "accounts.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"
#include "keel/services/password.h"
#include "keel/services/token.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

#define EMAIL    "ada@example.com"
#define PASSWORD "password-1"

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    assert_int_equal(accounts_add(&database->scope, EMAIL, PASSWORD, "editor"), 1);
    test_database_renew(database);
    return 0;
}

static bool login(struct scope *scope, const char *email, const char *password, struct grant *grant)
{
    return auth_login(scope, &(struct credentials){email, password}, grant);
}

static void test_login(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct grant grant;
    struct json_object *json;
    struct token_subject subject;

    assert_true(login(scope, " ADA@example.com", PASSWORD, &grant));
    assert_string_equal(grant.token_type, "Bearer");
    assert_int_equal(grant.expires_in.value, database->config.access_token_s);
    assert_true(token_verify(scope, grant.token, &subject));
    assert_int_equal(subject.user_id, 1);
    assert_true(json_parse(scope, grant.user.text, strlen(grant.user.text), &json));
    assert_non_null(strstr(grant.user.text, "\"email\":\"" EMAIL "\""));
    assert_null(strstr(grant.user.text, "argon2"));
}

/* Whatever is wrong, the caller is told the same. */
static void test_refusals(void **state)
{
    static const struct {
        const char *email, *password;
    } wrong[] = {
        {EMAIL, "password-2"},         {EMAIL, ""},
        {EMAIL, PASSWORD " "},         {"nobody@example.com", PASSWORD},
        {"off@example.com", PASSWORD}, {"", ""},
        {"' OR 1=1 --", PASSWORD},
    };
    struct test_database *database = *state;

    accounts_add(&database->scope, "off@example.com", PASSWORD, "editor");
    asking_text(&database->scope, "UPDATE users SET is_active = false WHERE id = 2");
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct grant grant;

        test_database_renew(database);
        assert_false(login(&database->scope, wrong[i].email, wrong[i].password, &grant));
        asking_failed(&database->scope, ERR_UNAUTHORIZED);
        assert_string_equal(database->scope.error.message, "The address or the password is wrong");
    }
}

static int64_t measure(struct scope *scope, const char *email)
{
    struct grant grant;
    int64_t start = clock_monotonic_us();

    assert_false(login(scope, email, "wrong", &grant));
    scope_clear_error(scope);
    return clock_monotonic_us() - start;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void test_times(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.argon2_memory_kib = 4096;
    database->config.argon2_passes = 3;
    assert_true(users_set_password(scope, EMAIL, PASSWORD));
    int64_t known = INT64_MAX, unknown = INT64_MAX;

    /* By turns, and the fastest of each: what a busy machine adds is no part of the answer. */
    for (int i = 0; i < 9; i++) {
        known = smaller(known, measure(scope, EMAIL));
        unknown = smaller(unknown, measure(scope, "nobody@example.com"));
    }
    if (known > unknown * 2 || unknown > known * 2)
        unit_fail("known %lld us, unknown %lld us\n", (long long)known, (long long)unknown);
}

static void test_renewed(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct grant grant;

    database->config.argon2_memory_kib = 16;
    assert_false(login(scope, EMAIL, "wrong", &grant));
    scope_clear_error(scope);
    asking_expect(scope, "SELECT split_part(password_hash, '$', 4) FROM users", "m=8,t=1,p=1");
    assert_true(login(scope, EMAIL, PASSWORD, &grant));
    asking_expect(scope, "SELECT split_part(password_hash, '$', 4) FROM users", "m=16,t=1,p=1");
    assert_true(login(scope, EMAIL, PASSWORD, &grant));
}

static bool identify(struct scope *scope, const struct identity **identity)
{
    struct grant grant;

    assert_true(login(scope, EMAIL, PASSWORD, &grant));
    return auth_identify(scope, grant.token, identity);
}

static void test_identity(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const struct identity *identity;

    assert_true(identify(scope, &identity));
    assert_int_equal(identity->user_id, 1);
    assert_string_equal(identity->email, EMAIL);
    scope->caller = identity;
    assert_true(scope_may(scope, "items:write"));
    assert_true(scope_may(scope, "categories:write"));
    assert_false(scope_may(scope, "users:read"));
    assert_false(scope_may(scope, "items:"));
    assert_false(scope_may(scope, ""));
}

/* A role that was taken, or an account that was closed, counts for the very next request. */
static void test_at_once(void **state)
{
    struct test_database *database = *state;
    const struct identity *identity;
    struct grant grant;

    assert_true(login(&database->scope, EMAIL, PASSWORD, &grant));
    char *kept = strdup(grant.token);

    assert_non_null(kept);
    asking_outside(database, "DELETE FROM user_roles", "");
    test_database_renew(database);
    assert_true(auth_identify(&database->scope, kept, &identity));
    assert_int_equal(identity->permission_count, 0);
    asking_outside(database, "INSERT INTO user_roles VALUES (1, 'admin'), (1, 'editor')", "");
    test_database_renew(database);
    assert_true(auth_identify(&database->scope, kept, &identity));
    database->scope.caller = identity;
    assert_true(scope_may(&database->scope, "users:read"));
    asking_outside(database, "UPDATE users SET is_active = false", "");
    test_database_renew(database);
    assert_false(auth_identify(&database->scope, kept, &identity));
    asking_failed(&database->scope, ERR_UNAUTHORIZED);
    asking_outside(database, "DELETE FROM users", "");
    test_database_renew(database);
    assert_false(auth_identify(&database->scope, kept, &identity));
    asking_failed(&database->scope, ERR_UNAUTHORIZED);
    free(kept);
}

static void test_bad_token(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const struct identity *identity = NULL;

    assert_false(auth_identify(scope, "a.b.c", &identity));
    asking_failed(scope, ERR_UNAUTHORIZED);
    assert_null(identity);
    assert_int_equal(scope->queries, 0);
}

static void test_production(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct grant grant;

    accounts_add(scope, "ada@example.org", PASSWORD, "editor");
    database->config.environment = ENV_PRODUCTION;
    assert_true(login(scope, "ada@example.org", PASSWORD, &grant));
    assert_false(login(scope, EMAIL, PASSWORD, &grant));
    asking_failed(scope, ERR_UNAUTHORIZED);
    test_database_renew(database);
    assert_false(login(scope, " Ada@EXAMPLE.com ", PASSWORD, &grant));
    asking_failed(scope, ERR_UNAUTHORIZED);
    assert_string_equal(scope->error.message, "The address or the password is wrong");
}

/* What every request of somebody who is signed in costs besides: one statement, by indexes. */
static void test_cost(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const struct identity *identity;
    struct grant grant;
    struct rows plan;

    assert_true(login(scope, EMAIL, PASSWORD, &grant));
    unsigned before = scope->queries;

    assert_true(auth_identify(scope, grant.token, &identity));
    assert_int_equal(scope->queries - before, 1);
    /* Tables as small as these would else be read from end to end. */
    asking_text(scope, "SET enable_seqscan = off");
    assert_true(asking_query(scope, scope_format(scope, "EXPLAIN %s", sql_sessions_identify.text),
                             PARAMS("1", "1", "60", "60"), &plan));
    for (int i = 0; i < plan.count; i++) {
        if (strstr(row_text(&plan, i, 0), "Seq Scan"))
            unit_fail("%s\n", row_text(&plan, i, 0));
    }
}

/* As somebody who is signed in. */
static void test_confirm(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const struct identity *identity;

    assert_true(identify(scope, &identity));
    scope->caller = identity;
    assert_true(auth_confirm(scope, "current_password", PASSWORD));
    for (int i = 0; i < 10; i++) {
        assert_true(db_begin(scope));
        assert_false(auth_confirm(scope, "current_password", "password-2"));
        asking_failed(scope, ERR_VALIDATION);
        assert_string_equal(scope->error.fields->field, "current_password");
        assert_string_equal(scope->error.fields->code, "wrong");
        assert_true(scope->error.keeps);
        scope_clear_error(scope);
        assert_true(db_commit(scope));
    }
    assert_false(auth_confirm(scope, "current_password", PASSWORD));
    asking_failed(scope, ERR_RATE_LIMITED);
    scope_clear_error(scope);
    asking_text(scope, "UPDATE login_throttle SET expires_at = now()");
    assert_true(auth_confirm(scope, "current_password", PASSWORD));
    asking_text(scope, "DELETE FROM users");
    assert_false(auth_confirm(scope, "current_password", PASSWORD));
    asking_failed(scope, ERR_UNAUTHORIZED);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("the right password gives a token and the account", test_login),
        TEST("everything wrong gets the same answer", test_refusals),
        TEST("an unknown address costs the time of a wrong password", test_times),
        TEST("a hash of older parameters is renewed by the right password", test_renewed),
        TEST("a token stands for its user with the permissions of all roles", test_identity),
        TEST("a change of roles or of the account counts at once", test_at_once),
        TEST("knowing the caller costs one indexed statement", test_cost),
        TEST("who is signed in confirms with the password, and is locked out as well",
             test_confirm),
        TEST("production lets no demo account in", test_production),
        TEST("a bad token costs no query", test_bad_token),
    };

    return cmocka_run_group_tests_name("services/auth", tests, NULL, NULL);
}
