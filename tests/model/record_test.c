/* record_test.c - tests of model/record: a C struct filled from a body and written as JSON */
#include "keel/model/store.h"

#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <string.h>

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, NULL, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

static void load(struct scope *scope, const char *text, struct thing *thing)
{
    struct json_object *body;
    struct input input;

    assert_true(json_parse(scope, text, strlen(text), &body));
    assert_true(input_decode(scope, &things_model, CREATE, body, &input));
    assert_true(input_load(scope, &input, thing));
}

static void test_load(void **state)
{
    struct thing thing;

    load(*state,
         "{\"name\":\"Kettle\",\"price\":19.90,\"amount\":3,\"parent_id\":9,\"is_open\":true,"
         "\"due_at\":\"1970-01-01T00:00:01Z\",\"note\":\"\"}",
         &thing);
    assert_string_equal(thing.name, "Kettle");
    assert_string_equal(thing.note, "");
    assert_string_equal(thing.price.text, "19.90");
    assert_int_equal(thing.amount, 3);
    assert_false(thing.parent_id.is_null);
    assert_int_equal(thing.parent_id.value, 9);
    assert_true(thing.is_open);
    assert_int_equal(thing.due_at.us, 1000000);
    assert_null(thing.secret);
    assert_int_equal(thing.id, 0);
}

static void test_absent_and_null(void **state)
{
    struct thing thing;

    memset(&thing, 0x55, sizeof thing);
    load(*state, "{\"name\":\"ab\",\"price\":1,\"parent_id\":null,\"note\":null}", &thing);
    assert_null(thing.note);
    assert_true(thing.parent_id.is_null);
    assert_int_equal(thing.parent_id.value, 0);
    assert_int_equal(thing.amount, 0);
    assert_false(thing.is_open);
    assert_null(thing.email);
    assert_int_equal(thing.due_at.us, 0);
    load(*state, "{\"name\":\"ab\",\"price\":1,\"due_at\":\"1970-01-01T00:00:00Z\"}", &thing);
    assert_int_not_equal(thing.due_at.us, 0);
}

static void test_failed_scope(void **state)
{
    struct scope *scope = *state;
    struct value values[1] = {{VALUE_ABSENT, NULL}};
    struct input input = {&things_model, values};
    struct thing thing;

    fail(scope, ERR_CONFLICT, "before");
    assert_false(input_load(scope, &input, &thing));
}

static const struct thing full = {
    .id = 17,
    .name = "a\"b",
    .note = "x\ny",
    .price = {"0.30"},
    .amount = -4,
    .parent_id = {false, 9},
    .is_open = true,
    .due_at = {1500000},
    .secret = "never shown",
    .email = "a@b.c",
    .tags = {"[\"x\",1]"},
    .version = 2,
};

static void test_write(void **state)
{
    struct scope *scope = *state;
    struct buffer text;

    buffer_init(&text, &scope->arena);
    model_write_record(&text, &things_model, &full);
    assert_string_equal(
        text.data,
        "{\"id\":17,\"name\":\"a\\\"b\",\"note\":\"x\\ny\",\"price\":0.30,\"amount\":-4,\"parent_"
        "id\":9,"
        "\"is_open\":true,\"due_at\":\"1970-01-01T00:00:01.500000Z\",\"email\":\"a@b.c\","
        "\"tags\":[\"x\",1],\"is_active\":false,\"version\":2,"
        "\"created_at\":\"1970-01-01T00:00:00.000000Z\"}");
    struct json_object *again;

    assert_true(json_parse(scope, text.data, text.length, &again));
}

static void test_write_nulls(void **state)
{
    struct scope *scope = *state;
    struct thing empty = {.parent_id = {true, 5}};
    struct buffer text;

    buffer_init(&text, &scope->arena);
    model_write_record(&text, &things_model, &empty);
    static const char *const parts[] = {"\"name\":null", "\"price\":null", "\"parent_id\":null",
                                        "\"tags\":null", "\"due_at\":null"};

    for (size_t i = 0; i < COUNT(parts); i++)
        assert_non_null(strstr(text.data, parts[i]));
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;

    faults_begin();
    while (faults_next()) {
        struct buffer text;

        buffer_init(&text, &scope->arena);
        model_write_record(&text, &things_model, &full);
        faults_stop();
        assert_int_equal(text.failed, faults_hit());
    }
    assert_true(faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each field of a body gets into its member", test_load),
        TEST("what is absent or null is zero, and the id that may be null is null",
             test_absent_and_null),
        TEST("a unit that has failed loads nothing", test_failed_scope),
        TEST("a struct is written exactly, without what may not be read", test_write),
        TEST("missing texts and times are null", test_write_nulls),
        TEST("lack of memory marks the buffer", test_no_memory),
    };

    return cmocka_run_group_tests_name("model/record", tests, NULL, NULL);
}
