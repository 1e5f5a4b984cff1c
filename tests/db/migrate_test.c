/* migrate_test.c - migrations are applied in order, whole or not at all, or refused */
#include "support/migrations.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLIED                                                                                    \
    "SELECT coalesce(string_agg(version::text, ',' ORDER BY version), '') FROM schema_migrations"
#define TABLES                                                                                     \
    "SELECT coalesce(string_agg(relname, ',' ORDER BY relname), '') FROM pg_class "                \
    "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> "                \
    "'schema_migrations'"

static void put_three(struct migrations *m)
{
    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY);");
    migrations_put(m, "0001_a.down.sql", "DROP TABLE a;");
    migrations_put(m, "0002_b.up.sql", "CREATE TABLE b (a_id bigint REFERENCES a);");
    migrations_put(m, "0002_b.down.sql", "DROP TABLE b;");
    migrations_put(m, "0003_c.up.sql", "CREATE TABLE c (id bigint);");
    migrations_put(m, "0003_c.down.sql", "DROP TABLE c;");
}

static void test_up_and_down(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    migrations_must_up(m, 2);
    migrations_must_see(m, TABLES, "a,b");
    migrations_must_up(m, -1);
    migrations_must_see(m, APPLIED, "1,2,3");
    migrations_must_up(m, -1);
    migrations_must_up(m, 1);
    migrations_must_see(m, TABLES, "a,b,c");
    migrations_must_down(m, 1);
    migrations_must_see(m, TABLES, "a");
    migrations_must_down(m, 0);
    migrations_must_see(m, APPLIED, "");
    migrations_must_see(m, TABLES, "");
}

static void test_history(void **state)
{
    struct migrations *m = *state;
    struct scope *scope = &m->database->scope;
    struct applied_migration *list;
    size_t count;
    int64_t version = -1, before = scope->now;

    assert_true(migrate_version(scope, &version));
    assert_int_equal(version, 0);
    migrations_must_see(m, "SELECT coalesce(to_regclass('schema_migrations')::text, 'none')",
                        "none");
    put_three(m);
    migrations_must_up(m, 2);
    assert_true(migrate_version(scope, &version));
    assert_int_equal(version, 2);
    assert_true(migrate_applied(scope, &list, &count));
    assert_int_equal(count, 2);
    assert_string_equal(list[1].name, "b");
    assert_string_equal(list[1].checksum, m->set.list[1].checksum);
    assert_true(list[1].applied_at >= before - 1000000 && list[1].applied_at < before + 60000000);
    assert_true(list[1].duration_us > 0);
    assert_true(*list[1].applied_by);
}

static void test_whole_or_nothing(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    migrations_put(m, "0002_b.up.sql",
                   "-- Purpose: fails\nCREATE TABLE b (id bigint);\n\n\nCREATE TABLE x (\n    id "
                   "nosuchtype\n);\n");
    assert_false(migrations_up(m, -1));
    assert_int_equal(m->database->scope.error.kind, ERR_CONFLICT);
    migrations_must_say(m, "0002_b.up.sql:6: ", "nosuchtype");
    migrations_must_see(m, APPLIED, "1");
    migrations_must_see(m, TABLES, "a");
    migrations_put(m, "0002_b.up.sql", "CREATE TABLE b (id bigint);");
    migrations_must_up(m, -1);
    migrations_must_see(m, TABLES, "a,b,c");
}

struct line_case {
    const char *text;
    const char *expected;
};

static void test_lines(void **state)
{
    static const struct line_case cases[] = {
        {"SELECT 1;\nSELEC 2;", "0001_a.up.sql:2: syntax error"},
        {"-- é\n\nSELECT 'ä€😀',\n  'ü', nope\n;", "0001_a.up.sql:4: column \"nope\""},
        {"SELECT 1;\n\nSELECT\n  1/0;", "0001_a.up.sql:3: division by zero"},
        {"\r\n\r\nSELEC;", "0001_a.up.sql:3: syntax error"},
        {"DO $$ BEGIN\n\n\n  PERFORM 1/0;\nEND $$;", "0001_a.up.sql:1: division by zero"},
        {"CREATE TABLE t (a int CHECK (a > 0));\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES "
         "(0);",
         "0001_a.up.sql:3: new row for relation \"t\" violates"},
        {"SELECT 1;\nCREATE TABLE d (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\n"
         "INSERT INTO d VALUES (1), (1);\nSELECT 1;\n",
         "0001_a.up.sql:4: duplicate key"},
        {"SELECT 1;\n\\i other.sql", "0001_a.up.sql:2: syntax error at or near \"\\\""},
        {"CREATE TABLE t (a int);\nCOPY t FROM STDIN;", "0001_a.up.sql:2: COPY"},
        {"SELECT 1;\nCOPY (SELECT 1) TO STDOUT;", "0001_a.up.sql:2: COPY"},
        {"SELECT 1;\nCOMMIT;", "0001_a.up.sql:2: begins or ends a transaction"},
        {"SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;", "0001_a.up.sql:2: begins or ends a transaction"},
    };
    struct migrations *m = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        migrations_put(m, "0001_a.up.sql", cases[i].text);
        assert_false(migrations_up(m, -1));
        migrations_must_say(m, cases[i].expected, "");
        migrations_must_see(m, APPLIED, "");
        migrations_must_see(m, TABLES, "");
    }
}

