/* clock_test.c - tests of core/clock */
#include "keel/core/clock.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000)
#define DAY    (INT64_C(86400) * SECOND)

static void test_now(void **state)
{
    int64_t before = (int64_t)time(NULL);
    int64_t now = clock_now_us();

    (void)state;
    /* time() may lag the precise clock by one tick. */
    assert_in_range(now / SECOND - before + 1, 0, 60);
}

static void test_monotonic(void **state)
{
    int64_t last = clock_monotonic_us();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us();

        assert_true(now >= last);
        last = now;
    }
}

static void test_format(void **state)
{
    static const struct {
        int64_t us;
        const char *seconds;
        const char *microseconds;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z"},
        {INT64_C(1768212000) * SECOND + 5, "2026-01-12T10:00:00Z", "2026-01-12T10:00:00.000005Z"},
        {INT64_C(951827696) * SECOND, "2000-02-29T12:34:56Z", "2000-02-29T12:34:56.000000Z"},
        {INT64_MIN, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000Z"},
    };
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        clock_format(cases[i].us, text);
        assert_string_equal(text, cases[i].seconds);
        clock_format_us(cases[i].us, text);
        assert_string_equal(text, cases[i].microseconds);
        assert_int_equal(strlen(text), CLOCK_TEXT_SIZE - 1);
    }
}

/* The C library is the judge of every day there is, a different second of the day each time. */
static void test_every_day(void **state)
{
    const int64_t first = -719162;
    const int64_t last = 2932896;
    char expected[64];
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    for (int64_t day = first; day <= last; day++) {
        time_t seconds = (time_t)(day * 86400 + (day - first) % 86400);
        struct tm tm;
        int64_t us;

        gmtime_r(&seconds, &tm);
        tm.tm_year += 1900;
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        clock_format((int64_t)seconds * SECOND, text);
        if (strcmp(text, expected) != 0)
            unit_fail("%s should be %s", text, expected);
        if (!clock_parse(text, strlen(text), &us) || us != (int64_t)seconds * SECOND)
            unit_fail("%s is not read back", text);
    }
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:01z", SECOND},
        {"1970-01-02T00:00:00.5Z", DAY + SECOND / 2},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1969-12-31T18:30:00-05:30", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800) * SECOND},
        {"2000-02-29T12:34:56Z", INT64_C(951827696) * SECOND},
        {"0001-01-01T00:00:00Z", -62135596800 * SECOND},
        {"9999-12-31T23:59:59.999999Z", 253402300799 * SECOND + 999999},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t us = 42;

        if (!clock_parse(cases[i].text, strlen(cases[i].text), &us))
            unit_fail("%s is refused", cases[i].text);
        if (us != cases[i].us)
            unit_fail("%s is %lld", cases[i].text, (long long)us);
    }
}

static void test_refuse(void **state)
{
    static const char *const cases[] = {
        "",
        "now",
        "infinity",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01 00:00:00Z",
        "1970-1-1T00:00:00Z",
        "70-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-04-31T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-32T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2016-12-31T23:59:60Z",
        "2024-01-01T00:00Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234567Z",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+00:60",
        "2024-01-01T00:00:00+0100",
        "2024-01-01T00:00:00+01",
        "2024-01-01T00:00:00ZZ",
        "2024-01-01T00:00:00Z ",
        " 2024-01-01T00:00:00Z",
        "2024/01/01T00:00:00Z",
        "2024-01-01T00.00.00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t us;

        if (clock_parse(cases[i], strlen(cases[i]), &us))
            unit_fail("%s is taken", cases[i]);
    }
    assert_false(clock_parse("2024-01-01T00:00:00Z\0", 21, &(int64_t){0}));
}

/*
 * Every beginning of a date-time is too short to be one, and reading stops where the length says.
 */
static void test_truncated(void **state)
{
    static const char text[] = "2026-01-12T10:00:00.123456+01:00";

    (void)state;
    for (size_t length = 0; length < sizeof text - 1; length++) {
        char *copy = malloc(length ? length : 1);
        int64_t us;

        memcpy(copy, text, length);
        bool ok = clock_parse(copy, length, &us);

        free(copy);
        assert_false(ok);
    }
}

static void test_time_zone(void **state)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t us;

    (void)state;
    setenv("TZ", "Pacific/Auckland", 1);
    tzset();
    clock_format(0, text);
    bool ok = clock_parse("1970-01-01T00:00:00Z", 20, &us);

    unsetenv("TZ");
    tzset();
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    assert_true(ok);
    assert_int_equal(us, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "the clock tells the time of day", .test_func = test_now},
        {.name = "the monotonic clock never steps back", .test_func = test_monotonic},
        {.name = "times are written in UTC, the year held to four digits",
         .test_func = test_format},
        {.name = "every day of the years 0001 to 9999 is written and read right",
         .test_func = test_every_day},
        {.name = "offsets, fractions and small letters are read", .test_func = test_parse},
        {.name = "days that do not exist and other texts are refused", .test_func = test_refuse},
        {.name = "a cut-off date-time is refused at every length", .test_func = test_truncated},
        {.name = "the time zone of the process changes nothing", .test_func = test_time_zone},
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
