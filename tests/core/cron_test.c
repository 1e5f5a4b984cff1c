/* cron_test.c - tests of core/cron: what an expression means, what comes next, what is refused */
#include "keel/core/cron.h"

#include "keel/core/calendar.h"
#include "support/faults.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    static struct arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

static struct cron parse(struct arena *arena, const char *text)
{
    struct cron cron;
    const char *why;

    if (!cron_parse(arena, text, &cron, &why))
        unit_fail("%s: %s", text, why);
    assert_null(why);
    return cron;
}

/* "2026-01-12 10:00" on the wall's clock. */
static int64_t at(const char *text)
{
    struct calendar_date date;
    int hour, minute;

    if (sscanf(text, "%d-%d-%d %d:%d", &date.year, &date.month, &date.day, &hour, &minute) != 5)
        unit_fail("%s is no time", text);
    return calendar_to_days(date) * 86400 + hour * 3600 + minute * 60;
}

static void must_be(const char *expression, int64_t found, const char *wanted)
{
    int64_t days = (found - (found % 86400 + 86400) % 86400) / 86400;
    struct calendar_date date = calendar_from_days(days);
    char text[64];

    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", date.year, date.month, date.day,
             (int)(found - days * 86400) / 3600, (int)(found - days * 86400) / 60 % 60);
    if (found != at(wanted))
        unit_fail("%s comes at %s, not at %s", expression, text, wanted);
}

/* Bits of a list of numbers, "0 15 30". */
static uint64_t bits(const char *list)
{
    uint64_t set = 0;
    char *rest = (char *)(uintptr_t)list;

    while (*rest)
        set |= UINT64_C(1) << strtol(rest, &rest, 10);
    return set;
}

