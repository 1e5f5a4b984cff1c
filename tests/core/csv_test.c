/* csv_test.c - tests of core/csv: records in and out, and what is no CSV */
#include "keel/core/csv.h"

#include "../support/faults.h"
#include "../support/pieces.h"
#include "../support/unit.h"

#include <stdio.h>
#include <string.h>

/*
 * What was read, as text: "1:a|b;2:<>|;" has a NULL as <> and an empty text as nothing. What is bad
 * stands there as "3!ragged@4.0;", with the fault's line and column.
 */
static void describe(struct csv_reader *reader, struct buffer *out)
{
    struct csv_record record;
    enum stream_outcome outcome;

    buffer_add_text(out, "");
    while ((outcome = csv_read(reader, &record)) == STREAM_RECORD || outcome == STREAM_BAD) {
        buffer_add_format(out, "%d%c", (int)record.line, outcome == STREAM_BAD ? '!' : ':');
        if (outcome == STREAM_BAD) {
            assert_true(record.fault.message && *record.fault.message);
            assert_int_equal(record.count, 0);
            buffer_add_format(out, "%s@%d.%zu", record.fault.code, (int)record.fault.line,
                              record.fault.column);
        }
        for (size_t i = 0; i < record.count; i++) {
            assert_int_equal(record.cells[i].text[record.cells[i].length], '\0');
            buffer_add_format(out, "%s%s", i ? "|" : "",
                              record.cells[i].is_null ? "<>" : record.cells[i].text);
        }
        buffer_add_char(out, ';');
    }
    buffer_add_text(out, outcome == STREAM_FAILED ? "failed" : "");
    assert_false(out->failed);
}

/* Reads it in pieces of each size, with limits where they are not 0; all must come to the same. */
static void expect_bytes(const char *text, size_t length, size_t cell_max, size_t record_max,
                         const char *expected)
{
    for (size_t size = 1; size <= length + 1; size++) {
        struct scope scope;
        struct csv_reader reader;
        struct buffer out;

        scope_begin(&scope, NULL, NULL, NULL);
        struct pieces pieces = {.scope = &scope, .text = text, .length = length, .size = size};

        buffer_init(&out, &scope.arena);
        assert_true(csv_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1));
        if (cell_max)
            reader.cell_max = cell_max;
        if (record_max)
            reader.record_max = record_max;
        describe(&reader, &out);
        assert_string_equal(out.data, expected);
        assert_int_equal(scope.error.kind, ERR_NONE);
        scope_end(&scope);
    }
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), 0, 0, expected);
}

static void test_plain(void **state)
{
    (void)state;
    expect("", "");
    expect("a,b\n1,2\n", "1:a|b;2:1|2;");
    expect("a,b\n1,2", "1:a|b;2:1|2;");
    expect("a,b\r\n1,2\r\n", "1:a|b;2:1|2;");
    expect("a,b\r\n1,2\r", "1:a|b;2:1|2;");
    expect("a,b\n 1 ,2 \n", "1:a|b;2: 1 |2 ;");
    expect("name\n=SUM(A1:A9)\n+1\n-1\n@x\n", "1:name;2:=SUM(A1:A9);3:+1;4:-1;5:@x;");
    expect("a\n\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\n",
           "1:a;2:\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80;");
}

static void test_null(void **state)
{
    (void)state;
    expect("a,b\n,\"\"\n", "1:a|b;2:<>|;");
    expect("a,b\n,\n", "1:a|b;2:<>|<>;");
    expect("a,b\r\n\"\",\r\n", "1:a|b;2:|<>;");
    expect("a,b\n1,", "1:a|b;2:1|<>;");
}

static void test_quotes(void **state)
{
    (void)state;
    expect("a,b\n\"1,5\",\"say \"\"no\"\"\"\n", "1:a|b;2:1,5|say \"no\";");
    expect("a,b\n\"one\ntwo\",2\nx,y\n", "1:a|b;2:one\ntwo|2;4:x|y;");
    expect("a,b\r\n\"one\r\ntwo\",2\r\nx,y\r\n", "1:a|b;2:one\r\ntwo|2;4:x|y;");
    expect("a\n\"\"\"\"\n", "1:a;2:\";");
    expect("a\n\"x\"\r", "1:a;2:x;");
    expect("a\n\"x\"", "1:a;2:x;");
}

static void test_blank_lines(void **state)
{
    (void)state;
    expect("\n\na,b\n\r\n1,2\n\n\n", "3:a|b;5:1|2;");
    /* Where there is one column, a line with nothing in it is a row with NULL. */
    expect("a\n\n1\n", "1:a;2:<>;3:1;");
}

