/* migrate_split_test.c - a script is cut where psql would cut it */
#include "db/migrate_split.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#define MOST 4

struct split_case {
    const char *script;
    const char *statements[MOST];
    int lines[MOST];
};

static const struct split_case cases[] = {
    {"", {NULL}, {0}},
    {"  \n-- nothing\n/* still /* nothing */ */ ;;\n", {NULL}, {0}},
    {"SELECT 1", {"SELECT 1"}, {1}},
    {"SELECT 1;\n\nSELECT 2;\n", {"SELECT 1", "SELECT 2"}, {1, 3}},
    {"-- why\n/* and\nhow */ SELECT 1;", {"SELECT 1"}, {3}},
    {"SELECT ';', 'it''s;', \"a;b\"; SELECT 2",
     {"SELECT ';', 'it''s;', \"a;b\"", "SELECT 2"},
     {1, 1}},
    {"SELECT E'\\';', 1; SELECT 2", {"SELECT E'\\';', 1", "SELECT 2"}, {1, 1}},
    {"SELECT '\\'; SELECT 2", {"SELECT '\\'", "SELECT 2"}, {1, 1}},
    {"SELECT 1 -- a; 'b\n+ 1; SELECT 2", {"SELECT 1 -- a; 'b\n+ 1", "SELECT 2"}, {1, 2}},
    {"DO $$ BEGIN; END $$; SELECT 2", {"DO $$ BEGIN; END $$", "SELECT 2"}, {1, 1}},
    {"DO $a$ $b$;$b$ $a$ ; SELECT 2", {"DO $a$ $b$;$b$ $a$ ", "SELECT 2"}, {1, 1}},
    {"SELECT $1; SELECT 2", {"SELECT $1", "SELECT 2"}, {1, 1}},
    {"SELECT a$b$; SELECT 2", {"SELECT a$b$", "SELECT 2"}, {1, 1}},
    {"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
     {"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"},
     {1, 1}},
    {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; "
     "END;\nSELECT 3",
     {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; "
      "END",
      "SELECT 3"},
     {1, 2}},
    {"CREATE OR REPLACE PROCEDURE p() begin atomic SELECT 1; end; SELECT 2",
     {"CREATE OR REPLACE PROCEDURE p() begin atomic SELECT 1; end", "SELECT 2"},
     {1, 1}},
    {"SELECT 'never closed; SELECT 2", {"SELECT 'never closed; SELECT 2"}, {1}},
    {"DO $$ never closed; SELECT 2", {"DO $$ never closed; SELECT 2"}, {1}},
    {"SELECT 1 /* never closed; SELECT 2", {"SELECT 1 /* never closed; SELECT 2"}, {1}},
    {"SELECT 'é;ü'; SELECT 2", {"SELECT 'é;ü'", "SELECT 2"}, {1, 1}},
    {"SELECT $", {"SELECT $"}, {1}},
    {"SELECT E'\\", {"SELECT E'\\"}, {1}},
};

static struct sql_split split_of(const char *script)
{
    return (struct sql_split){script, script + strlen(script), 1};
}

static void check_case(const struct split_case *expected)
{
    struct sql_split split = split_of(expected->script);
    struct sql_statement found;

    for (size_t i = 0; i < MOST && expected->statements[i]; i++) {
        if (!sql_split_next(&split, &found))
            unit_fail("no statement %zu in: %s", i, expected->script);
        if (found.length != strlen(expected->statements[i]) ||
            memcmp(found.text, expected->statements[i], found.length) != 0)
            unit_fail("found <%.*s> in: %s", (int)found.length, found.text, expected->script);
        assert_int_equal(found.line, expected->lines[i]);
    }
    assert_false(sql_split_next(&split, &found));
}

static void test_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_case(&cases[i]);
}

static bool controls(const char *statement)
{
    struct sql_split split = split_of(statement);
    struct sql_statement found;

    assert_true(sql_split_next(&split, &found));
    return found.controls_transaction;
}

static void test_transaction_control(void **state)
{
    static const char *const yes[] = {
        "BEGIN",
        "begin isolation level serializable",
        "START TRANSACTION",
        "COMMIT",
        "End",
        "abort",
        "ROLLBACK",
        "ROLLBACK AND CHAIN",
        "PREPARE TRANSACTION 'x'",
        "/* hidden */ commit work",
    };
    static const char *const no[] = {
        "SAVEPOINT a",
        "ROLLBACK TO a",
        "ROLLBACK WORK TO SAVEPOINT a",
        "RELEASE a",
        "PREPARE p AS SELECT 1",
        "SELECT 'COMMIT'",
        "\"begin\"",
        "(SELECT 1)",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(yes); i++) {
        if (!controls(yes[i]))
            unit_fail("not seen as control: %s", yes[i]);
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        if (controls(no[i]))
            unit_fail("seen as control: %s", no[i]);
    }
}

/* Read from a copy of exactly its size, so that the sanitizer sees a byte too far. */
static void check_prefix(const char *script, size_t length)
{
    char *copy = malloc(length + 1);
    char *text = copy + 1;
    struct sql_statement found;

    assert_non_null(copy);
    memcpy(text, script, length);
    struct sql_split split = {text, text + length, 1};

    while (sql_split_next(&split, &found))
        assert_true(found.text + found.length <= split.end);
    assert_ptr_equal(split.at, split.end);
    free(copy);
}

static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t cut = 0; cut <= strlen(cases[i].script); cut++)
            check_prefix(cases[i].script, cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name =
             "a script is cut at its semicolons and nowhere else, with the line of each statement",
         .test_func = test_cuts},
        {.name =
             "statements that begin or end a transaction are known, savepoints are none of them",
         .test_func = test_transaction_control},
        {.name = "a script cut off anywhere is read to its end and not beyond",
         .test_func = test_prefixes},
    };

    return cmocka_run_group_tests_name("migrate_split", tests, NULL, NULL);
}
