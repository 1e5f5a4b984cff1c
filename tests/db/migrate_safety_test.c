/* migrate_safety_test.c - migrators at once, killed ones, and work outside a transaction */
#include "support/migrations.h"
#include "support/query_faults.h"

#include "keel/core/clock.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define APPLIED                                                                                    \
    "SELECT coalesce(string_agg(version::text, ',' ORDER BY version), '') FROM schema_migrations"
#define AT_ONCE 5

/* Ends as a program of its own would: 0 when everything was applied. */
static void migrate_in_child(struct migrations *m)
{
    struct scope *scope = test_database_open(m->database);
    struct migration_set set;
    bool done =
        migrations_read(scope, m->folder, &set) && migrate_up(scope, &set, -1, false, 60, NULL);

    if (!done)
        print_error("child: %s\n", scope->error.message);
    _exit(done ? 0 : 1);
}

static pid_t start_child(struct migrations *m)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        migrate_in_child(m);
    return child;
}

static int wait_child(pid_t child)
{
    int status = -1;

    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* Waits until a query gives this value, for ten seconds at most. */
static void wait_until(struct migrations *m, const char *query, const char *value)
{
    const struct timespec pause = {.tv_nsec = 20000000};

    for (int i = 0; i < 500; i++) {
        char *found = test_database_ask(m->database, query);
        bool same = strcmp(found, value) == 0;

        free(found);
        if (same)
            return;
        nanosleep(&pause, NULL);
    }
    unit_fail("never so: %s = %s", query, value);
}

static void put_index(struct migrations *m)
{
    migrations_put(m, "0001_a.up.sql",
                   "CREATE TABLE a (id bigint, n int); INSERT INTO a SELECT i, i FROM "
                   "generate_series(1, 1000) i; SELECT pg_sleep(0.3);");
    migrations_put(m, "0002_index.up.sql",
                   "-- Purpose: faster lists\n-- migrate: no-transaction\n"
                   "CREATE INDEX CONCURRENTLY a_n_idx ON a (n);\nDROP INDEX CONCURRENTLY a_n_idx;\n"
                   "CREATE UNIQUE INDEX CONCURRENTLY a_id_idx ON a (id);\n");
    migrations_put(m, "0003_b.up.sql", "CREATE TABLE b (id bigint);");
}

static void test_five_at_once(void **state)
{
    struct migrations *m = *state;
    pid_t children[AT_ONCE];
    int failed = 0;

    put_index(m);
    for (int i = 0; i < AT_ONCE; i++)
        children[i] = start_child(m);
    for (int i = 0; i < AT_ONCE; i++)
        failed += wait_child(children[i]) != 0;
    assert_int_equal(failed, 0);
    migrations_must_see(m, APPLIED, "1,2,3");
    migrations_must_see(m, "SELECT count(*) FROM a", "1000");
    migrations_must_see(
        m, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id_idx'::regclass", "t");
}

static void test_killed(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint); SELECT pg_sleep(600);");
    pid_t child = start_child(m);

    wait_until(m,
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()",
               "1");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_true(WIFSIGNALED(wait_child(child)));
    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint, whole bool);");
    migrations_must_up(m, -1);
    migrations_must_see(m, APPLIED, "1");
    migrations_must_see(m, "SELECT count(*) FROM information_schema.columns WHERE table_name = 'a'",
                        "2");
}

static void test_connection_broken(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_a.up.sql",
                   "CREATE TABLE a (id bigint);\nSELECT pg_terminate_backend(pg_backend_pid());");
    assert_false(migrations_up(m, -1));
    assert_int_equal(m->database->scope.error.kind, ERR_UNAVAILABLE);
    migrations_must_say(m, "0001_a.up.sql:2: the connection to the database broke", "");
    migrations_must_see(m, "SELECT to_regclass('a') IS NULL", "t");
    migrations_must_see(m, APPLIED, "");
    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint);");
    migrations_must_up(m, -1);
}

