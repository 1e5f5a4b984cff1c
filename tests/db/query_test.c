/* query_test.c - tests of db/query: parameters in, rows and errors out */
#include "keel/db/db.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>

static void test_values(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(asking_query(scope, "SELECT $1::int8, $2::text, $3::bool, $4::timestamptz, $5::int",
                             PARAMS(param_int(scope, INT64_MIN), "it's; --", param_bool(true),
                                    param_time(scope, 1768212000500000), NULL),
                             &rows));
    assert_int_equal(rows.count, 1);
    assert_true(row_int(&rows, 0, 0) == INT64_MIN);
    assert_string_equal(row_text(&rows, 0, 1), "it's; --");
    assert_true(row_bool(&rows, 0, 2));
    assert_string_equal(row_text(&rows, 0, 3), "2026-01-12 10:00:00.5+00");
    assert_true(row_is_null(&rows, 0, 4));
    assert_false(row_is_null(&rows, 0, 0));
    assert_int_equal(row_int(&rows, 0, 4), 0);
    assert_string_equal(row_text(&rows, 0, 4), "");
    assert_false(row_bool(&rows, 0, 4));
}

static void test_affected(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    asking_text(scope, "CREATE TABLE t (a int)");
    assert_true(
        asking_query(scope, "INSERT INTO t SELECT generate_series(1, 5)", NO_PARAMS, &rows));
    assert_int_equal(rows.affected, 5);
    assert_int_equal(rows.count, 0);
    assert_true(
        asking_query(scope, "UPDATE t SET a = 0 WHERE a > $1 RETURNING a", PARAMS("3"), &rows));
    assert_int_equal(rows.affected, 2);
    assert_int_equal(rows.count, 2);
    assert_true(asking_query(scope, "DELETE FROM t WHERE a > 100", NO_PARAMS, &rows));
    assert_int_equal(rows.affected, 0);
}

static void test_counted(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "SELECT pg_sleep(0.02)");
    asking_text(scope, "SELECT 1");
    assert_int_equal(scope->queries, 2);
    assert_in_range(scope->database_us, 20000, 5000000);
}

static void test_failed_scope(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    asking_text(scope, "CREATE TABLE t (a int)");
    fail(scope, ERR_CONFLICT, "something before");
    assert_false(asking_query(scope, "INSERT INTO t VALUES (1)", NO_PARAMS, &rows));
    assert_false(db_script(scope, "script", "INSERT INTO t VALUES (1)"));
    asking_failed(scope, ERR_CONFLICT);
    assert_int_equal(rows.count, 0);
    asking_outside(database, "SELECT count(*) FROM t", "0");
}

/* A parameter that could not be made is a NULL pointer, as SQL's NULL is. */
static void test_failed_parameter(void **state)
{
    struct test_database *database = *state;
    struct rows rows;

    asking_text(&database->scope, "CREATE TABLE t (a bigint, b timestamptz)");
    faults_begin();
    while (faults_next()) {
        struct scope *scope = &database->scope;
        bool done = asking_query(scope, "INSERT INTO t VALUES ($1, $2)",
                                 PARAMS(param_int(scope, 17), param_time(scope, 0)), &rows);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        test_database_renew(database);
    }
    assert_true(faults_count() > 1);
    asking_outside(database, "SELECT count(*) FROM t WHERE a IS NULL OR b IS NULL", "0");
}

static void test_no_connection(void **state)
{
    struct test_database *database = *state;
    struct scope scope;
    struct rows rows;

    scope_begin(&scope, &database->config, NULL, NULL);
    assert_false(asking_query(&scope, "SELECT 1", NO_PARAMS, &rows));
    asking_failed(&scope, ERR_UNAVAILABLE);
    scope_end(&scope);
}

static const struct {
    const char *statement;
    enum error_kind kind;
    const char *constraint; /* NULL: none */
} refusals[] = {
    {"INSERT INTO t VALUES (1, 'Sesame', 1)", ERR_CONFLICT, "t_pkey"},
    {"INSERT INTO t VALUES (2, 'Sesame', 9)", ERR_CONFLICT, "t_parent_fkey"},
    {"INSERT INTO t VALUES (2, NULL, 1)", ERR_VALIDATION, NULL},
    {"INSERT INTO t VALUES (2, '', 1)", ERR_VALIDATION, "t_name_check"},
    {"INSERT INTO t VALUES (2, 'Sesame Sesame Sesame', 1)", ERR_VALIDATION, NULL},
    {"INSERT INTO t VALUES (99999999999, 'Sesame', 1)", ERR_VALIDATION, NULL},
    {"SELECT 1 / 0", ERR_VALIDATION, NULL},
    {"SELECT * FROM nowhere", ERR_INTERNAL, NULL},
    {"DELETE FROM t WHERE id = 0", ERR_CONFLICT, "t_parent_fkey"},
};

static void test_refusals(void **state)
{
    struct test_database *database = *state;
    struct rows rows;

    asking_text(&database->scope, "CREATE TABLE t (id int PRIMARY KEY, name varchar(12) NOT NULL "
                                  "CHECK (name <> ''), parent int REFERENCES t)");
    asking_text(&database->scope, "INSERT INTO t VALUES (0, 'root', NULL), (1, 'Sesame', 0)");
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct scope *scope = &database->scope;

        assert_false(asking_query(scope, refusals[i].statement, NO_PARAMS, &rows));
        asking_failed(scope, refusals[i].kind);
        if (refusals[i].constraint)
            assert_string_equal(scope->error.constraint, refusals[i].constraint);
        else
            assert_null(scope->error.constraint);
        assert_non_null(strstr(scope->error.detail, "SQLSTATE "));
        assert_null(strstr(scope->error.message, "t_"));
        /* PostgreSQL's DETAIL quotes values. */
        assert_null(strstr(scope->error.detail, "Sesame"));
        test_database_renew(database);
    }
}

static void test_script(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(
        db_script(scope, "script", "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)"));
    asking_expect(scope, "SELECT count(*) FROM t", "2");
    assert_false(db_script(scope, "script", "DELETE FROM t; SELECT 1 / 0; DROP TABLE t"));
    asking_failed(scope, ERR_VALIDATION);
    assert_non_null(strstr(scope->error.detail, "22012"));
    asking_outside(database, "SELECT count(*) FROM t", "2");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, test_database_make, test_database_drop, NULL                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("parameters arrive as they are and results are read back", test_values),
        TEST("the rows that a statement touched are counted", test_affected),
        TEST("statements and the time spent waiting are counted", test_counted),
        TEST("nothing is sent once the unit has failed", test_failed_scope),
        TEST("a parameter that could not be made is never a NULL", test_failed_parameter),
        TEST("a unit without a connection is told so", test_no_connection),
        TEST("what PostgreSQL refuses has its kind, and its values stay unsaid", test_refusals),
        TEST("a script runs whole or not at all", test_script),
    };

    return cmocka_run_group_tests_name("db/query", tests, NULL, NULL);
}
