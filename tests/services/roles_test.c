/* roles_test.c - tests of services/roles: what roles permit, and who may give them */
#include "keel/services/roles.h"

#include "accounts.h"

#include <string.h>

static const char *const some[] = {"users:write",      "items:write",        "items:deleted",
                                   "categories:write", "categories:deleted", "imports:read",
                                   "imports:write",    "reports:read"};

static const struct {
    const char *names;
    size_t permissions; /* how many of `some` the caller has */
    enum error_kind kind;
    const char *says;
} cases[] = {
    {"{}", 0, ERR_NONE, NULL},
    {"{viewer}", 0, ERR_NONE, NULL},
    {"{viewer,editor}", 8, ERR_NONE, NULL},
    {"{editor}", 4, ERR_FORBIDDEN, "categories:deleted"},
    {"{viewer,editor}", 0, ERR_FORBIDDEN, "editor"},
    {"{admin}", 8, ERR_FORBIDDEN, "audit:read"},
    {"{emperor}", 5, ERR_VALIDATION, "emperor"},
    {"{viewer,emperor,king}", 5, ERR_VALIDATION, "emperor"},
};

static void test_check(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope *scope = &database->scope;
        const struct identity caller = {
            .user_id = 1, .permissions = some, .permission_count = cases[i].permissions};

        scope->caller = &caller;
        bool checked = roles_check(scope, cases[i].names);

        asking_failed(scope, cases[i].kind);
        assert_int_equal(checked, cases[i].kind == ERR_NONE);
        if (!checked && !strstr(scope->error.message, cases[i].says))
            unit_fail("%s: %s\n", cases[i].names, scope->error.message);
        test_database_renew(database);
    }
}

/* Nobody is signed in where an operator gives them. */
static void test_operator(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(roles_check(scope, "{admin,editor}"));
    assert_false(roles_check(scope, "{admin,emperor}"));
    asking_failed(scope, ERR_VALIDATION);
    assert_string_equal(scope->error.fields->field, "roles[1]");
}

static void test_life(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    bool changed;

    database->config.default_role = "editor";
    assert_true(roles_create(scope, "auditor", "Looks."));
    assert_true(roles_grant(scope, "auditor", "audit:read", &changed));
    assert_true(changed);
    assert_true(roles_grant(scope, "auditor", "audit:read", &changed));
    assert_false(changed);
    assert_true(roles_revoke(scope, "auditor", "audit:read", &changed));
    assert_true(changed);
    assert_true(roles_revoke(scope, "auditor", "audit:read", &changed));
    assert_false(changed);
    assert_true(roles_delete(scope, "auditor"));
    asking_expect(scope, "SELECT count(*) FROM roles", "3");
}

static void refuse(struct test_database *database, bool done, enum error_kind kind)
{
    assert_false(done);
    asking_failed(&database->scope, kind);
    test_database_renew(database);
}

static void test_refusals(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    bool changed;

    database->config.default_role = "editor";
    accounts_add(scope, "ada@example.com", "password-1", "viewer");
    refuse(database, roles_create(scope, "viewer", ""), ERR_CONFLICT);
    refuse(database, roles_create(scope, "Viewer", ""), ERR_VALIDATION);
    refuse(database, roles_create(scope, "", ""), ERR_VALIDATION);
    refuse(database, roles_delete(scope, "admin"), ERR_CONFLICT);
    refuse(database, roles_delete(scope, "editor"), ERR_CONFLICT);
    refuse(database, roles_delete(scope, "viewer"), ERR_CONFLICT);
    refuse(database, roles_delete(scope, "nobody"), ERR_NOT_FOUND);
    refuse(database, roles_grant(scope, "nobody", "audit:read", &changed), ERR_NOT_FOUND);
    refuse(database, roles_grant(scope, "viewer", "audit:burn", &changed), ERR_NOT_FOUND);
    refuse(database, roles_revoke(scope, "viewer", "audit:burn", &changed), ERR_NOT_FOUND);
    refuse(database, roles_revoke(scope, "admin", "audit:read", &changed), ERR_CONFLICT);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a role is given by those who may do all that it permits", test_check),
        TEST("an operator gives any that there is", test_operator),
        TEST("a role is made, permits more and less, and goes", test_life),
        TEST("what others rest on is not taken away, what is unknown is named", test_refusals),
    };

    return cmocka_run_group_tests_name("services/roles", tests, NULL, NULL);
}