static void test_hint(void **state)
{
    struct migrations *m = *state;

    migrations_put(
        m, "0001_a.up.sql",
        "DO $$ BEGIN RAISE 'no' USING ERRCODE = 'P4242', DETAIL = 'why', HINT = 'how'; END $$;");
    assert_false(migrations_up(m, -1));
    assert_string_equal(m->database->scope.error.detail, "SQLSTATE P4242: why; hint: how");
}

static void test_changed(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    migrations_must_up(m, 2);
    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint PRIMARY KEY); ");
    assert_false(migrations_up(m, -1));
    migrations_must_say(m, "0001_a.up.sql was changed after it was applied", "");
    assert_false(migrations_down(m, 0));
    migrations_must_say(m, "0001_a.up.sql was changed after it was applied", "");
    migrations_must_see(m, APPLIED, "1,2");
}

static void test_crlf_is_no_change(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (\n  id bigint\n);\n");
    migrations_must_up(m, -1);
    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (\r\n  id bigint\r\n);\r\n");
    migrations_must_up(m, -1);
    assert_true(migrate_verify(&m->database->scope, &m->set));
}

static void test_out_of_order(void **state)
{
    struct migrations *m = *state;

    migrations_put(m, "0001_a.up.sql", "CREATE TABLE a (id bigint);");
    migrations_put(m, "0003_c.up.sql", "CREATE TABLE c (id bigint);");
    migrations_must_up(m, -1);
    migrations_put(m, "0002_b.up.sql", "CREATE TABLE b (id bigint);");
    assert_false(migrations_up(m, -1));
    assert_int_equal(m->database->scope.error.kind, ERR_CONFLICT);
    migrations_must_say(m, "0002_b.up.sql was never applied", "above that");
    migrations_must_see(m, TABLES, "a,c");
}

static void test_older_program(void **state)
{
    struct migrations *m = *state;
    struct migration_set older;

    put_three(m);
    migrations_must_up(m, -1);
    older = (struct migration_set){m->set.list, 2};
    assert_false(migrate_up(&m->database->scope, &older, -1, false, 1, NULL));
    migrations_must_say(m, "0003_c", "use a newer program");
    scope_clear_error(&m->database->scope);
    assert_false(migrate_down(&m->database->scope, &older, 0, false, 1, NULL));
    migrations_must_say(m, "0003_c", "use a newer program");
    migrations_must_see(m, APPLIED, "1,2,3");
}

static void test_verify_names_all(void **state)
{
    struct migrations *m = *state;
    static const char *const codes[] = {"changed", "missing", "newer", "out_of_order"};
    struct scope *scope = &m->database->scope;
    size_t i = 0;

    put_three(m);
    migrations_must_up(m, -1);
    free(test_database_ask(m->database,
                           "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1"));
    free(test_database_ask(m->database, "DELETE FROM schema_migrations WHERE version = 3"));
    free(test_database_ask(m->database,
                           "INSERT INTO schema_migrations (version, name, checksum, duration_us) "
                           "VALUES (9, 'gone', 'x', 1), (20, 'new', 'x', 1)"));
    migrations_put(m, "0012_d.up.sql", "SELECT 1;");
    assert_false(migrations_up(m, -1));
    assert_int_equal(scope->error.kind, ERR_CONFLICT);
    /* 3 and 12 stand below 20, so both are out of order. */
    for (const struct field_error *field = scope->error.fields; field; field = field->next, i++)
        assert_string_equal(field->code, codes[i < 3 ? i : 3]);
    assert_int_equal(i, 5);
}

