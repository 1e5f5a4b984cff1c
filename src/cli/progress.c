/* progress.c - when progress is shown, and where */
#include "progress.h"

#include "keel/core/clock.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* As often as an eye follows, and as often as a log can bear. */
#define BAR_EVERY_US  100000
#define LINE_EVERY_US 10000000

#define COLUMNS_USUAL 80

void progress_begin(struct progress *progress, const char *name, bool is_quiet)
{
    int64_t now_us = clock_monotonic_us();

    *progress = (struct progress){
        .name = name,
        .part = name,
        .is_terminal = isatty(STDERR_FILENO) == 1,
        .is_quiet = is_quiet,
        .begun_us = now_us,
        .part_us = now_us,
        .shown_us = now_us,
    };
}

void progress_enter(struct progress *progress, const char *part, int64_t rows, double fraction)
{
    progress->part = part;
    progress->part_us = clock_monotonic_us();
    progress->rows_before = rows;
    progress->fraction_before = fraction;
}

static int find_columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
                                                                       : COLUMNS_USUAL;
}

void progress_show(struct progress *progress, int64_t rows, int64_t rejected, double fraction)
{
    int64_t now_us = clock_monotonic_us();
    struct progress_state state = {.rows = rows,
                                   .rejected = rejected,
                                   .fraction = fraction,
                                   .spent_us = now_us - progress->part_us,
                                   .rows_before = progress->rows_before,
                                   .fraction_before = progress->fraction_before};
    char text[PROGRESS_LINE_SIZE];

    if (progress->is_quiet ||
        now_us - progress->shown_us < (progress->is_terminal ? BAR_EVERY_US : LINE_EVERY_US))
        return;
    progress->shown_us = now_us;
    if (progress->is_terminal) {
        progress_format_bar(&state, progress->part, find_columns(), text);
        /* Over the last one, and what stands behind it is wiped out. */
        fprintf(stderr, "\r%s\033[K", text);
    } else {
        progress_format_line(&state, progress->part, text);
        fprintf(stderr, "%s\n", text);
    }
    progress->is_shown = progress->is_terminal;
    fflush(stderr);
}

void progress_wipe(struct progress *progress)
{
    if (progress->is_shown)
        fprintf(stderr, "\r\033[K");
    progress->is_shown = false;
}

void progress_end(struct progress *progress, int64_t rows, int64_t rejected)
{
    struct progress_state state = {.rows = rows,
                                   .rejected = rejected,
                                   .fraction = 1,
                                   .spent_us = clock_monotonic_us() - progress->begun_us};
    char text[PROGRESS_LINE_SIZE];

    progress_wipe(progress);
    if (progress->is_quiet)
        return;
    progress_format_end(&state, progress->name, text);
    fprintf(stderr, "%s\n", text);
}
