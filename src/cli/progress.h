/* progress.h - how far a long command has come: a bar on a terminal, a line now and then elsewhere
 */
#ifndef KEEL_CLI_PROGRESS_H
#define KEEL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer than any line. */
#define PROGRESS_LINE_SIZE 256

struct progress_state {
    int64_t rows;     /* done so far */
    int64_t rejected; /* of them; negative: nothing is ever rejected here */
    double fraction;  /* 0 to 1; negative: unknown */
    int64_t spent_us; /* since the beginning, or since these were done: */
    int64_t rows_before;
    double fraction_before;
};

/* All goes to stderr, so that stdout can be the data. */
struct progress {
    const char *name; /* what is worked on: "items" */
    const char *part; /* the part of the work: "items read" */
    bool is_terminal; /* else plain lines, for a log */
    bool is_quiet;    /* nothing but errors */
    bool is_shown;    /* there is a bar to be wiped out */
    int64_t begun_us;
    int64_t part_us;
    int64_t shown_us; /* all three on the clock that only goes forward */
    int64_t rows_before;
    double fraction_before;
};

void progress_begin(struct progress *progress, const char *name, bool is_quiet);

/*
 * What is counted from now on is another part of the work, of which so much was done before: rate
 * and remaining time are those of what follows.
 */
void progress_enter(struct progress *progress, const char *part, int64_t rows, double fraction);

/* To be called as often as one likes: most calls look at the clock and do nothing else. */
void progress_show(struct progress *progress, int64_t rows, int64_t rejected, double fraction);

/* Takes the bar away, so that something else can be said. */
void progress_wipe(struct progress *progress);

/* The last line, of the whole: "items: 1,000,000 rows in 2.1 s (476,190/s)". */
void progress_end(struct progress *progress, int64_t rows, int64_t rejected);

/*
 * The texts themselves: the bar for a terminal so many columns wide, the line for a log, and the
 * last line.
 */
void progress_format_bar(const struct progress_state *state, const char *name, int columns,
                         char text[PROGRESS_LINE_SIZE]);
void progress_format_line(const struct progress_state *state, const char *name,
                          char text[PROGRESS_LINE_SIZE]);
void progress_format_end(const struct progress_state *state, const char *name,
                         char text[PROGRESS_LINE_SIZE]);

#endif
