/* cursor_test.c - tests of db/cursor: many rows in batches, while other statements run */
#include "keel/db/cursor.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/query_faults.h"
#include "../support/unit.h"

#include <string.h>

static const struct sql numbers = {"numbers",
                                   "SELECT i, 'row ' || i FROM generate_series(1, $1::int) i", 1};

static bool open_numbers(struct scope *scope, const char *count, struct db_cursor **cursor)
{
    return db_begin(scope) && db_cursor_open(scope, &numbers, PARAMS(count), cursor);
}

/* Reads on to the end; each row must be the one behind the last. */
static bool read_all(struct db_cursor *cursor, int64_t *last)
{
    struct rows rows;

    do {
        if (!db_cursor_next(cursor, &rows))
            return false;
        for (int row = 0; row < rows.count; row++)
            assert_int_equal(row_int(&rows, row, 0), ++*last);
    } while (rows.count);
    return true;
}

static void test_all(void **state)
{
    static const int64_t counts[] = {0, 1, 99, 100, 101, 300, 25000};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(counts); i++) {
        struct scope *scope = &database->scope;
        struct db_cursor *cursor;
        struct rows rows;
        int64_t last = 0;

        assert_true(open_numbers(scope, param_int(scope, counts[i]), &cursor));
        assert_true(read_all(cursor, &last));
        assert_int_equal(last, counts[i]);
        /* Behind the end there is nothing more, however often one asks. */
        assert_true(db_cursor_next(cursor, &rows));
        assert_int_equal(rows.count, 0);
        assert_true(db_commit(scope));
        test_database_renew(database);
    }
}

static void test_parameters(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct sql sql = {"values", "SELECT $1::text, $2::text IS NULL, $3::timestamptz", 3};
    struct db_cursor *cursor;
    struct rows rows;

    assert_true(db_begin(scope));
    assert_true(
        db_cursor_open(scope, &sql, PARAMS("it's; --", NULL, "2026-01-12T10:00:00Z"), &cursor));
    assert_true(db_cursor_next(cursor, &rows));
    assert_int_equal(rows.count, 1);
    assert_string_equal(row_text(&rows, 0, 0), "it's; --");
    assert_true(row_bool(&rows, 0, 1));
    assert_string_equal(row_text(&rows, 0, 2), "2026-01-12 10:00:00+00");
    assert_true(db_commit(scope));
}

/* Each statement between two batches finds the connection free, and the batches lose nothing. */
static void test_between(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct db_cursor *cursor, *other;
    struct rows rows, ours;
    int64_t last = 0;

    asking_text(scope, "CREATE TABLE t (a int)");
    assert_true(open_numbers(scope, "1000", &cursor));
    assert_true(db_cursor_open(scope, &numbers, PARAMS("1000"), &other));
    do {
        assert_true(db_cursor_next(cursor, &rows));
        assert_true(db_cursor_next(other, &ours));
        assert_int_equal(ours.count, rows.count);
        asking_text(scope, "INSERT INTO t VALUES (1)");
        for (int row = 0; row < rows.count; row++) {
            assert_int_equal(row_int(&rows, row, 0), ++last);
            assert_int_equal(row_int(&ours, row, 0), last);
        }
    } while (rows.count);
    assert_int_equal(last, 1000);
    assert_true(db_commit(scope));
    asking_expect(scope, "SELECT count(*) > 3 FROM t", "t");
}

/* What was asked for and never looked at must not stand in anybody's way. */
static void test_left(void **state)
{
    struct test_database *database = *state;
    struct db_cursor *cursor;
    struct rows rows;

    assert_true(open_numbers(&database->scope, "1000", &cursor));
    assert_true(db_cursor_next(cursor, &rows));
    db_rollback(&database->scope);
    asking_expect(&database->scope, "SELECT 1", "1");
    assert_true(open_numbers(&database->scope, "1000", &cursor));
    assert_true(db_commit(&database->scope));
    asking_expect(&database->scope, "SELECT 2", "2");
    assert_true(open_numbers(&database->scope, "1000", &cursor));
    assert_true(db_cursor_next(cursor, &rows));
    assert_true(db_cursor_close(cursor));
    asking_expect(&database->scope, "SELECT count(*) FROM pg_cursors WHERE name <> ''", "0");
    assert_true(db_commit(&database->scope));
    /* Nobody ended the transaction: then the connection goes with the unit of work. */
    assert_true(open_numbers(&database->scope, "1000", &cursor));
    test_database_renew(database);
    assert_true(db_ensure(&database->scope));
    asking_expect(&database->scope, "SELECT 3", "3");
}

