/* progress_test.c - what a bar, a line and the last word of progress say */
#include "cli/progress.h"

#include "support/unit.h"

#include <string.h>

static const struct progress_state half = {
    .rows = 1250000, .rejected = -1, .fraction = 0.5, .spent_us = 2500000};

static void test_bar(void **state)
{
    char text[PROGRESS_LINE_SIZE];

    (void)state;
    progress_format_bar(&half, "items", 100, text);
    assert_string_equal(text, "items: [===============>              ] 50% 1,250,000 rows, "
                              "500,000/s, 3 s left");
    /* A narrow terminal has a short bar, a very narrow one none, and no line is ever broken. */
    progress_format_bar(&half, "items", 61, text);
    assert_string_equal(text, "items: [=====>    ] 50% 1,250,000 rows, 500,000/s, 3 s left");
    progress_format_bar(&half, "items", 55, text);
    assert_string_equal(text, "items: 1,250,000 rows, 500,000/s, 3 s left");
    for (int columns = 1; columns < 120; columns++) {
        progress_format_bar(&half, "items", columns, text);
        assert_true(strlen(text) < (size_t)columns);
    }
}

static void test_unknown(void **state)
{
    static const struct progress_state unknown = {
        .rows = 900, .rejected = 7, .fraction = -1, .spent_us = 1000000};
    static const struct progress_state first = {
        .rows = 0, .rejected = 0, .fraction = 0, .spent_us = 0};
    static const struct progress_state passed = {
        .rows = 2000, .rejected = -1, .fraction = 1.7, .spent_us = 1000000};
    char text[PROGRESS_LINE_SIZE];

    (void)state;
    progress_format_bar(&unknown, "items", 100, text);
    assert_string_equal(text, "items: 900 rows, 900/s, 7 rejected");
    progress_format_line(&first, "items", text);
    assert_string_equal(text, "items: 0 %, 0 rows, 0/s, 0 rejected");
    /* More rows than were expected are not yet all. */
    progress_format_line(&passed, "items", text);
    assert_non_null(strstr(text, "99 %"));
    assert_null(strstr(text, "-"));
}

static void test_times(void **state)
{
    static const struct progress_state minutes = {
        .rows = 1, .rejected = -1, .fraction = 0.01, .spent_us = 1000000};
    static const struct progress_state hours = {
        .rows = 1, .rejected = -1, .fraction = 0.01, .spent_us = 100000000};
    char text[PROGRESS_LINE_SIZE];

    (void)state;
    progress_format_line(&minutes, "items", text);
    assert_string_equal(text, "items: 1 %, 1 rows, 1/s, 1:39 left");
    progress_format_line(&hours, "items", text);
    assert_string_equal(text, "items: 1 %, 1 rows, 0/s, 2:45:00 left");
}

/* A part of the work, or work that is taken up again. */
static void test_parts(void **state)
{
    static const struct progress_state rest = {.rows = 900000,
                                               .rejected = 0,
                                               .fraction = 0.9,
                                               .spent_us = 2000000,
                                               .rows_before = 800000,
                                               .fraction_before = 0.8};
    char text[PROGRESS_LINE_SIZE];

    (void)state;
    progress_format_line(&rest, "items written", text);
    assert_string_equal(text, "items written: 90 %, 900,000 rows, 50,000/s, 2 s left, 0 rejected");
}

static void test_end(void **state)
{
    static const struct progress_state all = {
        .rows = 1000000, .rejected = -1, .fraction = 1, .spent_us = 2100000};
    static const struct progress_state some = {
        .rows = 1000, .rejected = 1234, .fraction = 1, .spent_us = 500000};
    char text[PROGRESS_LINE_SIZE];

    (void)state;
    progress_format_end(&all, "items", text);
    assert_string_equal(text, "items: 1,000,000 rows in 2.1 s (476,190/s)");
    progress_format_end(&some, "items", text);
    assert_string_equal(text, "items: 1,000 rows in 0.5 s (2,000/s), 1,234 rejected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a bar is as wide as the terminal lets it be", test_bar, NULL, NULL, NULL},
        {"what is not known is not said", test_unknown, NULL, NULL, NULL},
        {"the time that is left is said in seconds, minutes, hours", test_times, NULL, NULL, NULL},
        {"what was done before counts for nothing", test_parts, NULL, NULL, NULL},
        {"the last word is rows, time and rate", test_end, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("cli/progress", tests, NULL, NULL);
}
