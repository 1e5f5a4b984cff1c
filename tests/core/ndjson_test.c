/* ndjson_test.c - tests of core/ndjson: lines of JSON, and arrays that are written in lines */
#include "keel/core/ndjson.h"

#include "../support/faults.h"
#include "../support/pieces.h"
#include "../support/unit.h"

#include <stdio.h>
#include <string.h>

/* "1:{};3!too_long;": each line with its number. */
static void expect_limited(const char *text, size_t line_max, const char *expected)
{
    size_t length = strlen(text);

    for (size_t size = 1; size <= length + 1; size++) {
        struct scope scope;
        struct ndjson_reader reader;
        struct ndjson_line line;
        enum stream_outcome outcome;
        struct buffer out;

        scope_begin(&scope, NULL, NULL, NULL);
        struct pieces pieces = {.scope = &scope, .text = text, .length = length, .size = size};

        buffer_init(&out, &scope.arena);
        buffer_add_text(&out, "");
        ndjson_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1, false);
        reader.line_max = line_max;
        while ((outcome = ndjson_read(&reader, &line)) != STREAM_END) {
            assert_int_not_equal(outcome, STREAM_FAILED);
            buffer_add_format(&out, "%d%c", (int)line.line, outcome == STREAM_BAD ? '!' : ':');
            if (outcome == STREAM_BAD)
                buffer_add_format(&out, "%s@%d", line.fault.code, (int)line.fault.line);
            else
                buffer_add(&out, line.text, line.length);
            buffer_add_char(&out, ';');
        }
        assert_string_equal(out.data, expected);
        scope_end(&scope);
    }
}

static void expect(const char *text, const char *expected)
{
    expect_limited(text, NDJSON_LINE_MAX, expected);
}

static void test_lines(void **state)
{
    (void)state;
    expect("", "");
    expect("{\"a\":1}\n{\"a\":2}\n", "1:{\"a\":1};2:{\"a\":2};");
    expect("{}\r\n\n  \n{} ", "1:{};4:{};");
    expect("\xEF\xBB\xBF{}\n", "1:{};");
    expect("nonsense\n[1,2]\n", "1:nonsense;2:[1,2];");
}

static void test_array(void **state)
{
    (void)state;
    expect("[\n{\"a\":1},\n{\"a\":2}\n]\n", "2:{\"a\":1};3:{\"a\":2};");
    expect("[\n]\n", "");
    expect(" [ \r\n {} , \r\n {}\r\n ] \r\n", "2:{};3:{};");
    /* Only the first line makes an array. */
    expect("{}\n[\n{},\n]\n", "1:{};2:[;3:{},;4:];");
}

static void test_limit(void **state)
{
    (void)state;
    expect_limited("{}\n{\"a\":\"0123456789\"}\n{}\n", 8, "1:{};2!too_long@2;3:{};");
    expect_limited("{}\n{\"a\":\"0123456789\"}", 8, "1:{};2!too_long@2;");
}

static void test_resume(void **state)
{
    static const char text[] = "[\n{\"a\":1},\n{\"a\":2},\n{\"a\":3}\n]\n";
    struct scope scope;
    struct ndjson_reader reader, again;
    struct ndjson_line line, same;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    struct pieces pieces = {.scope = &scope, .text = text, .length = strlen(text), .size = 4};

    ndjson_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1, false);
    while (ndjson_read(&reader, &line) == STREAM_RECORD) {
        struct pieces rest = {.scope = &scope,
                              .text = text + line.offset,
                              .length = strlen(text) - (size_t)line.offset};

        ndjson_reader_begin(&again, &scope, pieces_source(&rest), line.offset, line.line, true);
        assert_int_equal(ndjson_read(&again, &same), STREAM_RECORD);
        assert_int_equal(same.line, line.line);
        assert_int_equal(same.length, line.length);
        assert_memory_equal(same.text, line.text, line.length);
    }
    assert_int_equal(line.line, 6);
    scope_end(&scope);
}

static void test_faults(void **state)
{
    static const char text[] = "{}\n{";
    struct scope scope;
    struct ndjson_reader reader;
    struct ndjson_line line;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    struct pieces pieces = {.scope = &scope, .text = text, .length = strlen(text), .breaks = true};

    ndjson_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1, false);
    assert_int_equal(ndjson_read(&reader, &line), STREAM_RECORD);
    assert_int_equal(ndjson_read(&reader, &line), STREAM_FAILED);
    scope_end(&scope);
    faults_begin();
    while (faults_next()) {
        scope_begin(&scope, NULL, NULL, NULL);
        pieces = (struct pieces){.scope = &scope, .text = text, .length = strlen(text)};
        ndjson_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1, false);
        bool ok = ndjson_read(&reader, &line) == STREAM_RECORD;

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"each line that is not blank is given with its number", test_lines, NULL, NULL, NULL},
        {"an array is read where each element has a line", test_array, NULL, NULL, NULL},
        {"a line that is too long costs only itself", test_limit, NULL, NULL, NULL},
        {"reading goes on from any line's offset", test_resume, NULL, NULL, NULL},
        {"a broken source and lack of memory are no end", test_faults, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/ndjson", tests, NULL, NULL);
}