static void test_bom(void **state)
{
    (void)state;
    expect("\xEF\xBB\xBFid,b\n1,2\n", "1:id|b;2:1|2;");
    expect("\xEF\xBB\xBF\"id\",b\n", "1:id|b;");
    expect("\xEF\xBB\xBF", "");
    /* Anywhere else it is a character. */
    expect("a,b\n\xEF\xBB\xBF,2\n", "1:a|b;2:\xEF\xBB\xBF|2;");
}

static void test_ragged(void **state)
{
    (void)state;
    expect("a,b\n1\n1,2\n1,2,3\n", "1:a|b;2!ragged@2.0;3:1|2;4!ragged@4.0;");
    expect("a,b\n\"x\ny\",2\n1\n", "1:a|b;2:x\ny|2;4!ragged@4.0;");
}

static void test_stray(void **state)
{
    (void)state;
    expect("a,b\n5\" pipe,2\n1,2\n", "1:a|b;2!stray_quote@2.1;3:1|2;");
    expect("a,b\n1,\"x\"y\n1,2\n", "1:a|b;2!text_after_quote@2.2;3:1|2;");
    expect("a,b\n1,\"x\" \n1,2\n", "1:a|b;2!text_after_quote@2.2;3:1|2;");
    expect("a,b\n1,\"x\"\ry\n1,2\n", "1:a|b;2!text_after_quote@2.2;3:1|2;");
    expect("a,b\n1\r2,3\n1,2\n", "1:a|b;2!stray_return@2.1;3:1|2;");
    expect("a,b\n1,2\n\"x\ny,2\n1,2\n", "1:a|b;2:1|2;3!unterminated_quote@3.1;");
}

static void test_bytes(void **state)
{
    static const char with_nul[] = "a,b\n1,x\0y\n3,4\n";

    (void)state;
    expect_bytes(with_nul, sizeof with_nul - 1, 0, 0, "1:a|b;2!nul@2.2;3:3|4;");
    expect("a,b\n1,\xFFx\n3,4\n", "1:a|b;2!invalid_utf8@2.2;3:3|4;");
    expect("a,b\n\"\n\n\xC3\",2\n3,4\n", "1:a|b;2!invalid_utf8@4.1;5:3|4;");
    expect("a,b\n\"\n\",\"\n\xED\xA0\x80\"\n3,4\n", "1:a|b;2!invalid_utf8@4.2;5:3|4;");
}

static void test_limits(void **state)
{
    static const char long_cell[] = "a,b\n1,12345678\n1,1234567\n";
    static const char long_line[] = "a,b\n1,12345678901234567890\n\"1\n2\",3\n";
    static const char long_quoted[] = "a,b\n\"12345678901234567890\n\",3\n4,5\r\n";
    static const char wrong_too[] = "a,b\n\"1\"x345678901234567890\r5\",3\n4,5\n";

    (void)state;
    expect_bytes(long_cell, strlen(long_cell), 7, 0, "1:a|b;2!too_long@2.2;3:1|1234567;");
    expect_bytes(long_line, strlen(long_line), 0, 10, "1:a|b;2!too_long@2.0;3:1\n2|3;");
    expect_bytes(long_quoted, strlen(long_quoted), 0, 10, "1:a|b;2!too_long@2.0;4:4|5;");
    expect_bytes(wrong_too, strlen(wrong_too), 0, 10, "1:a|b;2!too_long@2.0;3:4|5;");
}

static void test_many_cells(void **state)
{
    char text[2 * CSV_CELLS_MAX + 8] = "";

    (void)state;
    for (size_t i = 0; i < CSV_CELLS_MAX; i++)
        memcpy(text + 2 * i, "1,", 2);
    memcpy(text + 2 * (size_t)CSV_CELLS_MAX, "\na,b\n", 6);

    struct scope scope;
    struct csv_reader reader;
    struct csv_record record;

    scope_begin(&scope, NULL, NULL, NULL);
    struct pieces pieces = {.scope = &scope, .text = text, .length = strlen(text)};

    assert_true(csv_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1));
    assert_int_equal(csv_read(&reader, &record), STREAM_BAD);
    assert_string_equal(record.fault.code, "too_many_cells");
    assert_int_equal(csv_read(&reader, &record), STREAM_RECORD);
    assert_int_equal(record.count, 2);
    scope_end(&scope);
}

/* Any record can be the one at which reading is taken up again. */
static void test_resume(void **state)
{
    static const char text[] = "\xEF\xBB\xBF"
                               "a,b\n\"x\ny\",1\r\n\n\"z\",2\n3,4";
    struct scope scope;
    struct csv_reader reader, again;
    struct csv_record record, same;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    struct pieces pieces = {.scope = &scope, .text = text, .length = strlen(text), .size = 5};

    assert_true(csv_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1));
    while (csv_read(&reader, &record) == STREAM_RECORD) {
        struct pieces rest = {.scope = &scope,
                              .text = text + record.offset,
                              .length = strlen(text) - (size_t)record.offset};

        assert_true(
            csv_reader_begin(&again, &scope, pieces_source(&rest), record.offset, record.line));
        again.columns = 2;
        assert_int_equal(csv_read(&again, &same), STREAM_RECORD);
        assert_int_equal(same.line, record.line);
        assert_int_equal(same.offset, record.offset);
        assert_string_equal(same.cells[0].text, record.cells[0].text);
    }
    assert_int_equal(record.offset, strlen(text));
    scope_end(&scope);
}

