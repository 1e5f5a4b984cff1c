/* bulk_decode_test.c - tests of model/bulk_decode: which operations a body may hold */
#include "keel/model/bulk.h"

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

static bool decode(struct scope *scope, const char *text, struct bulk *bulk)
{
    struct json_object *body;

    if (!json_parse(scope, text, strlen(text), &body))
        return false;
    return bulk_decode(scope, &things_model, body, bulk);
}

/* `count` times `operation`, which may hold a %zu for its index. */
static const char *repeat(struct scope *scope, const char *operation, size_t count)
{
    const char *place = strstr(operation, "%zu");
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "{\"operations\":[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            buffer_add_char(&text, ',');
        buffer_add(&text, operation, place ? (size_t)(place - operation) : strlen(operation));
        if (place)
            buffer_add_format(&text, "%zu%s", i, place + 3);
    }
    buffer_add_text(&text, "]}");
    return text.data;
}

static void test_operations(void **state)
{
    struct bulk bulk;

    assert_true(decode(*state,
                       "{\"operations\":[{\"op\":\"update\",\"id\":9,\"data\":{\"note\":null}},"
                       "{\"data\":{\"name\":\"Kettle\",\"price\":19.90},\"op\":\"create\"},"
                       "{\"op\":\"delete\",\"id\":9223372036854775807},"
                       "{\"op\":\"update\",\"id\":8,\"data\":{}}]}",
                       &bulk));
    const struct bulk_operation *operations = bulk.operations;

    assert_ptr_equal(bulk.model, &things_model);
    assert_int_equal(bulk.count, 4);
    for (size_t i = 0; i < bulk.count; i++)
        assert_int_equal(operations[i].index, i);
    assert_int_equal(operations[0].kind, BULK_UPDATE);
    assert_int_equal(operations[0].id, 9);
    assert_int_equal(operations[0].columns, 1 << 2);
    assert_int_equal(input_find(&operations[0].input, "note").state, VALUE_NULL);
    assert_int_equal(operations[1].kind, BULK_CREATE);
    assert_int_equal(operations[1].id, 0);
    assert_int_equal(operations[1].columns, 1 << 1 | 1 << 3);
    assert_string_equal(input_find(&operations[1].input, "price").text, "19.90");
    assert_int_equal(operations[2].kind, BULK_DELETE);
    assert_int_equal(operations[2].id, INT64_MAX);
    assert_int_equal(operations[2].columns, 0);
    assert_int_equal(operations[3].columns, 0);
}

/* One wrong thing each, among operations that are right. */
static const struct {
    const char *operations, *field, *code;
} wrong[] = {
    {"[]", "operations", "too_few"},
    {"{}", "operations", "not_an_array"},
    {"null", "operations", "not_an_array"},
    {"[null]", "operations[0]", "not_an_object"},
    {"[{\"op\":\"delete\",\"id\":1},[]]", "operations[1]", "not_an_object"},
    {"[{\"id\":1}]", "operations[0].op", "required"},
    {"[{\"op\":\"\",\"id\":1}]", "operations[0].op", "not_allowed"},
    {"[{\"op\":\"Delete\",\"id\":1}]", "operations[0].op", "not_allowed"},
    {"[{\"op\":null,\"id\":1}]", "operations[0].op", "not_allowed"},
    {"[{\"op\":[\"delete\"],\"id\":1}]", "operations[0].op", "not_allowed"},
    {"[{\"op\":\"delete\",\"id\":1,\"if\":1}]", "operations[0].if", "unknown_field"},
    {"[{\"op\":\"delete\"}]", "operations[0].id", "required"},
    {"[{\"op\":\"delete\",\"id\":0}]", "operations[0].id", "not_an_id"},
    {"[{\"op\":\"delete\",\"id\":-1}]", "operations[0].id", "not_an_id"},
    {"[{\"op\":\"delete\",\"id\":\"1\"}]", "operations[0].id", "not_an_id"},
    {"[{\"op\":\"delete\",\"id\":1.0}]", "operations[0].id", "not_an_id"},
    {"[{\"op\":\"delete\",\"id\":null}]", "operations[0].id", "not_an_id"},
    {"[{\"op\":\"delete\",\"id\":1,\"data\":{}}]", "operations[0].data", "not_allowed"},
    {"[{\"op\":\"delete\",\"id\":1,\"data\":null}]", "operations[0].data", "not_allowed"},
    {"[{\"op\":\"update\",\"data\":{}}]", "operations[0].id", "required"},
    {"[{\"op\":\"update\",\"id\":1}]", "operations[0].data", "required"},
    {"[{\"op\":\"update\",\"id\":1,\"data\":[]}]", "operations[0].data", "not_an_object"},
    {"[{\"op\":\"update\",\"id\":1,\"data\":null}]", "operations[0].data", "not_an_object"},
    {"[{\"op\":\"create\"}]", "operations[0].data", "required"},
    {"[{\"op\":\"create\",\"id\":1,\"data\":{\"name\":\"ab\",\"price\":1}}]", "operations[0].id",
     "not_allowed"},
    {"[{\"op\":\"create\",\"data\":{\"name\":\"ab\"}}]", "operations[0].data.price", "required"},
    {"[{\"op\":\"update\",\"id\":1,\"data\":{\"price\":1.234}}]", "operations[0].data.price",
     "too_precise"},
    {"[{\"op\":\"update\",\"id\":1,\"data\":{\"id\":2}}]", "operations[0].data.id", "read_only"},
    {"[{\"op\":\"update\",\"id\":1,\"data\":{\"name\":null}}]", "operations[0].data.name",
     "not_null"},
    {"[{\"op\":\"update\",\"id\":1,\"data\":{\"secret\":\"12345\"}}]", "operations[0].data.secret",
     "read_only"},
    {"[{\"op\":\"delete\",\"id\":7},{\"op\":\"delete\",\"id\":8},{\"op\":\"update\",\"id\":7,"
     "\"data\":{}}]",
     "operations[2].id", "duplicate"},
};

