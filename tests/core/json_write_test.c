/* json_write_test.c - tests of core/json_write */
#include "keel/core/json.h"

#include "support/faults.h"
#include "support/unit.h"

#include <json-c/json.h>
#include <string.h>

struct fixture {
    struct scope scope;
    struct buffer buffer;
};

static int begin(void **state)
{
    static struct fixture fixture;

    scope_begin(&fixture.scope, NULL, NULL, NULL);
    buffer_init(&fixture.buffer, &fixture.scope.arena);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    scope_end(&fixture->scope);
    return 0;
}

static void test_escapes(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"a/b", "\"a/b\""},
        {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
        {"\v\x01\x1F\x7F", "\"\\u000b\\u0001\\u001f\x7F\""},
        {"\xC3\xA9 \xF0\x9F\x98\x80", "\"\xC3\xA9 \xF0\x9F\x98\x80\""},
    };
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer_clear(buffer);
        json_add_text(buffer, cases[i].text);
        assert_string_equal(buffer->data, cases[i].json);
    }
}

static void test_null_text(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    json_add_text(buffer, NULL);
    assert_string_equal(buffer->data, "null");
}

static void test_length_counts(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    json_add_string(buffer, "a\0b", 3);
    json_add_string(buffer, "abc", 1);
    assert_string_equal(buffer->data, "\"a\\u0000b\"\"a\"");
}

static void test_key(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    json_add_key(buffer, "name");
    json_add_text(buffer, "x");
    assert_string_equal(buffer->data, "\"name\":\"x\"");
}

static void test_read_back(void **state)
{
    struct fixture *fixture = *state;
    struct json_object *value;
    char text[128];

    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = (char)(i + 1);
    text[sizeof text - 1] = '\0';
    json_add_text(&fixture->buffer, text);
    assert_true(json_parse(&fixture->scope, fixture->buffer.data, fixture->buffer.length, &value));
    assert_string_equal(json_object_get_string(value), text);
}

static void test_no_memory(void **state)
{
    char text[2000];

    (void)state;
    memset(text, '\n', sizeof text);
    faults_begin();
    while (faults_next()) {
        struct arena arena;
        struct buffer buffer;

        arena_init(&arena);
        buffer_init(&buffer, &arena);
        json_add_string(&buffer, text, sizeof text);
        faults_stop();
        assert_int_equal(buffer.failed, faults_hit());
        if (!buffer.failed)
            assert_int_equal(buffer.length, 2 * sizeof text + 2);
        arena_free(&arena);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("quotes, backslashes and control characters are escaped, nothing else",
                     test_escapes),
        FIXTURE_TEST("no text is null", test_null_text),
        FIXTURE_TEST("the length decides where a string ends", test_length_counts),
        FIXTURE_TEST("a key is written with its colon", test_key),
        FIXTURE_TEST("every ASCII character is read back as it was", test_read_back),
        {.name = "writing without memory is remembered by the buffer", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