static void test_broken_source(void **state)
{
    static const char text[] = "a,b\n\"1";
    struct scope scope;
    struct csv_reader reader;
    struct csv_record record;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    struct pieces pieces = {.scope = &scope, .text = text, .length = strlen(text), .breaks = true};

    assert_true(csv_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1));
    assert_int_equal(csv_read(&reader, &record), STREAM_RECORD);
    assert_int_equal(csv_read(&reader, &record), STREAM_FAILED);
    assert_string_equal(scope.error.message, "the source broke");
    scope_end(&scope);
}

/* A line without end must not be held, whatever it says. */
static void test_memory(void **state)
{
    static char text[65536];
    struct scope scope;
    struct csv_reader reader;
    struct csv_record record;

    (void)state;
    memset(text, 'x', sizeof text);
    text[0] = '"';
    scope_begin(&scope, NULL, NULL, NULL);
    struct pieces pieces = {.scope = &scope, .text = text, .length = sizeof text, .size = 1000};

    assert_true(csv_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1));
    reader.record_max = 2000;
    assert_int_equal(csv_read(&reader, &record), STREAM_BAD);
    assert_string_equal(record.fault.code, "too_long");
    assert_int_equal(pieces.at, sizeof text);
    assert_int_equal(reader.window.capacity, 65536);
    assert_int_equal(csv_read(&reader, &record), STREAM_END);
    scope_end(&scope);
}

static void test_write(void **state)
{
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"", "\"\""},
        {"plain", "plain"},
        {" a b ", " a b "},
        {"=1+1", "=1+1"},
        {"a,b", "\"a,b\""},
        {"\"", "\"\"\"\""},
        {"say \"no\"", "\"say \"\"no\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"\r", "\"\r\""},
        {"\xC3\xA4", "\xC3\xA4"},
        /* In front of a file it would be taken for a mark of its own. */
        {"\xEF\xBB\xBFx", "\"\xEF\xBB\xBFx\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct buffer buffer;

        arena_init(&arena);
        buffer_init(&buffer, &arena);
        csv_add_text(&buffer, cases[i].text, strlen(cases[i].text));
        assert_string_equal(buffer.data, cases[i].written);
        arena_free(&arena);
    }
}

static void test_no_memory(void **state)
{
    static const char text[] = "a,b\n1,\"2\"\n";

    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct csv_reader reader;
        struct csv_record record = {0};

        scope_begin(&scope, NULL, NULL, NULL);
        struct pieces pieces = {.scope = &scope, .text = text, .length = strlen(text)};
        bool ok = csv_reader_begin(&reader, &scope, pieces_source(&pieces), 0, 1) &&
                  csv_read(&reader, &record) == STREAM_RECORD &&
                  csv_read(&reader, &record) == STREAM_RECORD;

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"lines and cells come apart, whatever the pieces they come in", test_plain, NULL, NULL,
         NULL},
        {"a cell with nothing in it is NULL, an empty text stands between quotes", test_null, NULL,
         NULL, NULL},
        {"between quotes there may be commas, line ends, and quotes twice", test_quotes, NULL, NULL,
         NULL},
        {"a blank line is nothing, but where there is one column", test_blank_lines, NULL, NULL,
         NULL},
        {"a byte order mark in front is passed by", test_bom, NULL, NULL, NULL},
        {"a line with more or fewer cells is told with its number", test_ragged, NULL, NULL, NULL},
        {"a quote or a return out of place costs its line, or what is left", test_stray, NULL, NULL,
         NULL},
        {"NUL and what is no UTF-8 are told with line and column", test_bytes, NULL, NULL, NULL},
        {"a cell or a line that is too long costs only itself", test_limits, NULL, NULL, NULL},
        {"more cells than there may be are told", test_many_cells, NULL, NULL, NULL},
        {"reading goes on from any record's offset", test_resume, NULL, NULL, NULL},
        {"a source that breaks is no end of the file", test_broken_source, NULL, NULL, NULL},
        {"a line without end takes no more memory than a long one", test_memory, NULL, NULL, NULL},
        {"a text is written with quotes where it needs them", test_write, NULL, NULL, NULL},
        {"lack of memory is recorded", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/csv", tests, NULL, NULL);
}
