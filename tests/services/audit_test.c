/* audit_test.c - tests of services/audit: entries are added together, and purged by age */
#include "keel/services/audit.h"

#include "accounts.h"

#include <stdlib.h>

static const struct audit_act act = {
    .user_id = 7, .route = "things.bulk", .method = "POST", .status = 200, .table = "things"};

static void test_add(void **state)
{
    static const struct audit_row rows[] = {
        {3, "{\"a\":{\"to\":\"\\\"x\\\"\"}}"}, {0, NULL}, {2, "{}"}};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    scope->client_address = "2001:db8::1";
    scope->request_id = "request-1";
    assert_true(audit_add(scope, &act, rows, COUNT(rows)));
    asking_expect(scope,
                  "SELECT string_agg(concat_ws(' ', row_id, changes), ', ' ORDER BY id) FROM "
                  "audit_log",
                  "3 {\"a\": {\"to\": \"\\\"x\\\"\"}}, , 2 {}");
    asking_expect(scope,
                  "SELECT DISTINCT concat_ws(' ', user_id, session_id, api_key_id, route, method, "
                  "status, table_name, address, request_id, at = now()) FROM audit_log",
                  "7 things.bulk POST 200 things 2001:db8::1 request-1 f");
}

/* A command of an operator's: from nowhere, in no request. */
static void test_bare(void **state)
{
    static const struct audit_act bare = {.route = "a.b", .method = "POST", .status = 202};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(audit_add(scope, &bare, &(struct audit_row){0}, 1));
    asking_expect(scope,
                  "SELECT num_nulls(user_id, session_id, api_key_id, table_name, row_id, changes, "
                  "address, request_id) FROM audit_log",
                  "8");
}

/* More than one statement removes. */
static void test_purge(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t removed;

    asking_text(scope, "INSERT INTO audit_log (at, route, method, status) SELECT now() - CASE WHEN "
                       "i > 10 THEN 40 ELSE 20 END * interval '1 day', 'a.b', 'POST', 200 FROM "
                       "generate_series(1, 20015) AS i");
    assert_true(audit_purge(scope, 50, &removed));
    assert_int_equal(removed, 0);
    assert_true(audit_purge(scope, 30, &removed));
    assert_int_equal(removed, 20005);
    asking_expect(scope, "SELECT count(*) FROM audit_log", "10");
    assert_true(audit_purge(scope, 30, &removed));
    assert_int_equal(removed, 0);
}

static void test_rights(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t removed;

    asking_text(scope, "INSERT INTO audit_log (at, route, method, status) VALUES ('2020-01-01', "
                       "'a.b', 'POST', 200)");
    asking_text(scope, "CREATE ROLE keel_audit_test");
    asking_text(scope, "GRANT SELECT, INSERT ON audit_log TO keel_audit_test");
    asking_text(scope, "SET ROLE keel_audit_test");
    bool done = audit_purge(scope, 1, &removed);

    asking_outside(database, "SELECT count(*) FROM audit_log", "1");
    asking_outside(database, "DROP OWNED BY keel_audit_test; DROP ROLE keel_audit_test", "");
    assert_false(done);
    asking_failed(scope, ERR_FORBIDDEN);
}

/* As the application: what is old goes, and nothing that is younger than the schema lets go. */
static void test_trim(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t removed;
    bool is_done;

    asking_text(scope, "INSERT INTO audit_log (at, route, method, status) SELECT now() - "
                       "make_interval(days => CASE WHEN i > 3 THEN 400 ELSE 10 * i END), 'a.b', "
                       "'POST', 200 FROM generate_series(0, 10103) AS i");
    asking_text(scope, "CREATE ROLE keel_audit_test");
    asking_text(scope, "GRANT EXECUTE ON FUNCTION audit_log_trim TO keel_audit_test");
    asking_text(scope, "SET ROLE keel_audit_test");
    assert_true(audit_trim(scope, 365, &removed, &is_done));
    assert_int_equal(removed, 10000);
    assert_false(is_done);
    assert_true(audit_trim(scope, 365, &removed, &is_done));
    assert_int_equal(removed, 100);
    assert_true(is_done);
    assert_true(audit_trim(scope, 1, &removed, &is_done));
    assert_int_equal(removed, 1);
    asking_text(scope, "RESET ROLE");
    asking_expect(scope,
                  "SELECT count(*) || ' ' || extract(day FROM max(now() - at)) FROM audit_log",
                  "3 20");
    asking_text(scope, "REVOKE EXECUTE ON FUNCTION audit_log_trim FROM keel_audit_test");
    asking_text(scope, "SET ROLE keel_audit_test");
    bool done = audit_trim(scope, 365, &removed, &is_done);

    asking_outside(database, "DROP OWNED BY keel_audit_test; DROP ROLE keel_audit_test", "");
    assert_false(done);
    asking_failed(scope, ERR_FORBIDDEN);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each row has an entry, in their order", test_add),
        TEST("what is not known is not told", test_bare),
        TEST("a purge removes what is older, however much", test_purge),
        TEST("only the owner purges", test_rights),
        TEST("the application removes what is old and nothing else", test_trim),
    };

    return cmocka_run_group_tests_name("services/audit", tests, NULL, NULL);
}
