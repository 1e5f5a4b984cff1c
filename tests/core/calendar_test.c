/* calendar_test.c - tests of core/calendar, against the C library's own */
#include "keel/core/calendar.h"

#include "support/unit.h"

#include <time.h>

/* Every day of the years 1 to 3200 or so: more than eight circles of 400 years. */
static void test_every_day(void **state)
{
    (void)state;
    for (int64_t days = -719162; days < 450000; days++) {
        time_t seconds = (time_t)days * 86400;
        struct tm tm;

        gmtime_r(&seconds, &tm);
        const struct calendar_date date = calendar_from_days(days);

        if (date.year != tm.tm_year + 1900 || date.month != tm.tm_mon + 1 ||
            date.day != tm.tm_mday || calendar_weekday(days) != tm.tm_wday ||
            calendar_to_days(date) != days)
            unit_fail("day %lld is %d-%d-%d", (long long)days, date.year, date.month, date.day);
    }
}

static void test_before_christ(void **state)
{
    (void)state;
    for (int64_t days = -1200000; days < -719162; days += 7) {
        assert_int_equal(calendar_to_days(calendar_from_days(days)), days);
        assert_int_equal(calendar_weekday(days), calendar_weekday(days + 7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"every day has its date and its weekday", test_every_day, NULL, NULL, NULL},
        {"so have the days before the year 1", test_before_christ, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/calendar", tests, NULL, NULL);
}
