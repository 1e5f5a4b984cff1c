/* catalog_test.c - the catalog is read whole, and a comparison finds what changed */
#include "keel/db/catalog.h"

#include "support/database.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

static void run(struct test_database *database, const char *script)
{
    struct scope *scope = &database->scope;

    if (!db_script(scope, "test", script))
        unit_fail("%s", scope->error.detail);
}

static struct catalog read_catalog(struct test_database *database)
{
    struct catalog catalog = {0};

    if (!catalog_read(&database->scope, &catalog))
        unit_fail("%s", database->scope.error.detail);
    return catalog;
}

static const char *definition(const struct catalog *catalog, const char *table, const char *kind,
                              const char *name)
{
    const struct catalog_object *object = catalog_find(catalog, table, kind, name);

    if (!object)
        unit_fail("there is no %s %s of <%s>", kind, name, table);
    return object->definition;
}

static void test_empty(void **state)
{
    struct catalog catalog = read_catalog(*state);

    assert_int_equal(catalog.count, 0);
    assert_null(catalog_find(&catalog, "", "table", "a"));
}

static void test_everything(void **state)
{
    struct test_database *database = *state;

    run(database,
        "CREATE TABLE parent (id bigint PRIMARY KEY, name varchar(80) NOT NULL DEFAULT 'x' "
        "CONSTRAINT parent_name_blank CHECK (name <> ''), price numeric(10,2), twice int GENERATED "
        "ALWAYS "
        "AS (2 * 3) STORED, key int GENERATED ALWAYS AS IDENTITY, s serial);"
        "CREATE INDEX parent_price_idx ON parent (price) WHERE price > 0;"
        "CREATE FUNCTION touch(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a; END';"
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER parent_quiet BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION quiet();"
        "CREATE VIEW names AS SELECT name FROM parent;"
        "CREATE TYPE mood AS ENUM ('sad', 'it''s ok');"
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0);"
        "CREATE TYPE pair AS (a int, b text);"
        "CREATE SEQUENCE numbers START 5;"
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';");
    struct catalog catalog = read_catalog(database);

    assert_string_equal(definition(&catalog, "", "table", "parent"), "");
    assert_string_equal(definition(&catalog, "parent", "column", "name"),
                        "character varying(80) not null default 'x'::character varying");
    assert_string_equal(definition(&catalog, "parent", "column", "key"),
                        "integer not null generated always as identity");
    assert_string_equal(definition(&catalog, "parent", "column", "twice"),
                        "integer generated as ((2 * 3))");
    assert_string_equal(catalog_find(&catalog, "parent", "column", "price")->type, "numeric(10,2)");
    assert_false(catalog_find(&catalog, "parent", "column", "price")->not_null);
    assert_true(catalog_find(&catalog, "parent", "column", "id")->not_null);
    assert_string_equal(definition(&catalog, "parent", "constraint", "parent_pkey"),
                        "PRIMARY KEY (id)");
    assert_non_null(
        strstr(definition(&catalog, "parent", "constraint", "parent_name_blank"), "<> ''"));
    assert_non_null(
        strstr(definition(&catalog, "parent", "index", "parent_price_idx"), "WHERE (price > "));
    assert_null(catalog_find(&catalog, "parent", "index", "parent_pkey"));
    assert_non_null(
        strstr(definition(&catalog, "parent", "trigger", "parent_quiet"), "BEFORE UPDATE"));
    assert_non_null(strstr(definition(&catalog, "", "function", "touch(a integer)"), "RETURN a"));
    assert_non_null(definition(&catalog, "", "procedure", "p()"));
    assert_non_null(strstr(definition(&catalog, "", "view", "names"), "FROM parent"));
    assert_string_equal(definition(&catalog, "", "enum", "mood"), "'sad', 'it''s ok'");
    assert_string_equal(definition(&catalog, "", "domain", "positive"),
                        "integer CHECK ((VALUE > 0))");
    assert_string_equal(definition(&catalog, "", "type", "pair"), "a integer, b text");
    assert_string_equal(definition(&catalog, "", "sequence", "numbers"),
                        "bigint start 5 increment 1");
    assert_null(catalog_find(&catalog, "", "sequence", "parent_s_seq"));
    assert_null(catalog_find(&catalog, "", "sequence", "parent_key_seq"));
}

static void test_other_schema(void **state)
{
    struct test_database *database = *state;

    run(database, "CREATE SCHEMA other; CREATE TABLE other.a (id int PRIMARY KEY)");
    assert_int_equal(read_catalog(database).count, 0);
    run(database, "SET search_path = other");
    assert_int_equal(read_catalog(database).count, 3);
}

