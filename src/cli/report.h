/* report.h - the form of every COMPLETE report: a title, labelled lines, lists */
#ifndef KEEL_CLI_REPORT_H
#define KEEL_CLI_REPORT_H

#include "keel/core/buffer.h"

/* The title in capitals with a rule of its width under it. */
void report_title(struct buffer *out, const char *title);

/* `Label:      text`, the texts of all lines below each other. */
void report_line(struct buffer *out, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A label alone, for lists that follow. `depth` 0 stands at the margin. */
void report_heading(struct buffer *out, unsigned depth, const char *label);

/* One entry of a list. */
void report_item(struct buffer *out, unsigned depth, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
