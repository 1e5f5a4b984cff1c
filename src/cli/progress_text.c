/* progress_text.c - the words and the bar that say how far a command has come */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_MAX 30
#define BAR_MIN 5
/* With its brackets, percentage and a NUL. */
#define BAR_SIZE (BAR_MAX + 16)

/* Room for a number with its commas, or for a time. */
#define SHORT_SIZE 32

/* 1234567 as "1,234,567". */
static const char *group(int64_t number, char text[SHORT_SIZE])
{
    char digits[SHORT_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    size_t at = 0;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static int64_t find_rate(const struct progress_state *state)
{
    int64_t rows = state->rows - state->rows_before;

    return state->spent_us > 0 ? (int64_t)((double)rows * 1e6 / (double)state->spent_us) : 0;
}

/* Seconds until the end if it goes on like that; negative: nobody knows. */
static int64_t find_left(const struct progress_state *state)
{
    double done = state->fraction - state->fraction_before;

    /* The very beginning tells nothing of the rest. */
    if (done < 0.001 || state->spent_us < 500000)
        return -1;
    return (int64_t)((double)state->spent_us / 1e6 * (1 - state->fraction) / done + 0.5);
}

/* "3 s", "2:05" or "1:02:05" */
static const char *describe_time(int64_t seconds, char text[SHORT_SIZE])
{
    int64_t hours = seconds / 3600, minutes = seconds / 60 % 60;

    if (seconds < 60)
        snprintf(text, SHORT_SIZE, "%" PRId64 " s", seconds);
    else if (hours == 0)
        snprintf(text, SHORT_SIZE, "%" PRId64 ":%02" PRId64, minutes, seconds % 60);
    else
        snprintf(text, SHORT_SIZE, "%" PRId64 ":%02" PRId64 ":%02" PRId64, hours, minutes,
                 seconds % 60);
    return text;
}

static int percent(const struct progress_state *state)
{
    /* What is estimated may be passed; 100 is for what is done. */
    double part = state->fraction < 0.99 ? state->fraction : 0.99;

    return (int)(part * 100);
}

/* "12,000 rows, 4,000/s, 2 s left, 3 rejected": what is known of it. */
static void describe(const struct progress_state *state, char text[PROGRESS_LINE_SIZE])
{
    char rows[SHORT_SIZE], rate[SHORT_SIZE], time[SHORT_SIZE], rejected[SHORT_SIZE];
    int64_t left = find_left(state);

    snprintf(text, PROGRESS_LINE_SIZE, "%s rows, %s/s%s%s%s%s%s%s", group(state->rows, rows),
             group(find_rate(state), rate), left < 0 ? "" : ", ",
             left < 0 ? "" : describe_time(left, time), left < 0 ? "" : " left",
             state->rejected < 0 ? "" : ", ",
             state->rejected < 0 ? "" : group(state->rejected, rejected),
             state->rejected < 0 ? "" : " rejected");
}

/* "[=====>    ] 55%", as wide as it may be. */
static void draw(const struct progress_state *state, int width, char text[BAR_SIZE])
{
    char bar[BAR_MAX + 1];
    int done = percent(state) * width / 100;

    memset(bar, ' ', sizeof bar);
    memset(bar, '=', (size_t)done);
    bar[done] = '>';
    snprintf(text, BAR_SIZE, "[%.*s] %2d%% ", width, bar, percent(state));
}

void progress_format_bar(const struct progress_state *state, const char *name, int columns,
                         char text[PROGRESS_LINE_SIZE])
{
    char facts[PROGRESS_LINE_SIZE], bar[BAR_SIZE] = "";

    describe(state, facts);
    /* Name, colon and brackets, percentage; the last column stays free, or the line would break. */
    int room = columns - (int)strlen(name) - (int)strlen(facts) - 11;
    int width = room < BAR_MAX ? room : BAR_MAX;

    if (state->fraction >= 0 && width >= BAR_MIN)
        draw(state, width, bar);
    snprintf(text, PROGRESS_LINE_SIZE, "%.60s: %s%.120s", name, bar, facts);
    if (columns > 0 && columns <= (int)strlen(text))
        text[columns - 1] = '\0';
}

void progress_format_line(const struct progress_state *state, const char *name,
                          char text[PROGRESS_LINE_SIZE])
{
    char facts[PROGRESS_LINE_SIZE], done[SHORT_SIZE] = "";

    describe(state, facts);
    if (state->fraction >= 0)
        snprintf(done, sizeof done, "%d %%, ", percent(state));
    snprintf(text, PROGRESS_LINE_SIZE, "%.60s: %s%.120s", name, done, facts);
}

void progress_format_end(const struct progress_state *state, const char *name,
                         char text[PROGRESS_LINE_SIZE])
{
    char rows[SHORT_SIZE], rate[SHORT_SIZE], rejected[SHORT_SIZE];

    snprintf(text, PROGRESS_LINE_SIZE, "%.60s: %s rows in %.1f s (%s/s)%s%s%s", name,
             group(state->rows, rows), (double)state->spent_us / 1e6, group(find_rate(state), rate),
             state->rejected < 0 ? "" : ", ",
             state->rejected < 0 ? "" : group(state->rejected, rejected),
             state->rejected < 0 ? "" : " rejected");
}
