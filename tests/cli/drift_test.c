/* drift_test.c - a column table and a catalog that differ are told apart, field by field */
#include "cli/drift.h"

#include "support/database.h"
#include "support/unit.h"

#include <string.h>

struct thing {
    int64_t id;
    const char *name;
    struct maybe_int size;
    struct decimal price;
    bool is_active;
    struct instant created_at;
    struct json_text tags;
    struct json_text computed;
};

static const struct column columns[] = {
    {INT(struct thing, id), .uses = READ, .doc = "."},
    {TEXT(struct thing, name), .uses = READ | CREATE | REQUIRE, .max = 80, .doc = "."},
    {MAYBE_INT(struct thing, size), .uses = READ | CREATE, .max = 1000, .doc = "."},
    {DECIMAL(struct thing, price), .uses = READ | CREATE | REQUIRE, .digits = 10, .scale = 2,
     .doc = "."},
    {BOOL(struct thing, is_active), .uses = READ, .doc = "."},
    {TIME(struct thing, created_at), .uses = READ, .doc = "."},
    {JSON(struct thing, tags), .uses = READ, .doc = "."},
    {JSON(struct thing, computed), .uses = READ, .expression = "SELECT '[]'", .doc = "."},
};

static const struct model things = {
    .name = "Thing", .plural = "things", .table = "things", COLUMNS(columns), .search = "found"};

#define TABLE                                                                                      \
    "CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, name varchar(80) NOT NULL, "     \
    "size int, price numeric(10,2) NOT NULL, is_active bool NOT NULL DEFAULT true, "               \
    "created_at timestamptz NOT NULL DEFAULT now(), tags jsonb NOT NULL DEFAULT '[]', "            \
    "found text);"

/* What is found after a change of the fitting table: "field code", or "" for nothing. */
static void check_change(struct test_database *database, const char *change, const char *field,
                         const char *code)
{
    struct scope *scope = &database->scope;
    struct catalog catalog;

    test_database_renew(database);
    assert_true(db_begin(scope));
    assert_true(db_script(scope, "table", TABLE));
    if (!db_script(scope, "change", change))
        unit_fail("%s: %s", change, scope->error.detail);
    assert_true(catalog_read(scope, &catalog));
    bool same = drift_check(scope, &things, &catalog);
    const struct field_error *found = scope->error.fields;

    db_rollback(scope);
    if (same != !*field || (found && found->next))
        unit_fail("%s: found %s%s", change, found ? found->message : "nothing",
                  found && found->next ? " and more" : "");
    if (found) {
        assert_string_equal(found->field, field);
        assert_string_equal(found->code, code);
    }
}

static void test_fits(void **state)
{
    static const char *const changes[] = {
        "SELECT 1",
        "ALTER TABLE things ALTER name TYPE text",
        "ALTER TABLE things ALTER name TYPE varchar(200)",
        "ALTER TABLE things ALTER size TYPE bigint",
        "ALTER TABLE things ALTER size TYPE smallint",
        "ALTER TABLE things ALTER tags DROP DEFAULT, ALTER tags TYPE json, ALTER tags SET DEFAULT "
        "'[]'",
        "ALTER TABLE things ADD COLUMN other text",
        "ALTER TABLE things ADD COLUMN other text NOT NULL DEFAULT ''",
        "ALTER TABLE things ADD COLUMN other text NOT NULL GENERATED ALWAYS AS (name) STORED",
    };

    for (size_t i = 0; i < COUNT(changes); i++)
        check_change(*state, changes[i], "", "");
}

struct drift_case {
    const char *change;
    const char *field;
    const char *code;
};

static void test_differs(void **state)
{
    static const struct drift_case cases[] = {
        {"ALTER TABLE things RENAME TO others", "things", "missing"},
        {"ALTER TABLE things DROP COLUMN created_at", "things.created_at", "missing"},
        {"ALTER TABLE things DROP COLUMN found", "things.found", "missing"},
        {"ALTER TABLE things ALTER name TYPE varchar(79)", "things.name", "type"},
        {"ALTER TABLE things ALTER price TYPE numeric(10,3)", "things.price", "type"},
        {"ALTER TABLE things ALTER price TYPE float8", "things.price", "type"},
        {"ALTER TABLE things ALTER size TYPE text", "things.size", "type"},
        {"ALTER TABLE things ALTER name TYPE char(80)", "things.name", "type"},
        {"ALTER TABLE things ALTER created_at TYPE timestamp", "things.created_at", "type"},
        {"ALTER TABLE things ALTER is_active DROP DEFAULT, ALTER is_active TYPE int USING 1, ALTER "
         "is_active SET DEFAULT 1",
         "things.is_active", "type"},
        {"ALTER TABLE things ALTER tags DROP DEFAULT, ALTER tags TYPE text, ALTER tags SET DEFAULT "
         "''",
         "things.tags", "type"},
        {"ALTER TABLE things ALTER size SET DEFAULT 1, ALTER size SET NOT NULL", "things.size",
         "null"},
        {"ALTER TABLE things ALTER name DROP NOT NULL", "things.name", "null"},
        {"ALTER TABLE things ADD COLUMN other text NOT NULL", "things.other", "unfilled"},
        {"ALTER TABLE things ALTER is_active DROP DEFAULT", "things.is_active", "unfilled"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_change(*state, cases[i].change, cases[i].field, cases[i].code);
}

/* What clients send must not overflow the database's type: it would not name the field. */
static void test_range(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct catalog catalog;
    struct column wide = columns[2];
    struct model model = {.name = "Thing", .table = "things", .columns = &wide, .column_count = 1};

    assert_true(db_script(scope, "table", TABLE));
    assert_true(catalog_read(scope, &catalog));
    wide.uses = READ | UPDATE;
    assert_true(drift_check(scope, &model, &catalog));
    wide.max = INT64_C(2147483648);
    assert_false(drift_check(scope, &model, &catalog));
    assert_string_equal(scope->error.fields->code, "range");
    scope_clear_error(scope);
    wide.max = 0;
    assert_false(drift_check(scope, &model, &catalog));
    scope_clear_error(scope);
    wide.uses = READ;
    assert_true(drift_check(scope, &model, &catalog));
}

#define WITH_DATABASE(test)                                                                        \
    .test_func = (test), .setup_func = test_database_make, .teardown_func = test_database_drop

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "tables that hold all that the column table lets through fit",
         WITH_DATABASE(test_fits)},
        {.name = "each difference is found, named by its column, and nothing else",
         WITH_DATABASE(test_differs)},
        {.name = "bounds wider than the database's integer are a difference",
         WITH_DATABASE(test_range)},
    };

    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
