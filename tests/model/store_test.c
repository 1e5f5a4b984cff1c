/* store_test.c - tests of model/store: one row read, added, changed, deleted, restored */
#include "keel/model/store.h"

#include "../support/asking.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    test_database_renew(database);
    return 0;
}

static struct input decode(struct scope *scope, unsigned use, const char *text)
{
    struct json_object *body;
    struct input input;

    assert_true(json_parse(scope, text, strlen(text), &body));
    if (!input_decode(scope, &things_model, use, body, &input))
        unit_fail("%s\n", scope->error.message);
    return input;
}

static bool create(struct scope *scope, const char *text, struct rows *rows)
{
    struct input input = decode(scope, CREATE, text);

    return store_create(scope, &input, rows);
}

static bool change(struct scope *scope, int64_t id, unsigned use, const char *text,
                   struct rows *rows)
{
    struct input input = decode(scope, use, text);

    return store_update(scope, id, &input, !(use & PARTIAL), rows);
}

/* The row as JSON has this in it. */
static void expect_row(struct scope *scope, const struct rows *rows, const char *part)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    model_write_row(&text, &things_model, rows, 0);
    if (!strstr(text.data, part))
        unit_fail("%s is not in %s\n", part, text.data);
}

static void test_create(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(create(
        scope, "{\"name\":\"'); --\",\"price\":19.90,\"note\":null,\"secret\":\"12345\"}", &rows));
    expect_row(scope, &rows,
               "{\"id\":1,\"name\":\"'); --\",\"note\":null,\"price\":19.90,\"amount\":7,");
    asking_expect(scope, "SELECT secret FROM things", "12345");
    assert_true(store_get(scope, &things_model, 1, &rows));
    expect_row(scope, &rows, "\"name\":\"'); --\"");
}

/* A table of which everything has a default. */
static void test_create_defaults(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct value *values = scope_alloc(scope, things_model.column_count * sizeof *values);
    struct input input = {&things_model, values};
    struct rows rows;

    asking_text(scope,
                "ALTER TABLE things ALTER name SET DEFAULT 'none', ALTER price SET DEFAULT 1");
    assert_true(store_create(scope, &input, &rows));
    expect_row(scope, &rows, "\"name\":\"none\"");
}

static void test_get_none(void **state)
{
    static const int64_t ids[] = {2, 0, -1, INT64_MAX, INT64_MIN};
    struct test_database *database = *state;
    struct rows rows;

    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_false(store_get(&database->scope, &things_model, ids[i], &rows));
        asking_failed(&database->scope, ERR_NOT_FOUND);
        assert_string_equal(database->scope.error.message, "Thing not found");
        test_database_renew(database);
    }
}

static void test_replace(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(create(
        scope, "{\"name\":\"ab\",\"price\":1,\"note\":\"old\",\"amount\":50,\"secret\":\"1234\"}",
        &rows));
    assert_true(change(scope, 1, UPDATE, "{\"name\":\"cd\",\"price\":2}", &rows));
    expect_row(scope, &rows, "\"name\":\"cd\",\"note\":null,\"price\":2.00,\"amount\":7");
    /* What the body cannot have is not reset. */
    asking_expect(scope, "SELECT secret FROM things", "1234");
}

static void test_patch(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(
        create(scope, "{\"name\":\"ab\",\"price\":1,\"note\":\"old\",\"amount\":50}", &rows));
    assert_true(change(scope, 1, UPDATE | PARTIAL, "{\"price\":2.5}", &rows));
    expect_row(scope, &rows, "\"name\":\"ab\",\"note\":\"old\",\"price\":2.50,\"amount\":50");
    assert_true(change(scope, 1, UPDATE | PARTIAL, "{\"note\":null}", &rows));
    expect_row(scope, &rows, "\"note\":null");
    unsigned before = scope->queries;

    assert_true(change(scope, 1, UPDATE | PARTIAL, "{}", &rows));
    expect_row(scope, &rows, "\"name\":\"ab\"");
    assert_int_equal(scope->queries, before + 1);
    assert_false(change(scope, 2, UPDATE | PARTIAL, "{}", &rows));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_false(change(scope, 2, UPDATE | PARTIAL, "{\"price\":3}", &rows));
    asking_failed(scope, ERR_NOT_FOUND);
}

static void test_delete(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(create(scope, "{\"name\":\"ab\",\"price\":1}", &rows));
    assert_false(store_restore(scope, &things_model, 1, &rows));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_true(store_delete(scope, &things_model, 1));
    asking_expect(scope, "SELECT count(*) FROM things", "1");
    assert_false(store_delete(scope, &things_model, 1));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_false(store_get(scope, &things_model, 1, &rows));
    scope_clear_error(scope);
    assert_false(change(scope, 1, UPDATE | PARTIAL, "{\"price\":3}", &rows));
    asking_failed(scope, ERR_NOT_FOUND);
    scope_clear_error(scope);
    assert_true(store_restore(scope, &things_model, 1, &rows));
    expect_row(scope, &rows, "\"is_active\":true");
    assert_true(store_get(scope, &things_model, 1, &rows));
}

