/* calendar.h - days and dates of the Gregorian calendar, which is taken to have been there always
 */
#ifndef KEEL_CORE_CALENDAR_H
#define KEEL_CORE_CALENDAR_H

#include <stdint.h>

struct calendar_date {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

/* Days since 1970-01-01 of a date that exists, and back. */
int64_t calendar_to_days(struct calendar_date date);
struct calendar_date calendar_from_days(int64_t days);

/* 0 for Sunday to 6. */
int calendar_weekday(int64_t days);

#endif
