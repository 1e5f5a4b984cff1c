/* row_test.c - tests of model/row: PostgreSQL's rows as JSON and as C structs */
#include "keel/model/store.h"

#include "../support/asking.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <string.h>

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    return 0;
}

static bool load(struct scope *scope, const struct rows *rows, struct thing *thing)
{
    struct selection selection;

    selection_all(&things_model, &selection);
    return selection_load(scope, &selection, rows, 0, thing);
}

/* One thing, read as store_get() reads it. */
static void read_thing(struct scope *scope, const char *insert, struct rows *rows)
{
    struct selection selection;
    struct buffer text;

    asking_text(scope, insert);
    selection_all(&things_model, &selection);
    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "SELECT ");
    selection_add_columns(&text, &selection);
    buffer_add_text(&text, " FROM things");
    assert_true(asking_query(scope, text.data, NO_PARAMS, rows));
    assert_int_equal(rows->count, 1);
}

#define FULL                                                                                       \
    "INSERT INTO things (name, note, price, amount, parent_id, due_at, secret, email, "            \
    "created_at) "                                                                                 \
    "VALUES ('a\"b', E'x\\ny', 0.30, -4, 1, '2026-01-12 10:00:00.25Z', 'hidden', 'a@b.c', "        \
    "'2026-01-12 12:00:00+02')"
#define BARE                                                                                       \
    "INSERT INTO things (name, price, created_at) VALUES ('ab', 9999.99, '1999-12-31 23:59:59Z')"

static void test_full(void **state)
{
    struct test_database *database = *state;
    struct rows rows;
    struct buffer text;

    read_thing(&database->scope, FULL, &rows);
    buffer_init(&text, &database->scope.arena);
    model_write_row(&text, &things_model, &rows, 0);
    assert_string_equal(
        text.data, "{\"id\":1,\"name\":\"a\\\"b\",\"note\":\"x\\ny\",\"price\":0.30,\"amount\":-4,"
                   "\"parent_id\":1,"
                   "\"is_open\":true,\"due_at\":\"2026-01-12T10:00:00.25Z\",\"email\":\"a@b.c\","
                   "\"tags\":[\"a\\\"b\", -4],\"is_active\":true,\"version\":1,"
                   "\"created_at\":\"2026-01-12T10:00:00Z\"}");
    struct json_object *again;

    assert_true(json_parse(&database->scope, text.data, text.length, &again));
}

static void test_nulls(void **state)
{
    struct test_database *database = *state;
    struct rows rows;
    struct buffer text;

    read_thing(&database->scope, BARE, &rows);
    buffer_init(&text, &database->scope.arena);
    model_write_row(&text, &things_model, &rows, 0);
    static const char *const parts[] = {"\"note\":null", "\"parent_id\":null", "\"due_at\":null",
                                        "\"email\":null", "\"price\":9999.99"};

    for (size_t i = 0; i < COUNT(parts); i++)
        assert_non_null(strstr(text.data, parts[i]));
}

static void test_load(void **state)
{
    struct test_database *database = *state;
    struct rows rows;
    struct thing thing;

    read_thing(&database->scope, FULL, &rows);
    assert_true(load(&database->scope, &rows, &thing));
    assert_int_equal(thing.id, 1);
    assert_string_equal(thing.name, "a\"b");
    assert_string_equal(thing.price.text, "0.30");
    assert_int_equal(thing.amount, -4);
    assert_false(thing.parent_id.is_null);
    assert_int_equal(thing.parent_id.value, 1);
    assert_true(thing.is_open);
    assert_true(thing.due_at.us == INT64_C(1768212000250000));
    assert_string_equal(thing.tags.text, "[\"a\\\"b\", -4]");
    assert_true(thing.created_at.us == INT64_C(1768212000000000));
}

static void test_load_nulls(void **state)
{
    struct test_database *database = *state;
    struct rows rows;
    struct thing thing;

    read_thing(&database->scope, BARE, &rows);
    assert_true(load(&database->scope, &rows, &thing));
    assert_null(thing.note);
    assert_null(thing.email);
    assert_true(thing.parent_id.is_null);
}

/* PostgreSQL knows times that no client does. */
static void test_odd_time(void **state)
{
    struct test_database *database = *state;
    struct rows rows;
    struct thing thing;

    read_thing(&database->scope,
               "INSERT INTO things (name, price, created_at) VALUES ('ab', 1, 'infinity')", &rows);
    assert_false(load(&database->scope, &rows, &thing));
    asking_failed(&database->scope, ERR_INTERNAL);
    assert_non_null(strstr(database->scope.error.detail, "created_at"));
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a row is written exactly, without what may not be read", test_full),
        TEST("NULL is null", test_nulls),
        TEST("a row gets into the struct", test_load),
        TEST("so does one with NULLs", test_load_nulls),
        TEST("a time that cannot be held is an error, not another time", test_odd_time),
    };

    return cmocka_run_group_tests_name("model/row", tests, NULL, NULL);
}
