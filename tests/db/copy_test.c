/* copy_test.c - tests of db/copy: rows by COPY, and a connection that is usable afterwards */
#include "keel/db/copy.h"

#include "../support/asking.h"
#include "../support/unit.h"

#include <string.h>

static const struct sql copy = {"copy_test", "COPY numbers FROM STDIN", 0};

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, "CREATE TABLE numbers (n int CHECK (n <> 13), word text)");
    return 0;
}

static bool run(struct test_database *database, const char *rows)
{
    return db_copy(&database->scope, &copy, rows, strlen(rows));
}

static void test_rows(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct buffer rows;

    buffer_init(&rows, &scope->arena);
    buffer_add_text(&rows, "1\t");
    copy_add_text(&rows, "a\tb\\c\nd\re", 9);
    buffer_add_text(&rows, "\n2\t");
    copy_add_null(&rows);
    buffer_add_text(&rows, "\n3\t");
    copy_add_text(&rows, "", 0);
    buffer_add_text(&rows, "\n");
    assert_true(db_copy(scope, &copy, rows.data, rows.length));
    asking_expect(scope,
                  "SELECT string_agg(n || coalesce('<' || word || '>', ' null'), ' ' ORDER BY n) = "
                  "E'1<a\\tb\\\\c\\nd\\re> 2 null 3<>' FROM numbers",
                  "t");
    assert_true(db_copy(scope, &copy, "", 0));
}

static void test_many(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct buffer rows;

    /* More than the socket holds, so that it is sent in pieces. */
    buffer_init(&rows, &scope->arena);
    for (int i = 0; i < 300000; i++)
        buffer_add_format(&rows, "%d\tword %d\n", i == 13 ? 0 : i, i);
    assert_true(db_copy(scope, &copy, rows.data, rows.length));
    asking_expect(scope, "SELECT count(DISTINCT word) FROM numbers", "300000");
}

/* In a transaction and outside, refused at the first row, at the last one, and before any. */
static void test_refused(void **state)
{
    struct test_database *database = *state;
    static const struct {
        const char *rows;
        enum error_kind kind;
    } cases[] = {
        {"13\tx\n1\ty\n", ERR_VALIDATION},
        {"1\tx\n13\ty\n", ERR_VALIDATION},
        {"1\tx\nmany\ty\n", ERR_VALIDATION},
        {"1\tx\tz\n", ERR_VALIDATION},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(run(database, cases[i].rows));
        asking_failed(&database->scope, cases[i].kind);
        test_database_renew(database);
        asking_expect(&database->scope, "SELECT count(*) FROM numbers", "0");
    }
    const struct sql missing = {"copy_test", "COPY nothing FROM STDIN", 0};

    assert_false(db_copy(&database->scope, &missing, "1\n", 2));
    asking_failed(&database->scope, ERR_INTERNAL);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_transaction(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope) && run(database, "1\tx\n"));
    db_rollback(scope);
    asking_expect(scope, "SELECT count(*) FROM numbers", "0");
    assert_true(db_begin(scope) && db_savepoint(scope));
    assert_false(run(database, "13\tx\n"));
    assert_string_equal(scope->error.constraint, "numbers_n_check");
    scope_clear_error(scope);
    assert_true(db_go_back(scope) && run(database, "14\tx\n") && db_release(scope) &&
                db_commit(scope));
    asking_expect(scope, "SELECT sum(n) FROM numbers", "14");
}

static void test_lost(void **state)
{
    struct test_database *database = *state;

    asking_terminate(database, &database->scope);
    assert_false(run(database, "1\tx\n"));
    asking_failed(&database->scope, ERR_UNAVAILABLE);
    test_database_renew(database);
    assert_true(db_ensure(&database->scope));
    assert_true(run(database, "1\tx\n"));
    /* A scope that has failed asks nothing. */
    fail(&database->scope, ERR_CONFLICT, "no");
    assert_false(run(database, "2\tx\n"));
    asking_failed(&database->scope, ERR_CONFLICT);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("Values arrive as they were, NULL too", test_rows),
        TEST("More than the socket holds arrives", test_many),
        TEST("After a refusal the connection is usable", test_refused),
        TEST("It is part of a transaction, and of a place in it", test_transaction),
        TEST("A lost connection is reported", test_lost),
    };

    return cmocka_run_group_tests_name("db/copy", tests, NULL, NULL);
}
