/* cron.c - which minute comes next, on the wall's clock and in UTC */
#include "keel/core/cron.h"

#include "keel/core/calendar.h"

#define MINUTE INT64_C(60)
#define HOUR   INT64_C(3600)
#define DAY    INT64_C(86400)

#define EVERY_HOUR ((UINT64_C(1) << 24) - 1)

static bool has(uint64_t set, int value)
{
    return set >> value & 1;
}

static int64_t round_down(int64_t seconds, int64_t unit)
{
    int64_t rest = seconds % unit;

    return seconds - (rest < 0 ? rest + unit : rest);
}

static bool means_day(const struct cron *cron, int64_t days)
{
    struct calendar_date date = calendar_from_days(days);
    bool day = has(cron->days, date.day), weekday = has(cron->weekdays, calendar_weekday(days));

    if (!has(cron->months, date.month))
        return false;
    return cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
}

/* The first second of a day's minute that is meant, at `from` or later; false: none is left. */
static bool find_minute(const struct cron *cron, int64_t from, int64_t *found)
{
    int64_t day = round_down(from, DAY);

    for (int64_t hour = (from - day) / HOUR; hour < 24; hour++) {
        if (!has(cron->hours, (int)hour))
            continue;
        int64_t start = day + hour * HOUR;

        for (int64_t minute = from > start ? (from - start) / MINUTE : 0; minute < 60; minute++) {
            if (has(cron->minutes, (int)minute)) {
                *found = start + minute * MINUTE;
                return true;
            }
        }
    }
    return false;
}

/* It ends, as cron_parse() has seen that some day is meant in the calendar's circle of 400 years.
 */
int64_t cron_next(const struct cron *cron, int64_t after)
{
    int64_t from = round_down(after, MINUTE) + MINUTE;
    int64_t found;

    for (;;) {
        if (means_day(cron, round_down(from, DAY) / DAY) && find_minute(cron, from, &found))
            return found;
        from = round_down(from, DAY) + DAY;
    }
}

/*
 * Set back by an hour at 3:00, the clock shows 2:00 to 3:00 again: whoever means every hour means
 * these minutes, too. Set forward from 2:00 to 3:00, it shows no minute between.
 */
int64_t cron_place(const struct cron *cron, int64_t local, const struct cron_shift *shift)
{
    int64_t before = local - shift->offset;
    int64_t after = local - shift->offset_after;

    if (!shift->change_at || before < shift->change_at)
        return before;
    if (cron->hours == EVERY_HOUR) {
        int64_t shown = shift->change_at + shift->offset_after;

        return cron_next(cron, shown - 1) - shift->offset_after;
    }
    return after > shift->change_at ? after : shift->change_at;
}
