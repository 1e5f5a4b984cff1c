/* json_write_test.c - tests of core/json_write */
#include "keel/core/json.h"

#include "support/faults.h"
#include "support/unit.h"

#include <json-c/json.h>
#include <stdio.h>
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

/* As RFC 8259, section 7, has it; the short forms where there are any. */
static const char *json_escape_of(int byte)
{
    static char escape[8];
    static const char short_forms[] = "\bb\tt\nn\ff\rr\"\"\\\\";

    for (size_t i = 0; short_forms[i]; i += 2) {
        if (short_forms[i] != byte)
            continue;
        memset(escape, 0, sizeof escape);
        escape[0] = '\\';
        escape[1] = short_forms[i + 1];
        return escape;
    }
    snprintf(escape, sizeof escape, "\\u%04x", (unsigned)byte);
    return escape;
}

/* Several bytes are looked at together: each must count wherever it stands among them. */
static void test_every_byte_everywhere(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    for (int byte = 1; byte < 256; byte++) {
        for (size_t place = 0; place < 44; place++) {
            char text[] = "\xC3\xA9 forty-four bytes, two wholes and a part..";
            char escape[8] = {(char)byte};
            struct buffer expected;

            if (byte < 0x20 || byte == '"' || byte == '\\')
                memcpy(escape, json_escape_of(byte), 7);
            text[place] = (char)byte;
            buffer_init(&expected, buffer->arena);
            buffer_add_format(&expected, "\"%.*s%s%s\"", (int)place, text, escape,
                              text + place + 1);
            buffer_clear(buffer);
            json_add_text(buffer, text);
            assert_string_equal(buffer->data, expected.data);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("quotes, backslashes and control characters are escaped, nothing else",
                     test_escapes),
        FIXTURE_TEST("a byte is escaped or not wherever it stands", test_every_byte_everywhere),
        FIXTURE_TEST("no text is null", test_null_text),
        FIXTURE_TEST("the length decides where a string ends", test_length_counts),
        FIXTURE_TEST("a key is written with its colon", test_key),
        FIXTURE_TEST("every ASCII character is read back as it was", test_read_back),
        {.name = "writing without memory is remembered by the buffer", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