static void test_unknown_target(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    assert_false(migrations_up(m, 7));
    migrations_must_say(m, "no migration number 7", "");
    migrations_must_up(m, -1);
    assert_false(migrations_down(m, 7));
    migrations_must_say(m, "no migration number 7", "");
}

static void test_no_way_back(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    migrations_put(m, "0004_d.up.sql", "CREATE TABLE d (id bigint);");
    migrations_put(m, "0005_e.up.sql", "CREATE TABLE e (id bigint);");
    migrations_put(m, "0005_e.down.sql", "DROP TABLE e;");
    migrations_must_up(m, -1);
    assert_false(migrations_down(m, 2));
    migrations_must_say(m, "0004_d.up.sql", "cannot be taken back");
    migrations_must_see(m, TABLES, "a,b,c,d,e");
    migrations_must_down(m, 4);
    migrations_must_see(m, TABLES, "a,b,c,d");
}

static void test_failed_way_back(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    migrations_put(m, "0002_b.down.sql", "DROP TABLE b;\nDROP TABLE nosuch;");
    migrations_must_up(m, -1);
    assert_false(migrations_down(m, 0));
    migrations_must_say(m, "0002_b.down.sql:2: ", "nosuch");
    migrations_must_see(m, APPLIED, "1,2");
    migrations_must_see(m, TABLES, "a,b");
}

static void test_dry_run(void **state)
{
    struct migrations *m = *state;
    struct scope *scope = &m->database->scope;

    put_three(m);
    migrations_must_up(m, 1);
    assert_true(migrate_up(scope, &m->set, -1, true, 1, NULL));
    migrations_must_see(m, TABLES, "a");
    migrations_must_see(m, APPLIED, "1");
    migrations_put(m, "0003_c.up.sql", "CREATE TABLE c (b_id bigint REFERENCES nosuch);");
    assert_true(migrations_read(scope, m->folder, &m->set));
    assert_false(migrate_up(scope, &m->set, -1, true, 1, NULL));
    migrations_must_say(m, "0003_c.up.sql:1: ", "nosuch");
    migrations_must_see(m, TABLES, "a");
    migrations_must_up(m, 2);
    assert_true(migrate_down(scope, &m->set, 0, true, 1, NULL));
    migrations_must_see(m, TABLES, "a,b");
}

static void test_dry_run_of_a_new_database(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    assert_true(migrations_read(&m->database->scope, m->folder, &m->set));
    assert_true(migrate_up(&m->database->scope, &m->set, -1, true, 1, NULL));
    migrations_must_see(m, TABLES, "");
    migrations_must_see(m, "SELECT coalesce(to_regclass('schema_migrations')::text, 'none')",
                        "none");
}

static void test_baseline(void **state)
{
    struct migrations *m = *state;
    size_t marked = 0;

    put_three(m);
    free(test_database_ask(m->database, "CREATE TABLE a (id bigint PRIMARY KEY)"));
    free(test_database_ask(m->database, "CREATE TABLE b (id bigint)"));
    assert_true(migrations_read(&m->database->scope, m->folder, &m->set));
    assert_true(migrate_baseline(&m->database->scope, &m->set, 2, 1, &marked));
    assert_int_equal(marked, 2);
    assert_true(migrate_baseline(&m->database->scope, &m->set, 2, 1, &marked));
    assert_int_equal(marked, 0);
    migrations_must_see(m, "SELECT sum(duration_us) FROM schema_migrations", "0");
    migrations_must_up(m, -1);
    migrations_must_see(m, TABLES, "a,b,c");
}

static void test_changed_session(void **state)
{
    struct migrations *m = *state;

    put_three(m);
    migrations_put(m, "0001_a.up.sql",
                   "SELECT pg_catalog.set_config('search_path', '', false);\n"
                   "CREATE TABLE public.a (id bigint PRIMARY KEY);\nSET ROLE pg_monitor;");
    migrations_must_up(m, -1);
    migrations_must_see(m, APPLIED, "1,2,3");
    migrations_must_see(m, TABLES, "a,b,c");
}

