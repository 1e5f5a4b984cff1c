/* cron_parse.c - cron expressions are read, and refused with a sentence that says where and why */
#include "keel/core/cron.h"

#include <string.h>
#include <strings.h>

#define FIELDS 5

struct field {
    const char *name;
    int min, max;
    const char *const *words; /* of the values from `min` on; NULL: it has none */
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                     "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

enum { MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS };

static const struct field fields[FIELDS] = {
    [MINUTES] = {"minute", 0, 59, NULL},
    [HOURS] = {"hour", 0, 23, NULL},
    [DAYS] = {"day of the month", 1, 31, NULL},
    [MONTHS] = {"month", 1, 12, months},
    [WEEKDAYS] = {"day of the week", 0, 7, weekdays},
};

static const struct {
    const char *name, *text;
} nicknames[] = {
    {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
};

/* A piece of the expression, which is not ended by a NUL. */
struct piece {
    const char *text;
    size_t length;
};

struct reading {
    struct arena *arena;
    const struct field *field;
    const char *why;
};

static bool refuse(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct reading *reading, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *what = arena_vformat(reading->arena, format, arguments);

    va_end(arguments);
    reading->why = what && reading->field
                       ? arena_format(reading->arena, "%s: %s", reading->field->name, what)
                       : what;
    return false;
}

/* Cuts what is in front of the first `separator`; false where there is none: all of it stays. */
static bool cut(struct piece *rest, char separator, struct piece *front)
{
    const char *place = memchr(rest->text, separator, rest->length);

    if (!place)
        return false;
    *front = (struct piece){rest->text, (size_t)(place - rest->text)};
    rest->text = place + 1;
    rest->length -= front->length + 1;
    return true;
}

static bool is_star(struct piece piece)
{
    return piece.length == 1 && *piece.text == '*';
}

/* The value of a name such as "mon"; -1 for none. */
static int find_word(const struct field *field, struct piece piece)
{
    for (int i = 0; field->words && field->words[i]; i++) {
        if (strlen(field->words[i]) == piece.length &&
            strncasecmp(field->words[i], piece.text, piece.length) == 0)
            return field->min + i;
    }
    return -1;
}

static bool read_number(struct reading *reading, struct piece piece, int *value)
{
    bool is_number = piece.length > 0 && piece.length <= 4;
    int number = 0;

    for (size_t i = 0; is_number && i < piece.length; i++) {
        is_number = piece.text[i] >= '0' && piece.text[i] <= '9';
        number = number * 10 + (piece.text[i] - '0');
    }
    *value = number;
    if (is_number)
        return true;
    if (piece.length == 0)
        return refuse(reading, "a value is missing");
    return refuse(reading, "\"%.*s\" is no number", (int)piece.length, piece.text);
}

static bool read_value(struct reading *reading, struct piece piece, int *value)
{
    const struct field *field = reading->field;

    *value = find_word(field, piece);
    if (*value >= 0)
        return true;
    return read_number(reading, piece, value) &&
           ((*value >= field->min && *value <= field->max) ||
            refuse(reading, "%d is not between %d and %d", *value, field->min, field->max));
}

/* "fri-sun" ends with the Sunday behind it, which is called 7 then. */
static bool read_range(struct reading *reading, struct piece piece, int *first, int *last)
{
    const bool has_weekdays = reading->field == &fields[WEEKDAYS];
    struct piece front;

    if (!cut(&piece, '-', &front)) {
        bool done = read_value(reading, piece, first);

        *last = *first;
        return done;
    }
    if (!read_value(reading, front, first) || !read_value(reading, piece, last))
        return false;
    if (has_weekdays && *last == 0 && *first > 0)
        *last = 7;
    return *first <= *last ||
           refuse(reading, "the range from %d to %d runs backwards", *first, *last);
}

static bool read_step(struct reading *reading, struct piece piece, int *step)
{
    const struct field *field = reading->field;

    if (!read_number(reading, piece, step))
        return false;
    return (*step >= 1 && *step <= field->max - field->min) ||
           refuse(reading, "a step is between 1 and %d, not %d", field->max - field->min, *step);
}

/* One of a list: a star, a value or a range, and perhaps a step. */
static bool read_part(struct reading *reading, struct piece piece, uint64_t *set)
{
    const struct field *field = reading->field;
    int first = field->min, last = field == &fields[WEEKDAYS] ? 6 : field->max, step = 1;
    struct piece front;
    bool has_step = cut(&piece, '/', &front);
    struct piece range = has_step ? front : piece;

    if (!is_star(range) && !read_range(reading, range, &first, &last))
        return false;
    if (has_step && !is_star(range) && !memchr(range.text, '-', range.length))
        return refuse(reading, "a step needs a range: %d-%d/%.*s", first, field->max,
                      (int)piece.length, piece.text);
    if (has_step && !read_step(reading, piece, &step))
        return false;
    for (int value = first; value <= last; value += step)
        *set |= UINT64_C(1) << value;
    return true;
}

static bool read_field(struct reading *reading, struct piece piece, uint64_t *set)
{
    struct piece part;

    *set = 0;
    while (cut(&piece, ',', &part)) {
        if (!read_part(reading, part, set))
            return false;
    }
    return read_part(reading, piece, set);
}

/* Takes the next field off, with the blanks around it. */
static bool next_field(struct piece *rest, struct piece *field)
{
    while (rest->length && strchr(" \t", *rest->text)) {
        rest->text++;
        rest->length--;
    }
    *field = (struct piece){rest->text, 0};
    while (field->length < rest->length && !strchr(" \t", rest->text[field->length]))
        field->length++;
    rest->text += field->length;
    rest->length -= field->length;
    return field->length > 0;
}

static bool find_nickname(struct reading *reading, struct piece name, struct piece *text)
{
    for (size_t i = 0; i < sizeof nicknames / sizeof nicknames[0]; i++) {
        if (strlen(nicknames[i].name) == name.length &&
            strncasecmp(nicknames[i].name, name.text, name.length) == 0) {
            *text = (struct piece){nicknames[i].text, strlen(nicknames[i].text)};
            return true;
        }
    }
    return refuse(reading,
                  "%.*s is not known: it can be @hourly, @daily, @weekly, @monthly or @yearly",
                  (int)name.length, name.text);
}

/* A nickname, which stands alone, gives its own fields. */
static bool resolve(struct reading *reading, struct piece *text)
{
    struct piece rest = *text, name, more;

    if (!next_field(&rest, &name) || *name.text != '@')
        return true;
    if (next_field(&rest, &more))
        return refuse(reading, "nothing may stand behind %.*s", (int)name.length, name.text);
    return find_nickname(reading, name, text);
}

static bool check_count(struct reading *reading, struct piece text)
{
    struct piece field;
    size_t count = 0;

    while (next_field(&text, &field))
        count++;
    return count == FIELDS ||
           refuse(reading,
                  "a cron expression has 5 fields (minute, hour, day of the month, month, day of "
                  "the week), not %zu",
                  count);
}

/* Claim: some month that is meant has a day that is. */
static bool comes(const struct cron *cron)
{
    /* Of 2000, which has a 29 February; a day of the week comes in every month. */
    static const int lengths[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    for (int month = 1; month <= 12; month++) {
        uint64_t there = (UINT64_C(2) << lengths[month]) - 1;

        if (cron->months >> month & 1 && cron->days & there)
            return true;
    }
    return !cron->any_day && !cron->any_weekday;
}

/* Only the eighth name of a weekday is another one's. */
static void fold_sunday(struct cron *cron)
{
    if (cron->weekdays >> 7 & 1)
        cron->weekdays = (cron->weekdays | 1) & 0x7F;
}

static bool read_all(struct reading *reading, struct piece text, struct cron *cron)
{
    uint64_t *const sets[FIELDS] = {&cron->minutes, &cron->hours, &cron->days, &cron->months,
                                    &cron->weekdays};
    bool has_star[FIELDS] = {false};
    struct piece piece;

    if (!resolve(reading, &text) || !check_count(reading, text))
        return false;
    for (size_t i = 0; i < FIELDS && next_field(&text, &piece); i++) {
        reading->field = &fields[i];
        has_star[i] = *piece.text == '*';
        if (!read_field(reading, piece, sets[i]))
            return false;
    }
    reading->field = NULL;
    fold_sunday(cron);
    cron->any_day = has_star[DAYS];
    cron->any_weekday = has_star[WEEKDAYS];
    return comes(cron) || refuse(reading, "the expression names a day that never comes");
}

bool cron_parse(struct arena *arena, const char *text, struct cron *cron, const char **why)
{
    struct reading reading = {.arena = arena};
    size_t length = strlen(text);

    *cron = (struct cron){0};
    bool done = length > CRON_TEXT_MAX
                    ? refuse(&reading, "a cron expression has at most %d characters", CRON_TEXT_MAX)
                    : read_all(&reading, (struct piece){text, length}, cron);

    *why = done ? NULL : reading.why;
    return done;
}
