/* users_test.c - tests of services/users: accounts and their roles */
#include "keel/services/users.h"

#include "accounts.h"

#include <string.h>

static const struct {
    const char *first, *second;
    bool same;
} addresses[] = {
    {"ada@example.com", "ada@example.com", true},    {"ada@example.com", "ADA@Example.COM", true},
    {"ada@example.com", " ada@example.com ", true},  {"Äda@example.com", "äda@example.com", true},
    {"ada@example.com", "ada+x@example.com", false}, {"ada@example.com", "ada@example.org", false},
};

static void test_folding(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct scope *scope = &database->scope;
        const struct registration second = {addresses[i].second, "password-2", NULL};
        int64_t id, found;

        asking_text(scope, "DELETE FROM users");
        id = accounts_add(scope, addresses[i].first, "password-1", "editor");
        if (users_create(scope, &second, "editor", &found) == addresses[i].same)
            unit_fail("%s, %s\n", addresses[i].first, addresses[i].second);
        asking_failed(scope, addresses[i].same ? ERR_CONFLICT : ERR_NONE);
        scope_clear_error(scope);
        assert_true(users_find(scope, addresses[i].second, &found));
        assert_int_equal(found == id, addresses[i].same);
        test_database_renew(database);
    }
}

static void test_kept(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const struct registration registration = {" Ada@Example.com ", "password-1", "Ada"};
    int64_t id;

    assert_true(users_create(scope, &registration, "viewer", &id));
    asking_expect(scope, "SELECT email || '|' || name FROM users", "Ada@Example.com|Ada");
    asking_expect(scope, "SELECT role FROM user_roles", "viewer");
    asking_expect(scope, "SELECT count(*) FROM users WHERE password_hash LIKE '$argon2id$%'", "1");
    asking_expect(scope, "SELECT count(*) FROM users WHERE users::text LIKE '%password-1%'", "0");
}

static void test_unknown_role(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const struct registration registration = {"ada@example.com", "password-1", NULL};
    int64_t id;

    assert_true(db_begin(scope));
    assert_false(users_create(scope, &registration, "emperor", &id));
    asking_failed(scope, ERR_VALIDATION);
    assert_string_equal(scope->error.fields->field, "role");
    db_rollback(scope);
    asking_outside(database, "SELECT count(*) FROM users", "0");
}

static void test_roles(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    bool changed;

    accounts_add(scope, "ada@example.com", "password-1", "viewer");
    assert_true(users_add_role(scope, "ADA@example.com", "admin", &changed));
    assert_true(changed);
    assert_true(users_add_role(scope, "ada@example.com", "admin", &changed));
    assert_false(changed);
    assert_true(users_remove_role(scope, "ada@example.com", "viewer", &changed));
    assert_true(changed);
    assert_true(users_remove_role(scope, "ada@example.com", "viewer", &changed));
    assert_false(changed);
    asking_expect(scope, "SELECT string_agg(role, ',') FROM user_roles", "admin");
    assert_false(users_add_role(scope, "ada@example.com", "emperor", &changed));
    asking_failed(scope, ERR_VALIDATION);
}

static void test_nobody(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t id;
    bool changed;

    assert_false(users_find(scope, "nobody@example.com", &id));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_false(users_add_role(scope, "nobody@example.com", "admin", &changed));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_false(users_remove_role(scope, "nobody@example.com", "admin", &changed));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_false(users_set_password(scope, "nobody@example.com", "password-2"));
    asking_failed(scope, ERR_NOT_FOUND);
}

static void test_set_password(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct grant grant;

    accounts_add(scope, "ada@example.com", "password-1", "viewer");
    assert_true(users_set_password(scope, "ada@example.com", "password-2"));
    assert_true(auth_login(scope, &(struct credentials){"ada@example.com", "password-2"}, &grant));
    assert_false(auth_login(scope, &(struct credentials){"ada@example.com", "password-1"}, &grant));
    asking_failed(scope, ERR_UNAUTHORIZED);
}

/* Two at once: the second waits for the first one's transaction and then is told. */
static void test_race(void **state)
{
    struct test_database *database = *state;
    struct scope *one = &database->scope;
    struct scope *two = test_database_open(database);
    const struct registration registration = {"ada@example.com", "password-1", NULL};
    int64_t id;

    assert_true(db_begin(one));
    accounts_add(one, "ADA@example.com", "password-1", "viewer");
    asking_text(two, "SET lock_timeout = 50");
    assert_false(users_create(two, &registration, "viewer", &id));
    asking_failed(two, ERR_UNAVAILABLE);
    scope_clear_error(two);
    assert_true(db_commit(one));
    assert_false(users_create(two, &registration, "viewer", &id));
    asking_failed(two, ERR_CONFLICT);
    test_database_close(two);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("addresses are the same whatever their case and the spaces around them", test_folding),
        TEST("an account is kept as it was given, its password as a hash", test_kept),
        TEST("a role that does not exist is the field's fault", test_unknown_role),
        TEST("roles are given and taken once", test_roles),
        TEST("an address that nobody has is not found", test_nobody),
        TEST("a password that was set is the only one", test_set_password),
        TEST("two accounts of one address at once become one", test_race),
    };

    return cmocka_run_group_tests_name("services/users", tests, NULL, NULL);
}