static void test_long_statement(void **state)
{
    struct migrations *m = *state;

    m->database->config.db_statement_timeout_ms = 200;
    m->database->config.db_deadline_ms = 500;
    db_close(m->database->db);
    assert_true(db_open(&m->database->settings, m->database->url, &m->database->db));
    migrations_put(m, "0001_a.up.sql", "SELECT pg_sleep(0.8); CREATE TABLE a (id bigint);");
    migrations_put(m, "0002_b.up.sql",
                   "-- migrate: no-transaction\nSELECT pg_sleep(0.8); CREATE TABLE b (id bigint);");
    migrations_must_up(m, -1);
    migrations_must_see(m, TABLES, "a,b");
    struct rows rows;
    const struct sql show = {"show", "SELECT current_setting('statement_timeout')", 0};

    assert_true(db_query(&m->database->scope, &show, NO_PARAMS, &rows));
    assert_string_equal(row_text(&rows, 0, 0), "200ms");
}

struct seen {
    char text[256];
};

static bool see_before(struct scope *scope, const struct migration *migration, bool up,
                       void *context)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);

    (void)scope;
    snprintf(seen->text + used, sizeof seen->text - used, "<%s%s ", migration->name,
             up ? "+" : "-");
    return true;
}

static bool see_after(struct scope *scope, const struct migration *migration, bool up,
                      int64_t duration_us, void *context)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);

    snprintf(seen->text + used, sizeof seen->text - used, "%s%s> ", migration->name,
             duration_us == MIGRATE_NOT_TRIED ? "?"
             : up && duration_us > 0          ? "+"
                                              : "-");
    return migration->version != 2 || fail(scope, ERR_INTERNAL, "stopped");
}

static void test_observer(void **state)
{
    struct migrations *m = *state;
    struct seen seen = {""};
    const struct migrate_observer observer = {see_before, see_after, &seen};

    put_three(m);
    assert_true(migrations_read(&m->database->scope, m->folder, &m->set));
    assert_false(migrate_up(&m->database->scope, &m->set, -1, false, 1, &observer));
    migrations_must_say(m, "stopped", "");
    assert_string_equal(seen.text, "<a+ a+> <b+ b+> ");
    migrations_must_see(m, APPLIED, "1,2");
    test_database_renew(m->database);
    migrations_put(m, "0003_c.up.sql", "-- migrate: no-transaction\nCREATE TABLE c (id bigint);");
    seen.text[0] = '\0';
    assert_true(migrations_read(&m->database->scope, m->folder, &m->set));
    assert_true(migrate_up(&m->database->scope, &m->set, -1, true, 1, &observer));
    assert_string_equal(seen.text, "c?> ");
}

#define WITH_DATABASE(test)                                                                        \
    .test_func = (test), .setup_func = migrations_make, .teardown_func = migrations_drop

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "migrations go up and down to any version, and a second run does nothing",
         WITH_DATABASE(test_up_and_down)},
        {.name =
             "the history says what, when, how long and by whom, and asking for it makes nothing",
         WITH_DATABASE(test_history)},
        {.name = "a migration that fails leaves nothing of itself and everything before it",
         WITH_DATABASE(test_whole_or_nothing)},
        {.name = "an error names file and line, and nothing is left of the file",
         WITH_DATABASE(test_lines)},
        {.name = "an error keeps the server's detail and hint", WITH_DATABASE(test_hint)},
        {.name = "a file changed after it was applied is refused", WITH_DATABASE(test_changed)},
        {.name = "CRLF instead of LF is no change", WITH_DATABASE(test_crlf_is_no_change)},
        {.name = "a file below the newest version that was never applied is reported",
         WITH_DATABASE(test_out_of_order)},
        {.name = "an older program refuses a newer schema", WITH_DATABASE(test_older_program)},
        {.name = "verify names every difference, not the first one only",
         WITH_DATABASE(test_verify_names_all)},
        {.name = "a target that is no migration is refused", WITH_DATABASE(test_unknown_target)},
        {.name = "a way back with a missing down file is refused before its first step",
         WITH_DATABASE(test_no_way_back)},
        {.name = "a step back that fails leaves its migration in place",
         WITH_DATABASE(test_failed_way_back)},
        {.name = "a dry run finds errors and changes nothing", WITH_DATABASE(test_dry_run)},
        {.name = "a dry run on a new database does not even make the table of migrations",
         WITH_DATABASE(test_dry_run_of_a_new_database)},
        {.name = "a baseline marks without running", WITH_DATABASE(test_baseline)},
        {.name = "a migration that changes search_path or role is still recorded",
         WITH_DATABASE(test_changed_session)},
        {.name = "a migration may take longer than requests may, and the limit is back afterwards",
         WITH_DATABASE(test_long_statement)},
        {.name = "an observer sees each migration and can stop after one",
         WITH_DATABASE(test_observer)},
    };

    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
