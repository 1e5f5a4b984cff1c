/* pooler_test.c - the database layer behind a PgBouncer in transaction mode, and with two hosts */
#include "keel/db/db.h"

#include "../support/asking.h"
#include "../support/pooler.h"
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A database, and a pooler in front of it. */
struct pooled {
    struct test_database *database;
    struct pooler pooler;
};

static int make(void **state)
{
    struct pooled *pooled = calloc(1, sizeof *pooled);
    void *database = NULL;

    assert_non_null(pooled);
    test_database_make(&database);
    pooled->database = database;
    pooled->database->config.db_prepared = false;
    pooled->database->config.db_statement_timeout_ms = 300;
    pooler_start(&pooled->pooler, pooled->database->name, pooled->database->name);
    *state = pooled;
    return 0;
}

static int drop(void **state)
{
    struct pooled *pooled = *state;
    void *database = pooled->database;

    pooler_stop(&pooled->pooler);
    test_database_drop(&database);
    free(pooled);
    return 0;
}

/* One client of the pooler. */
static void begin(struct scope *scope, struct pooled *pooled)
{
    struct db *db = NULL;
    char url[256];

    snprintf(url, sizeof url, "host=%s port=6432 dbname=%s", pooled->pooler.folder,
             pooled->database->name);
    scope_begin(scope, &pooled->database->config, NULL, NULL);
    assert_true(db_open(scope, url, &db));
    scope->db = db;
    if (!db_ensure(scope))
        unit_fail("%s\n", scope->error.detail);
}

static void end(struct scope *scope)
{
    db_close(scope->db);
    scope_end(scope);
}

/* Both share the pooler's one session, statement by statement and transaction by transaction. */
static void test_work(void **state)
{
    struct scope one, two;
    struct rows rows;

    begin(&one, *state);
    begin(&two, *state);
    asking_text(&one, "CREATE TABLE t (a int)");
    for (int i = 0; i < 20; i++) {
        struct scope *scope = i % 2 ? &one : &two;

        assert_true(db_begin(scope));
        assert_true(
            asking_query(scope, "INSERT INTO t VALUES ($1)", PARAMS(param_int(scope, i)), &rows));
        assert_true(db_commit(scope));
        asking_text(i % 2 ? &two : &one, "SELECT count(*) FROM t");
    }
    asking_expect(&one, "SELECT count(*) FROM t", "20");
    asking_expect(&two, "SELECT count(*) FROM pg_prepared_statements", "0");
    end(&one);
    end(&two);
}

static void test_settings(void **state)
{
    struct scope one, two;
    struct rows rows;

    begin(&one, *state);
    begin(&two, *state);
    asking_expect(&one, "SHOW TimeZone", "UTC");
    assert_true(db_begin(&one));
    asking_expect(&one, "SHOW statement_timeout", "300ms");
    assert_true(db_commit(&one));
    asking_expect(&two, "SHOW statement_timeout", "0");
    assert_true(db_begin(&one));
    assert_false(asking_query(&one, "SELECT pg_sleep(4)", NO_PARAMS, &rows));
    asking_failed(&one, ERR_TIMEOUT);
    db_rollback(&one);
    scope_clear_error(&one);
    asking_expect(&one, "SELECT 'usable'", "usable");
    end(&one);
    end(&two);
}

/* Gone is one 503; after the pause between attempts the new one is found. */
static void test_restart(void **state)
{
    struct pooled *pooled = *state;
    struct scope scope;

    begin(&scope, pooled);
    pooler_halt(&pooled->pooler);
    assert_false(db_ensure(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    pooler_run(&pooled->pooler);
    scope_clear_error(&scope);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    assert_true(db_ensure(&scope));
    asking_expect(&scope, "SELECT 1", "1");
    end(&scope);
}

/* The server behind the pooler is ended inside a transaction: one 503, and the next one works. */
static void test_server_lost(void **state)
{
    struct pooled *pooled = *state;
    struct scope scope;
    struct rows rows;

    begin(&scope, pooled);
    asking_text(&scope, "CREATE TABLE t (a int)");
    assert_true(db_begin(&scope));
    asking_text(&scope, "INSERT INTO t VALUES (1)");
    const char *end_it = scope_format(&scope, "SELECT pg_terminate_backend(%s)",
                                      asking_text(&scope, "SELECT pg_backend_pid()"));

    free(test_database_ask(pooled->database, end_it));
    bool done = asking_query(&scope, "INSERT INTO t VALUES (2)", NO_PARAMS, &rows);

    assert_false(done && db_commit(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    db_rollback(&scope);
    scope_clear_error(&scope);
    assert_true(db_ensure(&scope));
    asking_expect(&scope, "SELECT count(*) FROM t", "0");
    end(&scope);
}

/* The first host of the string leads to a database that takes no writes, as a standby does. */
static void test_two_hosts(void **state)
{
    struct pooled *pooled = *state;
    struct test_database *read_only;
    void *made = NULL;
    struct scope scope;
    struct db *db = NULL;
    char text[400];

    test_database_make(&made);
    read_only = made;
    snprintf(text, sizeof text, "ALTER DATABASE \"%s\" SET default_transaction_read_only = on",
             read_only->name);
    free(test_database_ask(read_only, text));
    pooler_stop(&pooled->pooler);
    pooler_start(&pooled->pooler, pooled->database->name, read_only->name);
    snprintf(text, sizeof text, "host=%s,%s port=6432,%s dbname=%s target_session_attrs=read-write",
             pooled->pooler.folder, getenv("PGHOST"), getenv("PGPORT"), pooled->database->name);
    scope_begin(&scope, &pooled->database->config, NULL, NULL);
    assert_true(db_open(&scope, text, &db));
    scope.db = db;
    if (!db_ensure(&scope))
        unit_fail("%s\n", scope.error.detail);
    asking_expect(&scope, "SELECT current_database()", pooled->database->name);
    asking_text(&scope, "CREATE TABLE t (a int)");
    end(&scope);
    test_database_drop(&made);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, drop, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("two clients of one pooled session do not notice each other", test_work),
        TEST("the settings hold in a transaction and leak to nobody", test_settings),
        TEST("a pooler that was restarted is connected to again", test_restart),
        TEST("a server lost behind the pooler undoes the transaction and heals", test_server_lost),
        TEST("of two hosts the one that takes writes is used", test_two_hosts),
    };

    return cmocka_run_group_tests_name("db/pooler", tests, NULL, NULL);
}