/* Without soft delete the row itself goes. */
static void test_delete_hard(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct model hard = things_model;
    struct rows rows;

    hard.soft_delete = false;
    assert_true(create(scope, "{\"name\":\"ab\",\"price\":1}", &rows));
    assert_true(create(scope, "{\"name\":\"cd\",\"price\":1,\"parent_id\":1}", &rows));
    assert_false(store_delete(scope, &hard, 1));
    asking_failed(scope, ERR_CONFLICT);
    assert_string_equal(scope->error.message, "Thing is used by one of the things");
    scope_clear_error(scope);
    assert_true(store_delete(scope, &hard, 2));
    asking_expect(scope, "SELECT count(*) FROM things", "1");
    assert_false(store_delete(scope, &hard, 2));
    asking_failed(scope, ERR_NOT_FOUND);
}

static const char users_of_things[] =
    "CREATE TABLE tag_lists (thing_id bigint CONSTRAINT tag_lists_thing_id_fkey REFERENCES things);"
    "CREATE TABLE \"Odd\" (\"a b\" bigint REFERENCES things, is_active boolean NOT NULL);"
    "CREATE TABLE quiet (thing_id bigint REFERENCES things ON DELETE CASCADE);"
    "INSERT INTO quiet VALUES (1)";

/* The message of a refused deletion of thing 1, after this statement. */
static void expect_use(struct test_database *database, const struct model *model,
                       const char *statement, const char *message)
{
    struct scope *scope = &database->scope;

    asking_text(scope, statement);
    assert_true(db_begin(scope));
    assert_false(store_delete(scope, model, 1));
    asking_failed(scope, ERR_CONFLICT);
    assert_string_equal(scope->error.message, message);
    assert_non_null(strstr(scope->error.detail, "23503"));
    scope_clear_error(scope);
    /* What the transaction did before is still there. */
    asking_expect(scope, "SELECT count(*) FROM quiet", "1");
    assert_true(db_commit(scope));
}

static void test_users(void **state)
{
    struct test_database *database = *state;
    struct model hard = things_model;
    struct rows rows;

    hard.soft_delete = false;
    assert_true(create(&database->scope, "{\"name\":\"ab\",\"price\":1}", &rows));
    assert_true(db_script(&database->scope, "users", users_of_things));
    expect_use(database, &hard, "INSERT INTO tag_lists VALUES (1)",
               "Thing is used by one of the tag lists");
    expect_use(database, &hard, "INSERT INTO \"Odd\" VALUES (1, true), (1, false)",
               "Thing is used by 2 Odd and one of the tag lists");
    expect_use(database, &hard, "INSERT INTO tag_lists SELECT 1 FROM generate_series(1, 999)",
               "Thing is used by 2 Odd and 1000 tag lists");
    expect_use(database, &hard, "INSERT INTO tag_lists VALUES (1)",
               "Thing is used by 2 Odd and more than 1000 tag lists");
}

/* A trigger of the table's own refuses what a foreign key would, for live rows only. */
static void test_live_users(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(create(scope, "{\"name\":\"ab\",\"price\":1}", &rows));
    assert_true(db_script(scope, "users", users_of_things));
    assert_true(db_script(
        scope, "trigger",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no' USING"
        " ERRCODE = 'foreign_key_violation', CONSTRAINT = 'odd_fkey'; END$$;"
        "CREATE TRIGGER refuse BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION refuse()"));
    expect_use(database, &things_model, "INSERT INTO \"Odd\" VALUES (1, false)",
               "It is still in use and cannot be deleted");
    expect_use(database, &things_model, "INSERT INTO \"Odd\" VALUES (1, true)",
               "Thing is used by one of the Odd");
}

static const struct {
    const char *body;
    enum error_kind kind;
    const char *field; /* NULL: none */
} refusals[] = {
    {"{\"name\":\"ab\",\"price\":1}", ERR_CONFLICT, NULL},
    {"{\"name\":\"xx\",\"price\":1,\"parent_id\":99}", ERR_VALIDATION, "parent_id"},
    {"{\"name\":\"xx\",\"price\":1,\"amount\":13}", ERR_VALIDATION, "amount"},
};

static void test_refusals(void **state)
{
    struct test_database *database = *state;
    struct rows rows;

    assert_true(create(&database->scope, "{\"name\":\"ab\",\"price\":1}", &rows));
    assert_true(create(&database->scope, "{\"name\":\"cd\",\"price\":1}", &rows));
    for (size_t i = 0; i < COUNT(refusals) * 2; i++) {
        struct scope *scope = &database->scope;
        bool done = i % 2 ? create(scope, refusals[i / 2].body, &rows)
                          : change(scope, 2, UPDATE, refusals[i / 2].body, &rows);

        assert_false(done);
        asking_failed(scope, refusals[i / 2].kind);
        if (refusals[i / 2].field)
            assert_string_equal(scope->error.fields->field, refusals[i / 2].field);
        else
            assert_string_equal(scope->error.message,
                                "Another Thing with this name exists already");
        test_database_renew(database);
    }
    asking_expect(&database->scope, "SELECT count(*) FROM things", "2");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a row is added as it was sent, the rest by default", test_create),
        TEST("a row of nothing but defaults can be added", test_create_defaults),
        TEST("a row that is not there is not found", test_get_none),
        TEST("replacing gives what is absent its default", test_replace),
        TEST("changing leaves what is absent alone", test_patch),
        TEST("a deleted row counts as none until it is restored", test_delete),
        TEST("without soft delete the row goes, unless it is used", test_delete_hard),
        TEST("a refused deletion says how many of which table use the row", test_users),
        TEST("deleted rows do not count as users of a row that is deleted softly", test_live_users),
        TEST("a constraint's no names the field", test_refusals),
    };

    return cmocka_run_group_tests_name("model/store", tests, NULL, NULL);
}
