/* clock.c - the time of day, a clock that never steps back, and RFC 3339 */
#include "keel/core/clock.h"

#include "keel/core/calendar.h"

#include <time.h>

#define SECOND_US    INT64_C(1000000)
#define DAY_S        INT64_C(86400)
#define FIRST_SECOND INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    /* Cannot fail: both ids exist everywhere and `now` is ours. */
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static char *put_digits(char *to, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        to[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return to + count;
}

/* Writes up to the seconds and returns the end; the microseconds left over go to `rest`. */
static char *put_seconds(int64_t us, char *to, int64_t *rest)
{
    if (us < FIRST_SECOND * SECOND_US)
        us = FIRST_SECOND * SECOND_US;
    else if (us / SECOND_US > LAST_SECOND)
        us = LAST_SECOND * SECOND_US;
    /* Counted from the year 0001 all is positive, so that division rounds down. */
    int64_t since_first = us - FIRST_SECOND * SECOND_US;
    int64_t second = since_first / SECOND_US;
    int64_t second_of_day = second % DAY_S;
    struct calendar_date date = calendar_from_days((second + FIRST_SECOND - second_of_day) / DAY_S);

    *rest = since_first % SECOND_US;
    to = put_digits(to, date.year, 4);
    *to++ = '-';
    to = put_digits(to, date.month, 2);
    *to++ = '-';
    to = put_digits(to, date.day, 2);
    *to++ = 'T';
    to = put_digits(to, second_of_day / 3600, 2);
    *to++ = ':';
    to = put_digits(to, second_of_day / 60 % 60, 2);
    *to++ = ':';
    return put_digits(to, second_of_day % 60, 2);
}

void clock_format(int64_t us, char *text)
{
    int64_t rest;

    text = put_seconds(us, text, &rest);
    *text++ = 'Z';
    *text = '\0';
}

void clock_format_us(int64_t us, char *text)
{
    int64_t rest;

    text = put_seconds(us, text, &rest);
    *text++ = '.';
    text = put_digits(text, rest, 6);
    *text++ = 'Z';
    *text = '\0';
}

/* What is left to read of a date-time. */
struct cursor {
    const char *at;
    const char *end;
};

static bool take_digits(struct cursor *cursor, int count, int *value)
{
    if (cursor->end - cursor->at < count)
        return false;
    *value = 0;
    for (int i = 0; i < count; i++) {
        char c = cursor->at[i];

        if (c < '0' || c > '9')
            return false;
        *value = *value * 10 + (c - '0');
    }
    cursor->at += count;
    return true;
}

/* RFC 3339 lets T and Z be written small: `other` is the second way, or the same again. */
static bool take_char(struct cursor *cursor, char one, char other)
{
    if (cursor->at == cursor->end || (*cursor->at != one && *cursor->at != other))
        return false;
    cursor->at++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(struct cursor *cursor, int64_t *seconds)
{
    struct calendar_date date;

    if (!take_digits(cursor, 4, &date.year) || !take_char(cursor, '-', '-') ||
        !take_digits(cursor, 2, &date.month) || !take_char(cursor, '-', '-') ||
        !take_digits(cursor, 2, &date.day))
        return false;
    if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in_month(date.year, date.month))
        return false;
    *seconds = calendar_to_days(date) * DAY_S;
    return true;
}

static bool take_time(struct cursor *cursor, int64_t *seconds)
{
    int hour;
    int minute;
    int second;

    if (!take_digits(cursor, 2, &hour) || !take_char(cursor, ':', ':') ||
        !take_digits(cursor, 2, &minute) || !take_char(cursor, ':', ':') ||
        !take_digits(cursor, 2, &second))
        return false;
    *seconds += hour * 3600 + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 59;
}

/* An optional point and one to six digits. */
static bool take_fraction(struct cursor *cursor, int64_t *us)
{
    int64_t unit = SECOND_US / 10;
    int digit;

    *us = 0;
    if (!take_char(cursor, '.', '.'))
        return true;
    if (!take_digits(cursor, 1, &digit))
        return false;
    do {
        if (unit == 0)
            return false;
        *us += digit * unit;
        unit /= 10;
    } while (take_digits(cursor, 1, &digit));
    return true;
}

static bool take_offset(struct cursor *cursor, int64_t *seconds)
{
    int hour;
    int minute;

    if (take_char(cursor, 'Z', 'z'))
        return true;
    bool east = cursor->at < cursor->end && *cursor->at == '+';

    if (!take_char(cursor, '+', '-') || !take_digits(cursor, 2, &hour) ||
        !take_char(cursor, ':', ':') || !take_digits(cursor, 2, &minute) || hour > 23 ||
        minute > 59)
        return false;
    int64_t offset = INT64_C(60) * (hour * 60 + minute);

    *seconds += east ? -offset : offset;
    return true;
}

bool clock_parse(const char *text, size_t length, int64_t *us)
{
    struct cursor cursor = {text, text + length};
    int64_t seconds;
    int64_t fraction;

    if (!take_date(&cursor, &seconds) || !take_char(&cursor, 'T', 't') ||
        !take_time(&cursor, &seconds) || !take_fraction(&cursor, &fraction) ||
        !take_offset(&cursor, &seconds) || cursor.at != cursor.end)
        return false;
    /* The offset can lead out of the years that can be written back. */
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
        return false;
    *us = seconds * SECOND_US + fraction;
    return true;
}
