/* statement_test.c - tests of db/statement: named statements, made on first use */
#include "keel/db/db.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREPARED "SELECT count(*) FROM pg_prepared_statements"

/* How many statements the session has prepared, this question not counted. */
static int64_t count_prepared(struct scope *scope)
{
    PGresult *result = PQexec(db_connection(scope->db), PREPARED);
    int64_t count = PQntuples(result) == 1 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : -1;

    PQclear(result);
    return count;
}

static bool is_prepared(struct scope *scope, const char *text)
{
    PGresult *result = PQexecParams(db_connection(scope->db),
                                    "SELECT 1 FROM pg_prepared_statements WHERE statement = $1", 1,
                                    NULL, &text, NULL, NULL, 0);
    bool found = PQntuples(result) == 1;

    PQclear(result);
    return found;
}

static void run_numbered(struct scope *scope, int number)
{
    char text[40], value[12];

    snprintf(text, sizeof text, "SELECT %d", number);
    snprintf(value, sizeof value, "%d", number);
    asking_expect(scope, text, value);
}

static void test_once(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (int i = 0; i < 3; i++)
        run_numbered(scope, 7);
    run_numbered(scope, 8);
    assert_int_equal(count_prepared(scope), 2);
    assert_true(is_prepared(scope, "SELECT 7"));
}

static void test_limit(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (int i = 0; i < 300; i++) {
        run_numbered(scope, i);
        run_numbered(scope, 0);
        assert_true(count_prepared(scope) <= 128);
    }
    assert_int_equal(count_prepared(scope), 128);
    assert_true(is_prepared(scope, "SELECT 0"));
    assert_true(is_prepared(scope, "SELECT 299"));
    assert_false(is_prepared(scope, "SELECT 1"));
    run_numbered(scope, 1);
    assert_false(is_prepared(scope, "SELECT 173"));
}

static void test_room_in_transaction(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    for (int i = 0; i < 140; i++)
        run_numbered(scope, i);
    db_rollback(scope);
    for (int i = 0; i < 140; i++)
        run_numbered(scope, i);
    assert_int_equal(count_prepared(scope), 128);
}

static void test_altered(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    asking_text(scope, "CREATE TABLE t AS SELECT 1 AS a");
    asking_expect(scope, "SELECT * FROM t", "1");
    asking_outside(database, "ALTER TABLE t ALTER a TYPE text", "");
    assert_false(asking_query(scope, "SELECT * FROM t", NO_PARAMS, &rows));
    asking_failed(scope, ERR_UNAVAILABLE);
    assert_true(scope->error.retryable);
    scope_clear_error(scope);
    assert_true(db_ensure(scope));
    asking_expect(scope, "SELECT * FROM t", "1");
}

static void test_wrong(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_false(asking_query(scope, "SELEKT 1", NO_PARAMS, &rows));
    asking_failed(scope, ERR_INTERNAL);
    assert_non_null(strstr(scope->error.detail, "42601"));
    scope_clear_error(scope);
    assert_int_equal(count_prepared(scope), 0);
    assert_false(asking_query(scope, "SELEKT 1", NO_PARAMS, &rows));
    scope_clear_error(scope);
    run_numbered(scope, 1);
}

static void test_forgotten(void **state)
{
    struct test_database *database = *state;

    run_numbered(&database->scope, 1);
    asking_terminate(database, &database->scope);
    test_database_renew(database);
    run_numbered(&database->scope, 1);
    assert_int_equal(count_prepared(&database->scope), 1);
}

static void test_unnamed(void **state)
{
    struct test_database *database = *state;

    database->config.db_prepared = false;
    struct scope *scope = test_database_open(database);

    run_numbered(scope, 1);
    assert_int_equal(count_prepared(scope), 0);
    test_database_close(scope);
}

static void test_query_once(void **state)
{
    static const struct sql sql = {"once", "SELECT $1::int + 1", 1};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(db_query_once(scope, &sql, PARAMS("41"), &rows));
    assert_string_equal(row_text(&rows, 0, 0), "42");
    assert_int_equal(scope->queries, 1);
    assert_int_equal(count_prepared(scope), 0);
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;
    char text[32];
    int round = 0;

    faults_begin();
    while (faults_next()) {
        struct rows rows;

        snprintf(text, sizeof text, "SELECT 'round %d'", round++);
        bool done = asking_query(&database->scope, text, NO_PARAMS, &rows);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        if (!done)
            asking_failed(&database->scope, ERR_UNAVAILABLE);
        test_database_renew(database);
        assert_true(asking_query(&database->scope, text, NO_PARAMS, &rows));
    }
    assert_true(faults_count() > 1);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, test_database_make, test_database_drop, NULL                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a statement is prepared once for each connection", test_once),
        TEST("at most 128 are kept, those used last", test_limit),
        TEST("room is made inside a transaction too", test_room_in_transaction),
        TEST("a plan that a changed table made stale heals", test_altered),
        TEST("one that cannot be prepared is not remembered", test_wrong),
        TEST("a new connection knows none of the old one's", test_forgotten),
        TEST("none has a name where prepared statements are off", test_unnamed),
        TEST("one that is run once is not kept", test_query_once),
        TEST("lack of memory while preparing leaves nothing wrong behind", test_no_memory),
    };

    return cmocka_run_group_tests_name("db/statement", tests, NULL, NULL);
}
