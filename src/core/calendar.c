/* calendar.c - days and dates of the Gregorian calendar, which is taken to have been there always
 */
#include "keel/core/calendar.h"

/*
 * After Howard Hinnant's "chrono-compatible low-level date algorithms": years are counted from
 * March, so that the leap day is the last one. gmtime_r and timegm would look at TZ and take a
 * lock.
 */
int64_t calendar_to_days(struct calendar_date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

struct calendar_date calendar_from_days(int64_t days)
{
    int64_t from_march = days + 719468;
    int64_t era = (from_march >= 0 ? from_march : from_march - 146096) / 146097;
    int64_t day_of_era = from_march - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int calendar_month = (int)(month < 10 ? month + 3 : month - 9);

    return (struct calendar_date){
        .year = (int)(era * 400 + year_of_era) + (calendar_month <= 2 ? 1 : 0),
        .month = calendar_month,
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
}

/* 1970-01-01 was a Thursday. */
int calendar_weekday(int64_t days)
{
    int64_t day = (days + 4) % 7;

    return (int)(day < 0 ? day + 7 : day);
}