static void test_settle(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct db_cursor *cursor;
    int64_t last = 0;

    assert_true(db_settle(scope));
    assert_true(open_numbers(scope, "300", &cursor));
    assert_true(db_settle(scope));
    assert_int_equal(PQtransactionStatus(db_connection(scope->db)), PQTRANS_INTRANS);
    assert_true(read_all(cursor, &last));
    assert_int_equal(last, 300);
    assert_true(db_commit(scope));
}

static void test_failing_row(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct sql sql = {"failing", "SELECT 1000 / (500 - i) FROM generate_series(1, 1000) i", 0};
    struct db_cursor *cursor;
    struct rows rows;
    bool ok = true;
    int count = 0;

    assert_true(db_begin(scope));
    assert_true(db_cursor_open(scope, &sql, NO_PARAMS, &cursor));
    while (ok && count < 1000) {
        ok = db_cursor_next(cursor, &rows);
        count += rows.count;
    }
    assert_false(ok);
    assert_in_range(count, 100, 499);
    assert_int_not_equal(scope->error.kind, ERR_NONE);
    assert_false(db_cursor_next(cursor, &rows));
    db_rollback(scope);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_outside(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct db_cursor *cursor;

    assert_false(db_cursor_open(scope, &numbers, PARAMS("5"), &cursor));
    asking_failed(scope, ERR_INTERNAL);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_lost(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct db_cursor *cursor;
    struct rows rows;

    assert_true(open_numbers(scope, "1000", &cursor));
    assert_true(db_cursor_next(cursor, &rows));
    asking_terminate(database, scope);
    while (db_cursor_next(cursor, &rows) && rows.count)
        continue;
    asking_failed(scope, ERR_UNAVAILABLE);
    db_rollback(scope);
    test_database_renew(database);
    assert_true(db_ensure(&database->scope));
    asking_expect(&database->scope, "SELECT 1", "1");
}

/* A batch holds as many rows as fit, so that what is held does not grow with them. */
static void test_memory(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct sql sql = {"wide",
                      "SELECT repeat('x', CASE WHEN i % 7 = 0 THEN 20000 ELSE 5000 END)"
                      " FROM generate_series(1, 5000) i",
                      0};
    struct db_cursor *cursor;
    struct rows rows;
    size_t most = 0, sum = 0;

    assert_true(db_begin(scope));
    assert_true(db_cursor_open(scope, &sql, NO_PARAMS, &cursor));
    do {
        assert_true(db_cursor_next(cursor, &rows));
        if (rows.count && PQresultMemorySize(rows.result) > most)
            most = PQresultMemorySize(rows.result);
        sum += (size_t)rows.count;
    } while (rows.count);
    assert_int_equal(sum, 5000);
    assert_in_range(most, 160000, 1000000);
    assert_true(db_commit(scope));
}

static bool read_some(struct scope *scope, int64_t *last)
{
    struct db_cursor *cursor;

    *last = 0;
    return open_numbers(scope, "250", &cursor) && read_all(cursor, last) && db_commit(scope);
}

static void test_faults(void **state)
{
    static const char *const states[] = {NULL, "57014", "40001"};
    struct test_database *database = *state;
    int64_t last;

    for (size_t i = 0; i < COUNT(states); i++) {
        query_faults_begin(states[i]);
        while (query_faults_next()) {
            test_database_renew(database);
            assert_true(db_ensure(&database->scope));
            bool done = read_some(&database->scope, &last);

            query_faults_stop();
            assert_int_equal(done, !query_faults_hit());
            assert_int_equal(done, last == 250 && database->scope.error.kind == ERR_NONE);
            if (!done)
                db_rollback(&database->scope);
        }
        assert_true(query_faults_count() > 4);
    }
    faults_begin();
    while (faults_next()) {
        bool done = read_some(&database->scope, &last);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        if (!done)
            db_rollback(&database->scope);
        test_database_renew(database);
        assert_true(db_ensure(&database->scope));
    }
    assert_true(faults_count() > 0);
}

#define TEST(sentence, test)                                                                       \
    {                                                                                              \
        sentence, test, test_database_make, test_database_drop, NULL                               \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("every row is read once and in order, however many there are", test_all),
        TEST("values reach the query as parameters", test_parameters),
        TEST("other statements and cursors run between batches", test_between),
        TEST("a cursor that is left leaves the connection usable", test_left),
        TEST("what was asked for is taken up before the connection is used", test_settle),
        TEST("a row that fails ends the reading with its error", test_failing_row),
        TEST("there is no cursor outside of a transaction", test_outside),
        TEST("a lost connection is no end of the rows", test_lost),
        TEST("batches of large rows are smaller", test_memory),
        TEST("every failure on the way is told", test_faults),
    };

    return cmocka_run_group_tests_name("db/cursor", tests, NULL, NULL);
}