static void test_lock_held(void **state)
{
    struct migrations *m = *state;
    struct scope *other = test_database_open(m->database);
    struct scope *scope = &m->database->scope;
    const struct sql take = {"take", "SELECT pg_advisory_lock(7738703051072563058)", 0};
    struct rows rows;
    char process[32];

    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint);");
    assert_true(db_query(other, &take, NO_PARAMS, &rows));
    snprintf(process, sizeof process, "process %d of", PQbackendPID(db_connection(other->db)));
    assert_true(migrations_read(scope, m->folder, &m->set));
    int64_t start = clock_monotonic_us();

    assert_false(migrate_up(scope, &m->set, -1, false, 1, NULL));
    int64_t waited = clock_monotonic_us() - start;

    assert_int_equal(scope->error.kind, ERR_CONFLICT);
    migrations_must_say(m, "longer than 1 s", process);
    assert_in_range((uint64_t)waited, 900000, 5000000);
    test_database_close(other);
    migrations_must_up(m, -1);
}

/* A lock left behind would make every later migrator wait for the end of this session. */
static void test_lock_given_back(void **state)
{
    struct migrations *m = *state;
    struct scope *other = test_database_open(m->database);

    migrations_put(m, "0001_a.up.sql", "SELEC;");
    assert_false(migrations_up(m, -1));
    migrations_must_see(m, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "0");
    migrations_put(m, "0001_a.up.sql", "SELECT 1;");
    struct migration_set set;

    assert_true(migrations_read(other, m->folder, &set));
    assert_true(migrate_up(other, &set, -1, false, 0, NULL));
    test_database_close(other);
}

static void test_table_in_use(void **state)
{
    struct migrations *m = *state;
    struct scope *other = test_database_open(m->database);

    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint);");
    migrations_must_up(m, -1);
    assert_true(db_begin(other));
    assert_true(db_script(other, "use", "SELECT * FROM a"));
    migrations_put(m, "0002_b.up.sql",
                   "CREATE TABLE b (id bigint);\nALTER TABLE a ADD COLUMN n int;");
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "0002_b.up.sql:2: canceling statement due to lock timeout",
                        "run it again");
    migrations_must_see(m, "SELECT to_regclass('b') IS NULL", "t");
    test_database_close(other);
    migrations_must_up(m, -1);
}

static void test_outside_fails(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_a.up.sql",
                   "-- migrate: no-transaction\nCREATE TABLE IF NOT EXISTS a (id bigint);\nSELEC;");
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "0001_a.up.sql:3: syntax error", "outside a transaction");
    migrations_must_see(m, APPLIED, "");
    migrations_must_see(m, "SELECT to_regclass('a') IS NOT NULL", "t");
    migrations_put(
        m, "0001_a.up.sql",
        "-- migrate: no-transaction\nCREATE TABLE IF NOT EXISTS a (id bigint);\nSELECT 1;");
    migrations_must_up(m, -1);
    migrations_must_see(m, APPLIED, "1");
}

static void test_outside_with_transaction(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_a.up.sql",
                   "-- migrate: no-transaction\nBEGIN;\nCREATE TABLE a (id bigint);\nCOMMIT;\n");
    migrations_must_up(m, -1);
    migrations_put(m, "0002_b.up.sql",
                   "-- migrate: no-transaction\nBEGIN;\nCREATE TABLE b (id bigint);\n");
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "0002_b.up.sql: leaves a transaction open", "");
    migrations_must_see(m, "SELECT to_regclass('b') IS NULL", "t");
    migrations_must_see(m, APPLIED, "1");
    migrations_put(m, "0002_b.up.sql",
                   "-- migrate: no-transaction\nBEGIN;\nCREATE TABLE b (id bigint);\nSELEC;");
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "0002_b.up.sql:4: syntax error", "");
    migrations_must_see(m, "SELECT to_regclass('b') IS NULL", "t");
}

static void test_invalid_index(void **state)
{
    struct migrations *m = *state;
    static const char again[] =
        "-- migrate: no-transaction\n"
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_n_idx ON a (n);\n";

    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (1);");
    migrations_put(m, "0002_b.up.sql", again);
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "0002_b.up.sql:2: could not create unique index", "");
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "a_n_idx is invalid", "drop it");
    migrations_must_see(m, APPLIED, "1");
    free(test_database_ask(m->database, "DROP INDEX a_n_idx"));
    free(test_database_ask(m->database, "DELETE FROM a WHERE ctid IN (SELECT min(ctid) FROM a)"));
    migrations_must_up(m, -1);
    migrations_must_see(m, APPLIED, "1,2");
}