static void test_wrong(void **state)
{
    struct scope *scope = *state;
    struct bulk bulk;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *body = scope_format(scope, "{\"operations\":%s}", wrong[i].operations);

        assert_false(decode(scope, body, &bulk));
        assert_int_equal(scope->error.kind, ERR_VALIDATION);
        const struct field_error *error = scope->error.fields;

        if (strcmp(error->field, wrong[i].field) != 0 || strcmp(error->code, wrong[i].code) != 0)
            unit_fail("%s: %s %s\n", body, error->field, error->code);
        assert_null(error->next);
        assert_null(scope->within);
        scope_clear_error(scope);
    }
}

static void test_wrong_bodies(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"[]", "body", "not_an_object"},
        {"null", "body", "not_an_object"},
        {"{}", "operations", "required"},
        {"{\"operation\":[{}]}", "operation", "unknown_field"},
    };
    struct scope *scope = *state;
    struct bulk bulk;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(decode(scope, cases[i].body, &bulk));
        assert_string_equal(scope->error.fields->field, cases[i].field);
        assert_string_equal(scope->error.fields->code, cases[i].code);
        scope_clear_error(scope);
    }
}

static void test_all_at_once(void **state)
{
    struct scope *scope = *state;
    struct bulk bulk;
    const struct field_error *error;

    assert_false(decode(scope,
                        "{\"operations\":[{\"op\":\"delete\",\"id\":7},{\"op\":\"move\"},"
                        "{\"op\":\"create\",\"id\":3,\"data\":{\"price\":\"x\"}},"
                        "{\"op\":\"delete\",\"id\":7}]}",
                        &bulk));
    error = scope->error.fields;
    assert_string_equal(error->field, "operations[1].op");
    assert_string_equal(error->message, "In operations[1]: op must be create, update or delete");
    error = error->next;
    assert_string_equal(error->field, "operations[2].id");
    error = error->next;
    assert_string_equal(error->field, "operations[2].data.price");
    assert_string_equal(error->message, "In operations[2].data: price must be a number");
    error = error->next;
    assert_string_equal(error->field, "operations[2].data.name");
    error = error->next;
    assert_string_equal(error->field, "operations[3].id");
    assert_null(error->next);
}

static void test_number(void **state)
{
    static const char operation[] = "{\"op\":\"delete\",\"id\":1%zu}";
    struct scope *scope = *state;
    struct bulk bulk;

    assert_true(decode(scope, repeat(scope, operation, BULK_MAX), &bulk));
    assert_int_equal(bulk.count, BULK_MAX);
    assert_false(decode(scope, repeat(scope, operation, BULK_MAX + 1), &bulk));
    assert_string_equal(scope->error.fields->field, "operations");
    assert_string_equal(scope->error.fields->code, "too_many");
    assert_null(scope->error.fields->next);
}

static void test_many_errors(void **state)
{
    struct scope *scope = *state;
    struct bulk bulk;

    assert_false(decode(scope, repeat(scope, "{\"op\":\"delete\",\"id\":-%zu}", BULK_MAX), &bulk));
    assert_int_equal(scope->error.field_count, FIELD_ERROR_MAX);
    assert_string_equal(scope->error.last_field->field, "operations[99].id");
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct bulk bulk;

        scope_begin(&scope, NULL, NULL, NULL);
        bool ok =
            decode(&scope,
                   "{\"operations\":[{\"op\":\"delete\",\"id\":7},{\"op\":\"update\",\"id\":8,"
                   "\"data\":{\"amount\":5}}]}",
                   &bulk);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_NONE);
        assert_null(scope.within);
        scope_end(&scope);
    }
    assert_true(faults_count() > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("each operation has what its kind is made of", test_operations),
        FIXTURE_TEST("what is wrong is named by its operation", test_wrong),
        FIXTURE_TEST("the body holds operations and nothing else", test_wrong_bodies),
        FIXTURE_TEST("all wrong fields are told at once", test_all_at_once),
        FIXTURE_TEST("a thousand operations are taken, one more is not", test_number),
        FIXTURE_TEST("of many errors the first hundred are told", test_many_errors),
        {.name = "each allocation can fail cleanly", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("model/bulk_decode", tests, NULL, NULL);
}
