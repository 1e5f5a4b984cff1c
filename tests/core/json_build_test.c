/* json_build_test.c - tests of core/json_build: members, elements, commas, lines */
#include "keel/core/json_build.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include <string.h>

struct building {
    struct arena arena;
    struct buffer out;
};

static int begin(void **state)
{
    static struct building made;

    arena_init(&made.arena);
    buffer_init(&made.out, &made.arena);
    *state = &made;
    return 0;
}

static int end(void **state)
{
    struct building *made = *state;

    arena_free(&made->arena);
    return 0;
}

static void write_all(struct buffer *out)
{
    json_open_object(out, NULL);
    json_put_text(out, "text", "a \"b\"");
    json_put_text(out, "none", NULL);
    json_open_array(out, "list");
    json_put_int(out, NULL, -3);
    json_put_bool(out, NULL, true);
    json_open_object(out, NULL);
    json_close_object(out);
    json_open_array(out, NULL);
    json_close_array(out);
    json_put_raw(out, NULL, "1.50");
    json_close_array(out);
    json_put_format(out, "made", "%s:%d", "{", 7);
    json_put_bool(out, "last", false);
    json_close_object(out);
}

static void test_commas(void **state)
{
    struct building *made = *state;

    write_all(&made->out);
    assert_string_equal(made->out.data,
                        "{\"text\":\"a \\\"b\\\"\",\"none\":null,\"list\":[-3,true,{},[],1.50],"
                        "\"made\":\"{:7\",\"last\":false}");
}

/* A text that ends as an opening does must not swallow the comma behind it. */
static void test_brackets_in_texts(void **state)
{
    struct building *made = *state;

    json_open_array(&made->out, NULL);
    json_put_text(&made->out, NULL, "[");
    json_put_text(&made->out, NULL, "{:");
    json_put_text(&made->out, NULL, "");
    json_close_array(&made->out);
    assert_string_equal(made->out.data, "[\"[\",\"{:\",\"\"]");
}

static void test_lines(void **state)
{
    static const struct {
        const char *compact, *indented;
    } cases[] = {
        {"{}", "{}"},
        {"[]", "[]"},
        {"7", "7"},
        {"\"a,{\\\"[:\"", "\"a,{\\\"[:\""},
        {"{\"a\":1,\"b\":[true,null]}", "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}"},
        {"{\"a\":{},\"b\":[]}", "{\n  \"a\": {},\n  \"b\": []\n}"},
        {"{\"\\\\\":\"\\\\\",\"c\":0.10}", "{\n  \"\\\\\": \"\\\\\",\n  \"c\": 0.10\n}"},
    };
    struct building *made = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer_clear(&made->out);
        json_add_indented(&made->out, cases[i].compact, strlen(cases[i].compact));
        assert_string_equal(made->out.data, cases[i].indented);
    }
}

/* What is cut off is no JSON, and still nothing is read behind its end. */
static void test_cut_off(void **state)
{
    static const char text[] = "{\"a\":[\"b\\";
    struct building *made = *state;

    for (size_t length = 0; length < sizeof text; length++) {
        char *copy = arena_copy(&made->arena, text, length);

        assert_non_null(copy);
        buffer_clear(&made->out);
        json_add_indented(&made->out, copy, length);
    }
    buffer_clear(&made->out);
    json_add_indented(&made->out, "]}", 2);
    assert_string_equal(made->out.data, "\n]\n}");
}

static void test_no_memory(void **state)
{
    struct building *made = *state;

    faults_begin();
    while (faults_next()) {
        arena_free(&made->arena);
        buffer_init(&made->out, &made->arena);
        write_all(&made->out);
        faults_stop();
        assert_int_equal(made->out.failed, faults_hit());
    }
    assert_true(faults_count() > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("commas stand between members and elements, and nowhere else", test_commas),
        FIXTURE_TEST("what a text ends with takes no comma away", test_brackets_in_texts),
        FIXTURE_TEST("indented JSON has a line for each member", test_lines),
        FIXTURE_TEST("text that is cut off is not read beyond its end", test_cut_off),
        FIXTURE_TEST("lack of memory shows in the buffer", test_no_memory),
    };

    return cmocka_run_group_tests_name("core/json_build", tests, NULL, NULL);
}