struct change_case {
    const char *script;
    const char *kind, *name;
    char sign;
};

static char sign_of(const struct catalog_change *change)
{
    if (!change->before)
        return '+';
    return change->after ? '~' : '-';
}

static void test_changes(void **state)
{
    static const struct change_case cases[] = {
        {"ALTER TABLE a ADD COLUMN n int", "column", "n", '+'},
        {"ALTER TABLE a ALTER COLUMN n TYPE bigint", "column", "n", '~'},
        {"ALTER TABLE a ALTER COLUMN n SET DEFAULT 7", "column", "n", '~'},
        {"ALTER TABLE a ALTER COLUMN n SET NOT NULL", "column", "n", '~'},
        {"CREATE INDEX a_n_idx ON a (n)", "index", "a_n_idx", '+'},
        {"ALTER TABLE a ADD CONSTRAINT a_n_positive CHECK (n > 0)", "constraint", "a_n_positive",
         '+'},
        {"ALTER TABLE a DROP CONSTRAINT a_n_positive", "constraint", "a_n_positive", '-'},
        {"DROP INDEX a_n_idx", "index", "a_n_idx", '-'},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function", "f()", '+'},
        {"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'", "function", "f()",
         '~'},
        {"DROP FUNCTION f()", "function", "f()", '-'},
        {"ALTER TABLE a ENABLE ROW LEVEL SECURITY", "table", "a", '~'},
        {"ALTER TABLE a DROP COLUMN n", "column", "n", '-'},
        {"CREATE TABLE b ()", "table", "b", '+'},
        {"DROP TABLE b", "table", "b", '-'},
    };
    struct test_database *database = *state;
    struct catalog_diff diff;

    run(database, "CREATE TABLE a (id int)");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct catalog before = read_catalog(database);

        run(database, cases[i].script);
        struct catalog after = read_catalog(database);

        assert_true(catalog_compare(&database->scope, &before, &after, &diff));
        if (diff.count != 1)
            unit_fail("%zu changes by %s", diff.count, cases[i].script);
        const struct catalog_object *object =
            diff.list[0].after ? diff.list[0].after : diff.list[0].before;

        assert_string_equal(object->kind, cases[i].kind);
        assert_string_equal(object->name, cases[i].name);
        assert_int_equal(sign_of(&diff.list[0]), cases[i].sign);
    }
}

static void test_no_change(void **state)
{
    struct test_database *database = *state;
    struct catalog_diff diff;

    run(database,
        "CREATE TABLE a (id int PRIMARY KEY, n int CHECK (n > 0)); CREATE INDEX ON a (n)");
    struct catalog before = read_catalog(database);

    run(database,
        "INSERT INTO a VALUES (1, 1); DROP TABLE a; "
        "CREATE TABLE a (id int PRIMARY KEY, n int CHECK (n > 0)); CREATE INDEX ON a (n)");
    struct catalog after = read_catalog(database);

    assert_true(before.count > 0);
    assert_true(catalog_compare(&database->scope, &before, &after, &diff));
    assert_int_equal(diff.count, 0);
}

static void test_mixed(void **state)
{
    struct test_database *database = *state;
    struct catalog_diff diff;
    char signs[8] = "";

    run(database, "CREATE TABLE b (); CREATE TABLE d (); CREATE TABLE e (x int)");
    struct catalog before = read_catalog(database);

    run(database,
        "DROP TABLE b; CREATE TABLE a (); CREATE TABLE c (); ALTER TABLE e ALTER x TYPE bigint");
    struct catalog after = read_catalog(database);

    assert_true(catalog_compare(&database->scope, &before, &after, &diff));
    assert_int_equal(diff.count, 4);
    for (size_t i = 0; i < diff.count; i++)
        signs[i] = sign_of(&diff.list[i]);
    assert_string_equal(signs, "+-+~");
}

#define WITH_DATABASE(test)                                                                        \
    .test_func = (test), .setup_func = test_database_make, .teardown_func = test_database_drop

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "an empty schema reads as nothing", WITH_DATABASE(test_empty)},
        {.name = "every kind of object is read with its definition",
         WITH_DATABASE(test_everything)},
        {.name = "only the current schema counts", WITH_DATABASE(test_other_schema)},
        {.name = "each kind of change is found as added, modified or removed",
         WITH_DATABASE(test_changes)},
        {.name = "the same schema made anew is no change, nor are rows",
         WITH_DATABASE(test_no_change)},
        {.name = "several changes come in the order of the catalog", WITH_DATABASE(test_mixed)},
    };

    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
