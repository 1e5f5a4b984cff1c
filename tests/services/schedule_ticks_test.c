/* schedule_ticks_test.c - tests of services/schedule_ticks: ticks by the clocks of time zones */
#include "services/schedule_ticks.h"

#include "accounts.h"
#include "keel/core/clock.h"
#include "keel/services/schedules.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY       INT64_C(86400)

static int64_t at(const char *text)
{
    int64_t us;

    if (!clock_parse(text, strlen(text), &us))
        unit_fail("%s is no time", text);
    return us / SECOND_US;
}

static void must_be(const char *what, int64_t tick, const char *wanted)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(tick * SECOND_US, text);
    if (strcmp(text, wanted) != 0)
        unit_fail("%s: %s, not %s", what, text, wanted);
}

/* Each row goes on where the row before it ended, unless it says where. */
static void test_zones(void **state)
{
    static const struct {
        const char *expression, *zone, *after, *tick;
    } cases[] = {
        {"0 0 * * *", "UTC", "2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z"},
        {"0 0 * * *", "Asia/Kolkata", "2026-01-12T00:00:00Z", "2026-01-12T18:30:00Z"},
        {"@monthly", "America/New_York", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"},
        {"@yearly", "Europe/Berlin", "2026-06-01T00:00:00Z", "2026-12-31T23:00:00Z"},
        /* 2:30 is left out on 29 March, and comes twice on 25 October. */
        {"30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", NULL, "2026-03-29T01:00:00Z"},
        {"30 2 * * *", "Europe/Berlin", NULL, "2026-03-30T00:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-24T00:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", NULL, "2026-10-25T00:30:00Z"},
        {"30 2 * * *", "Europe/Berlin", NULL, "2026-10-26T01:30:00Z"},
        {"0,30 2 * * *", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"},
        {"0,30 2 * * *", "Europe/Berlin", NULL, "2026-03-30T00:00:00Z"},
        {"30 2 29 3 *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-03-29T01:00:00Z"},
        {"0 3 29 3 *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-03-29T01:00:00Z"},
        /* Every hour: no hour has two. */
        {"15 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:15:00Z"},
        {"15 * * * *", "Europe/Berlin", NULL, "2026-10-25T01:15:00Z"},
        {"15 * * * *", "Europe/Berlin", NULL, "2026-10-25T02:15:00Z"},
        {"15 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:15:00Z"},
        /* Half an hour, in the south. */
        {"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", "2026-04-04T14:45:00Z"},
        {"45 1 * * *", "Australia/Lord_Howe", NULL, "2026-04-05T15:15:00Z"},
        {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z"},
        /* A whole day that Samoa left out. */
        {"0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z"},
        {"0 12 * * *", "Pacific/Apia", "2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z"},
        {"0 12 * * *", "Pacific/Apia", NULL, "2011-12-30T22:00:00Z"},
        {"* * * * *", "Europe/Berlin", "2026-01-12T10:00:59Z", "2026-01-12T10:01:00Z"},
    };
    struct test_database *database = *state;
    int64_t tick = 0;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!schedules_find_tick(&database->scope, cases[i].expression, cases[i].zone,
                                 cases[i].after ? at(cases[i].after) : tick, &tick))
            unit_fail("%s: %s", cases[i].expression, database->scope.error.message);
        must_be(cases[i].zone, tick, cases[i].tick);
    }
}

/* How many ticks 2026 has, and whether all are `apart` seconds from the one before; 0: any. */
static void walk_year(struct scope *scope, const char *expression, const char *zone, int wanted,
                      int64_t apart)
{
    int64_t begin = at("2026-01-01T00:00:00Z"), end = at("2027-01-01T00:00:00Z"), tick, last;
    struct tick_walk walk;
    int count = 0;

    assert_true(tick_walk_begin(scope, expression, zone, &walk));
    assert_true(tick_walk_next(&walk, begin - 1, &tick));
    while (tick < end) {
        count++;
        last = tick;
        assert_true(tick_walk_next(&walk, last, &tick));
        if (tick <= last || (apart && tick - last != apart))
            unit_fail("%s in %s: %lld, then %lld", expression, zone, (long long)last,
                      (long long)tick);
    }
    assert_int_equal(count, wanted);
}

static void test_years(void **state)
{
    static const char *const zones[] = {"UTC", "Europe/Berlin", "America/New_York",
                                        "Australia/Lord_Howe", "Asia/Kathmandu"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(zones); i++) {
        walk_year(&database->scope, "*/30 * * * *", zones[i], 2 * 24 * 365, 1800);
        walk_year(&database->scope, "30 2 * * *", zones[i], 365, 0);
        walk_year(&database->scope, "10 1 * * 0", zones[i], 52, 0);
    }
}

static void must_refuse(struct scope *scope, const char *expression, const char *zone,
                        const char *field, const char *message)
{
    int64_t tick;

    assert_false(schedules_find_tick(scope, expression, zone, 0, &tick));
    asking_failed(scope, ERR_VALIDATION);
    assert_string_equal(scope->error.fields->field, field);
    assert_string_equal(scope->error.message, message);
    scope_clear_error(scope);
}

static void test_refused(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    must_refuse(scope, "* * * *", "UTC", "expression",
                "* * * * is no cron expression: a cron expression has 5 fields (minute, hour, day "
                "of the month, month, day of the week), not 4");
    must_refuse(scope, "* * * * *", "Europe/Berln", "time_zone",
                "There is no time zone Europe/Berln");
    must_refuse(scope, "* * * * *", "", "time_zone", "There is no time zone ");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, test_database_make, test_database_drop, NULL                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a tick comes by the clocks of its zone, once when they change", test_zones),
        TEST("a year has all its ticks in every zone", test_years),
        TEST("nonsense is refused with its field", test_refused),
    };

    return cmocka_run_group_tests_name("services/schedule_ticks", tests, NULL, NULL);
}
