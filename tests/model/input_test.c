/* input_test.c - tests of model/input: which fields a body may and must have */
#include "keel/model/input.h"

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

static bool decode(struct scope *scope, unsigned use, const char *text, struct input *input)
{
    struct json_object *body;

    assert_true(json_parse(scope, text, strlen(text), &body));
    return input_decode(scope, &things_model, use, body, input);
}

static const struct field_error *find_error(const struct scope *scope, const char *field)
{
    const struct field_error *error = scope->error.fields;

    while (error && strcmp(error->field, field) != 0)
        error = error->next;
    return error;
}

static void expect_error(const struct scope *scope, const char *field, const char *code)
{
    const struct field_error *error = find_error(scope, field);

    assert_int_equal(scope->error.kind, ERR_VALIDATION);
    if (!error || strcmp(error->code, code) != 0)
        unit_fail("%s: %s instead of %s\n", field, error ? error->code : "no error", code);
}

static void test_values(void **state)
{
    struct input input;

    if (!decode(
            *state, CREATE,
            "{\"name\":\"Kettle\",\"price\":19.90,\"note\":null,\"amount\":3,\"is_open\":false}",
            &input))
        unit_fail("%s\n", ((struct scope *)*state)->error.message);
    assert_string_equal(input_find(&input, "name").text, "Kettle");
    assert_string_equal(input_find(&input, "price").text, "19.90");
    assert_string_equal(input_find(&input, "amount").text, "3");
    assert_string_equal(input_find(&input, "is_open").text, "false");
    assert_int_equal(input_find(&input, "note").state, VALUE_NULL);
    assert_null(input_find(&input, "note").text);
    assert_int_equal(input_find(&input, "parent_id").state, VALUE_ABSENT);
    assert_int_equal(input_find(&input, "nothing").state, VALUE_ABSENT);
    input_set(&input, "note", "set");
    assert_string_equal(input_find(&input, "note").text, "set");
    input_set(&input, "note", NULL);
    assert_int_equal(input_find(&input, "note").state, VALUE_NULL);
}

static void test_all_at_once(void **state)
{
    struct scope *scope = *state;
    struct input input;

    assert_false(decode(scope, CREATE,
                        "{\"amount\":\"3\",\"price\":1.999,\"colour\":1,\"id\":5,\"is_open\":null}",
                        &input));
    expect_error(scope, "name", "required");
    expect_error(scope, "amount", "not_an_integer");
    expect_error(scope, "price", "too_precise");
    expect_error(scope, "colour", "unknown_field");
    expect_error(scope, "id", "read_only");
    expect_error(scope, "is_open", "not_null");
    assert_string_equal(scope->error.message, scope->error.fields->message);
}

static void test_read_only(void **state)
{
    static const char *const names[] = {"id", "version", "created_at", "is_active", "tags"};
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct input input;

        assert_false(
            decode(scope, UPDATE | PARTIAL, scope_format(scope, "{\"%s\":1}", names[i]), &input));
        expect_error(scope, names[i], "read_only");
        scope_clear_error(scope);
    }
}

/* `secret` can be set when a thing is made, and not be changed. */
static void test_uses(void **state)
{
    struct scope *scope = *state;
    struct input input;

    assert_true(
        decode(scope, CREATE, "{\"name\":\"ab\",\"price\":1,\"secret\":\"12345\"}", &input));
    assert_false(decode(scope, UPDATE | PARTIAL, "{\"secret\":\"12345\"}", &input));
    expect_error(scope, "secret", "read_only");
}

static void test_partial(void **state)
{
    struct scope *scope = *state;
    struct input input;

    assert_true(decode(scope, UPDATE | PARTIAL, "{}", &input));
    for (size_t i = 0; i < things_model.column_count; i++)
        assert_int_equal(input.values[i].state, VALUE_ABSENT);
    assert_false(decode(scope, UPDATE | PARTIAL, "{\"name\":null}", &input));
    expect_error(scope, "name", "not_null");
    scope_clear_error(scope);
    assert_false(decode(scope, UPDATE, "{}", &input));
    expect_error(scope, "name", "required");
    expect_error(scope, "price", "required");
    assert_null(find_error(scope, "amount"));
}

static void test_no_object(void **state)
{
    static const char *const bodies[] = {"[]",       "null", "1",
                                         "\"name\"", "true", "[{\"name\":\"ab\"}]"};
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct input input;

        assert_false(decode(scope, CREATE, bodies[i], &input));
        assert_int_equal(scope->error.kind, ERR_VALIDATION);
        scope_clear_error(scope);
    }
}

/* A name in the body becomes part of a message; it must not be taken for a format. */
static void test_strange_names(void **state)
{
    struct scope *scope = *state;
    struct input input;

    assert_false(decode(scope, UPDATE | PARTIAL, "{\"%s%n\":1,\"\":2,\"a\\nb\":3}", &input));
    expect_error(scope, "%s%n", "unknown_field");
    expect_error(scope, "", "unknown_field");
    expect_error(scope, "a\nb", "unknown_field");
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;
    struct json_object *body;
    const char *text = "{\"name\":\"ab\",\"price\":1.5,\"amount\":3,\"colour\":1}";
    unsigned rounds = 0;

    assert_true(json_parse(scope, text, strlen(text), &body));
    faults_begin();
    while (faults_next()) {
        struct input input;

        assert_false(input_decode(scope, &things_model, CREATE, body, &input));
        faults_stop();
        assert_true(scope->error.kind == ERR_VALIDATION || faults_hit());
        if (faults_hit())
            rounds++;
        assert_true(scope->error.kind == ERR_VALIDATION || scope->error.kind == ERR_UNAVAILABLE);
        scope_clear_error(scope);
    }
    assert_int_equal(rounds, faults_count());
    assert_true(rounds > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each field becomes what PostgreSQL takes", test_values),
        TEST("all wrong fields are reported at once", test_all_at_once),
        TEST("what the server sets cannot be sent", test_read_only),
        TEST("a field may be part of one body and not of another", test_uses),
        TEST("absent is left alone in part and required in whole", test_partial),
        TEST("a body is an object", test_no_object),
        TEST("strange names are reported as they are", test_strange_names),
        TEST("lack of memory never lets a body pass", test_no_memory),
    };

    return cmocka_run_group_tests_name("model/input", tests, NULL, NULL);
}
