/* buffer_test.c - tests of core/buffer */
#include "keel/core/buffer.h"

#include "support/faults.h"
#include "support/unit.h"

#include <string.h>

struct fixture {
    struct arena arena;
    struct buffer buffer;
};

static int begin(void **state)
{
    static struct fixture fixture;

    arena_init(&fixture.arena);
    buffer_init(&fixture.buffer, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    arena_free(&fixture->arena);
    return 0;
}

static void test_empty_at_first(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(fixture->buffer.length, 0);
    assert_false(fixture->buffer.failed);
}

static void test_appends(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    buffer_add(buffer, "abcdef", 2);
    buffer_add_text(buffer, "-cd");
    buffer_add_char(buffer, '!');
    buffer_add_format(buffer, "%03d", 7);
    buffer_add(buffer, NULL, 0);
    assert_string_equal(buffer->data, "ab-cd!007");
    assert_int_equal(buffer->length, 9);
}

static void test_integers(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-1, "-1"},
        {10, "10"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer_clear(buffer);
        buffer_add_int(buffer, cases[i].value);
        assert_string_equal(buffer->data, cases[i].text);
    }
}

static void test_many_appends(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    for (int i = 0; i < 100000; i++)
        buffer_add_char(buffer, (char)('a' + i % 26));
    assert_false(buffer->failed);
    assert_int_equal(buffer->length, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buffer->data[i], 'a' + i % 26);
    assert_int_equal(buffer->data[100000], '\0');
}

static void test_cut_and_clear(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    buffer_cut(buffer, 0);
    buffer_add_text(buffer, "a,b,");
    buffer_cut(buffer, 3);
    assert_string_equal(buffer->data, "a,b");
    char *data = buffer->data;

    buffer_clear(buffer);
    assert_string_equal(buffer->data, "");
    buffer_add_text(buffer, "c");
    assert_ptr_equal(buffer->data, data);
}

static void test_reserve(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    assert_true(buffer_reserve(buffer, 5000));
    memset(buffer->data, 'x', 5000);
    buffer->length += 5000;
    buffer_add_char(buffer, 'y');
    assert_int_equal(buffer->length, 5001);
    assert_int_equal(buffer->data[5000], 'y');
}

static void test_absurd_reserve(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    buffer_add_text(buffer, "kept");
    assert_false(buffer_reserve(buffer, SIZE_MAX));
    assert_true(buffer->failed);
    buffer_clear(buffer);
    assert_false(buffer_reserve(buffer, SIZE_MAX - 16));
}

static void test_failure_sticks(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    buffer_add_text(buffer, "before");
    buffer->failed = true;
    buffer_add_text(buffer, " after");
    buffer_add_int(buffer, 1);
    buffer_add_format(buffer, "%d", 1);
    assert_string_equal(buffer->data, "before");
    buffer_clear(buffer);
    buffer_add_text(buffer, "again");
    assert_string_equal(buffer->data, "again");
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct arena arena;
        struct buffer buffer;

        arena_init(&arena);
        buffer_init(&buffer, &arena);
        buffer_add_text(&buffer, "one");
        for (int i = 0; i < 1000; i++)
            buffer_add_format(&buffer, "%64d", i);
        faults_stop();
        assert_int_equal(buffer.failed, faults_hit());
        if (!buffer.failed)
            assert_int_equal(buffer.length, 3 + 64 * 1000);
        arena_free(&arena);
    }
    assert_true(faults_count() > 0);
}

static void test_formats_of_any_length(void **state)
{
    struct buffer *buffer = &((struct fixture *)*state)->buffer;

    for (int length = 0; length < 600; length++) {
        buffer_init(buffer, buffer->arena);
        buffer_add_char(buffer, '<');
        buffer_add_format(buffer, "%*s", length, "");
        buffer_add_char(buffer, '>');
        assert_int_equal(buffer->length, length + 2);
        assert_int_equal(strlen(buffer->data), length + 2);
        assert_int_equal(buffer->data[length + 1], '>');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a new buffer is empty", test_empty_at_first),
        FIXTURE_TEST("what is appended stands in order, with a NUL behind it", test_appends),
        FIXTURE_TEST("integers are written from the smallest to the largest", test_integers),
        FIXTURE_TEST("what is formatted fits, however long it is", test_formats_of_any_length),
        FIXTURE_TEST("a hundred thousand small appends keep every byte", test_many_appends),
        FIXTURE_TEST("cutting and clearing keep the memory", test_cut_and_clear),
        FIXTURE_TEST("reserved room can be written to by the caller", test_reserve),
        FIXTURE_TEST("an absurd reservation fails, it does not wrap", test_absurd_reserve),
        FIXTURE_TEST("after a failure nothing more is appended until it is cleared",
                     test_failure_sticks),
        {.name = "any allocation that fails is remembered", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