/* A new session on an empty database, as each round of failing needs it. */
static void start_afresh(struct migrations *m)
{
    struct test_database *database = m->database;

    db_close(database->db);
    database->db = NULL;
    free(test_database_ask(database, "DROP SCHEMA public CASCADE"));
    free(test_database_ask(database, "CREATE SCHEMA public"));
    assert_true(db_open(&database->settings, database->url, &database->db));
}

/* Each migration makes one table: as many must be there as are recorded. */
static void must_be_whole(struct migrations *m, bool done)
{
    char *recorded =
        test_database_ask(m->database, "SELECT to_regclass('schema_migrations') IS NOT NULL");
    bool exists = strcmp(recorded, "t") == 0;

    free(recorded);
    recorded = exists ? test_database_ask(m->database, "SELECT count(*) FROM schema_migrations")
                      : strdup("0");
    assert_non_null(recorded);
    migrations_must_see(m, "SELECT count(*) FROM pg_class WHERE relname IN ('one', 'two', 'three')",
                        recorded);
    if (done)
        assert_string_equal(recorded, "3");
    free(recorded);
}

static void fail_each_statement(struct migrations *m, const char *sqlstate)
{
    unsigned failures = 0;

    query_faults_begin(sqlstate);
    for (;;) {
        start_afresh(m);
        test_database_renew(m->database);
        assert_true(migrations_read(&m->database->scope, m->folder, &m->set));
        if (!query_faults_next())
            break;
        bool done = migrate_up(&m->database->scope, &m->set, -1, false, 5, NULL);

        query_faults_stop();
        failures += !done;
        assert_int_equal(done, m->database->scope.error.kind == ERR_NONE);
        must_be_whole(m, done);
        /* Only what tidies up at the end, the lock and two settings, may fail without harm. */
        assert_true(done || query_faults_hit());
    }
    assert_true(failures > 10);
}

static void test_every_failure(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_one.up.sql", "CREATE TABLE one (id bigint);");
    migrations_put(m, "0002_two.up.sql", "CREATE TABLE two (id bigint); SELECT 1;");
    migrations_put(m, "0003_three.up.sql", "CREATE TABLE three (id bigint);");
    fail_each_statement(m, "40001");
    fail_each_statement(m, NULL);
}

#define WITH_DATABASE(test)                                                                        \
    .test_func = (test), .setup_func = migrations_make, .teardown_func = migrations_drop

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name =
             "five migrators at once all succeed, CREATE INDEX CONCURRENTLY among the migrations",
         WITH_DATABASE(test_five_at_once)},
        {.name = "a migrator that is killed leaves nothing half done, and the next one need not "
                 "wait long",
         WITH_DATABASE(test_killed)},
        {.name = "a connection that breaks in the middle is reported and leaves nothing",
         WITH_DATABASE(test_connection_broken)},
        {.name = "a lock that somebody else keeps is an error that says who",
         WITH_DATABASE(test_lock_held)},
        {.name = "a migrator that fails gives its lock back", WITH_DATABASE(test_lock_given_back)},
        {.name = "a table in use makes a migration give up after some seconds, not wait in "
                 "everybody's way",
         WITH_DATABASE(test_table_in_use)},
        {.name =
             "outside a transaction a failure says that what was done stays, and is not recorded",
         WITH_DATABASE(test_outside_fails)},
        {.name = "outside a transaction a file may open its own, but must close it",
         WITH_DATABASE(test_outside_with_transaction)},
        {.name = "an index that an interrupted migration left invalid is not taken for done",
         WITH_DATABASE(test_invalid_index)},
        {.name = "whichever statement of the migrator fails, what is recorded is what is there",
         WITH_DATABASE(test_every_failure)},
    };

    return cmocka_run_group_tests_name("migrate_safety", tests, NULL, NULL);
}