static void test_fields(void **state)
{
    static const struct {
        const char *text;
        int field;
        const char *values;
    } cases[] = {
        {"5 * * * *", 0, "5"},
        {"0,15,30,45 * * * *", 0, "0 15 30 45"},
        {"*/15 * * * *", 0, "0 15 30 45"},
        {"*/59 * * * *", 0, "0 59"},
        {"10-20/5,59,0 * * * *", 0, "0 10 15 20 59"},
        {"007 * * * *", 0, "7"},
        {"* 0-23/12 * * *", 1, "0 12"},
        {"* 22-23,0-2 * * *", 1, "0 1 2 22 23"},
        {"* * 1-5,31 * *", 2, "1 2 3 4 5 31"},
        {"* * */10 * *", 2, "1 11 21 31"},
        {"* * * jan,MAR-May *", 3, "1 3 4 5"},
        {"* * * */6 *", 3, "1 7"},
        {"* * * * mon-fri", 4, "1 2 3 4 5"},
        {"* * * * 0", 4, "0"},
        {"* * * * 7", 4, "0"},
        {"* * * * 0-7", 4, "0 1 2 3 4 5 6"},
        {"* * * * 5-7", 4, "0 5 6"},
        {"* * * * fri-Sun", 4, "0 5 6"},
        {"* * * * 6-0", 4, "0 6"},
        {"* * * * */2", 4, "0 2 4 6"},
        {"* * * * *", 4, "0 1 2 3 4 5 6"},
        {"* * * * sun-sat", 4, "0 1 2 3 4 5 6"},
        {"* * * * sun", 4, "0"},
        {" \t5  * * *\t* ", 0, "5"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cron cron = parse(*state, cases[i].text);
        const uint64_t sets[] = {cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays};

        if (sets[cases[i].field] != bits(cases[i].values))
            unit_fail("%s means %llx", cases[i].text, (unsigned long long)sets[cases[i].field]);
    }
}

static void test_nicknames(void **state)
{
    static const char *const pairs[][2] = {
        {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
        {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
        {"@annually", "0 0 1 1 *"}, {" @Daily ", "0 0 * * *"},
    };

    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct cron one = parse(*state, pairs[i][0]), other = parse(*state, pairs[i][1]);

        assert_memory_equal(&one, &other, sizeof one);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "a cron expression has 5 fields (minute, hour, day of the month, month, day of the "
             "week), not 0"},
        {"* * * *", "a cron expression has 5 fields (minute, hour, day of the month, month, day "
                    "of the week), not 4"},
        {"0 * * * * *", "a cron expression has 5 fields (minute, hour, day of the month, month, "
                        "day of the week), not 6"},
        {"@reboot", "@reboot is not known: it can be @hourly, @daily, @weekly, @monthly or "
                    "@yearly"},
        {"@", "@ is not known: it can be @hourly, @daily, @weekly, @monthly or @yearly"},
        {"@daily 5", "nothing may stand behind @daily"},
        {"60 * * * *", "minute: 60 is not between 0 and 59"},
        {"* 24 * * *", "hour: 24 is not between 0 and 23"},
        {"* * 0 * *", "day of the month: 0 is not between 1 and 31"},
        {"* * 32 * *", "day of the month: 32 is not between 1 and 31"},
        {"* * * 13 *", "month: 13 is not between 1 and 12"},
        {"* * * * 8", "day of the week: 8 is not between 0 and 7"},
        {"mon * * * *", "minute: \"mon\" is no number"},
        {"* * * january *", "month: \"january\" is no number"},
        {"* * * * mond", "day of the week: \"mond\" is no number"},
        {"* * L * *", "day of the month: \"L\" is no number"},
        {"? * * * *", "minute: \"?\" is no number"},
        {"-1 * * * *", "minute: a value is missing"},
        {"1- * * * *", "minute: a value is missing"},
        {"1-2-3 * * * *", "minute: \"2-3\" is no number"},
        {"+1 * * * *", "minute: \"+1\" is no number"},
        {"1.5 * * * *", "minute: \"1.5\" is no number"},
        {"00001 * * * *", "minute: \"00001\" is no number"},
        {"99999999999999999999 * * * *", "minute: \"99999999999999999999\" is no number"},
        {"1,,2 * * * *", "minute: a value is missing"},
        {", * * * *", "minute: a value is missing"},
        {"1, * * * *", "minute: a value is missing"},
        {"** * * * *", "minute: \"**\" is no number"},
        {"*-5 * * * *", "minute: \"*\" is no number"},
        {"30-10 * * * *", "minute: the range from 30 to 10 runs backwards"},
        {"* 22-2 * * *", "hour: the range from 22 to 2 runs backwards"},
        {"* * * * sat-fri", "day of the week: the range from 6 to 5 runs backwards"},
        {"*/0 * * * *", "minute: a step is between 1 and 59, not 0"},
        {"*/90 * * * *", "minute: a step is between 1 and 59, not 90"},
        {"* */24 * * *", "hour: a step is between 1 and 23, not 24"},
        {"*/ * * * *", "minute: a value is missing"},
        {"*/5/5 * * * *", "minute: \"5/5\" is no number"},
        {"5/15 * * * *", "minute: a step needs a range: 5-59/15"},
        {"0 0 30 2 *", "the expression names a day that never comes"},
        {"0 0 31 apr,jun,sep,nov *", "the expression names a day that never comes"},
        {"0 0 30,31 2 */2", "the expression names a day that never comes"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cron cron;
        const char *why;

        if (cron_parse(*state, cases[i].text, &cron, &why))
            unit_fail("%s was taken", cases[i].text);
        assert_string_equal(why, cases[i].why);
    }
}

static void test_long(void **state)
{
    char text[CRON_TEXT_MAX + 2];
    struct cron cron;
    const char *why;

    memset(text, ' ', sizeof text);
    memcpy(text, "* * * * *", 9);
    text[CRON_TEXT_MAX] = '\0';
    assert_true(cron_parse(*state, text, &cron, &why));
    text[CRON_TEXT_MAX] = ' ';
    text[CRON_TEXT_MAX + 1] = '\0';
    assert_false(cron_parse(*state, text, &cron, &why));
    assert_string_equal(why, "a cron expression has at most 255 characters");
}

static void test_next(void **state)
{
    static const struct {
        const char *text, *after, *next;
    } cases[] = {
        {"* * * * *", "2026-01-12 10:00", "2026-01-12 10:01"},
        {"0 * * * *", "2026-01-12 10:00", "2026-01-12 11:00"},
        {"0 * * * *", "2026-01-12 09:59", "2026-01-12 10:00"},
        {"59 23 * * *", "2026-12-31 23:59", "2027-01-01 23:59"},
        {"*/15 9-17 * * 1-5", "2026-01-09 17:45", "2026-01-12 09:00"},
        {"*/15 9-17 * * 1-5", "2026-01-12 09:07", "2026-01-12 09:15"},
        {"0 0 1 * *", "2026-01-01 00:00", "2026-02-01 00:00"},
        {"0 0 31 * *", "2026-01-31 00:00", "2026-03-31 00:00"},
        {"0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00"},
        {"0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00"},
        {"@yearly", "2026-01-01 00:00", "2027-01-01 00:00"},
        {"@weekly", "2026-01-12 00:00", "2026-01-18 00:00"},
        {"0 0 * * 7", "2026-01-12 00:00", "2026-01-18 00:00"},
        {"30 4 * jan,jul *", "2026-01-31 04:30", "2026-07-01 04:30"},
        /* The first of the month, and every Friday. */
        {"0 0 1 * 5", "2026-01-12 00:00", "2026-01-16 00:00"},
        {"0 0 1 * 5", "2026-01-30 00:00", "2026-02-01 00:00"},
        /* A star in front: both must. The 13th that is a Friday needs another way. */
        {"0 0 */13 * 5", "2026-01-01 00:00", "2026-02-27 00:00"},
        {"0 0 1 * */6", "2026-01-01 00:00", "2026-02-01 00:00"},
        {"0 0 29 2 */6", "2026-01-01 00:00", "2032-02-29 00:00"},
        {"0 0 30 2 1", "2026-01-12 00:00", "2026-02-02 00:00"},
        {"0 0 * * *", "1969-12-30 12:00", "1969-12-31 00:00"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cron cron = parse(*state, cases[i].text);

        must_be(cases[i].text, cron_next(&cron, at(cases[i].after)), cases[i].next);
        assert_true(cron_next(&cron, at(cases[i].next) - 1) == at(cases[i].next));
    }
}

/* A second in the middle of a minute: that minute is over. */
static void test_seconds(void **state)
{
    struct cron cron = parse(*state, "* * * * *");

    assert_int_equal(cron_next(&cron, 60), 120);
    assert_int_equal(cron_next(&cron, 119), 120);
    assert_int_equal(cron_next(&cron, -1), 0);
    assert_int_equal(cron_next(&cron, -61), -60);
}

/* Two years minute by minute, by the words of crontab(5) instead of by the program's way. */
static void test_walk(void **state)
{
    static const char *const texts[] = {"*/7 3,15 1-7 */2 *", "0 12 13 * 5", "5 4 * * sun",
                                        "59 23 28-31 2,12 *", "30 */5 */3 * 1-5"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct cron cron = parse(*state, texts[i]);
        int64_t next = cron_next(&cron, at("2026-01-01 00:00") - 1);

        for (int64_t now = at("2026-01-01 00:00"); now < at("2028-01-01 00:00"); now += 60) {
            struct calendar_date date = calendar_from_days(now / 86400);
            bool day = cron.days >> date.day & 1;
            bool weekday = cron.weekdays >> calendar_weekday(now / 86400) & 1;
            bool both = cron.any_day || cron.any_weekday;
            bool means = cron.minutes >> now / 60 % 60 & 1 && cron.hours >> now / 3600 % 24 & 1 &&
                         cron.months >> date.month & 1 && (both ? day && weekday : day || weekday);

            if (means != (now == next))
                unit_fail("%s at %lld", texts[i], (long long)now);
            if (means)
                next = cron_next(&cron, now);
        }
    }
}

/* Central Europe: ahead by an hour on 29 March 2026 at 1:00 UTC, back on 25 October. */
static void test_clock_changes(void **state)
{
    static const struct {
        const char *text;
        int from, to; /* hours ahead of UTC */
        const char *change, *local, *utc;
    } cases[] = {
        {"30 2 * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 02:30", "2026-03-29 01:00"},
        {"0 2 * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 02:00", "2026-03-29 01:00"},
        {"59 1 * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 01:59", "2026-03-29 00:59"},
        {"0 3 * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 03:00", "2026-03-29 01:00"},
        {"30 3 * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 03:30", "2026-03-29 01:30"},
        {"30 2 * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 02:30", "2026-10-25 00:30"},
        {"0 2 * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 00:00"},
        {"0 3 * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 03:00", "2026-10-25 02:00"},
        {"30 3 * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 03:30", "2026-10-25 02:30"},
        /* Every hour: nothing is made up for, and the hour that comes twice counts twice. */
        {"30 * * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 02:30", "2026-03-29 01:30"},
        {"0 * * * *", 1, 2, "2026-03-29 01:00", "2026-03-29 02:00", "2026-03-29 01:00"},
        {"15 * * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 02:15", "2026-10-25 00:15"},
        {"15 * * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 03:15", "2026-10-25 01:15"},
        {"0 * * * *", 2, 1, "2026-10-25 01:00", "2026-10-25 03:00", "2026-10-25 01:00"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cron cron = parse(*state, cases[i].text);
        struct cron_shift shift = {cases[i].from * 3600, at(cases[i].change), cases[i].to * 3600};

        must_be(cases[i].text, cron_place(&cron, at(cases[i].local), &shift), cases[i].utc);
    }
    struct cron cron = parse(*state, "30 2 * * *");

    must_be("no change",
            cron_place(&cron, at("2026-01-12 02:30"), &(struct cron_shift){3600, 0, 0}),
            "2026-01-12 01:30");
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct arena arena;
        struct cron cron;
        const char *why;

        arena_init(&arena);
        bool taken = cron_parse(&arena, "* * * * x", &cron, &why);

        faults_stop();
        assert_false(taken);
        assert_int_equal(why == NULL, faults_hit());
        arena_free(&arena);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a field is a list of values, ranges, names and steps", test_fields),
        FIXTURE_TEST("a nickname stands for its five fields", test_nicknames),
        FIXTURE_TEST("nonsense is refused with its place and its reason", test_refused),
        FIXTURE_TEST("an expression has an end", test_long),
        FIXTURE_TEST("the next time is the first one strictly after", test_next),
        FIXTURE_TEST("a minute that has begun is over", test_seconds),
        FIXTURE_TEST("walking from one to the next meets each minute that is meant", test_walk),
        FIXTURE_TEST("a clock that is set forward or back fires once", test_clock_changes),
        FIXTURE_TEST("without memory it refuses without a word", test_no_memory),
    };

    return cmocka_run_group_tests_name("core/cron", tests, NULL, NULL);
}
