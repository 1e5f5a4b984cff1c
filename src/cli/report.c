/* report.c - the form of every COMPLETE report */
#include "report.h"

#include <string.h>

/* As wide as the longest label of a line, "Migration:", and a gap. */
#define LABEL_WIDTH 12

__attribute__((format(printf, 2, 0))) static void
add_formatted(struct buffer *out, const char *format, va_list arguments)
{
    const char *text = arena_vformat(out->arena, format, arguments);

    if (text)
        buffer_add_text(out, text);
    else
        out->failed = true;
}

static void indent(struct buffer *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buffer_add_text(out, "  ");
}

void report_title(struct buffer *out, const char *title)
{
    buffer_add_text(out, title);
    buffer_add_char(out, '\n');
    for (size_t i = 0; i < strlen(title); i++)
        buffer_add_char(out, '=');
    buffer_add_char(out, '\n');
}

void report_line(struct buffer *out, const char *label, const char *format, ...)
{
    va_list arguments;

    buffer_add_text(out, label);
    buffer_add_char(out, ':');
    for (size_t width = strlen(label) + 1; width < LABEL_WIDTH; width++)
        buffer_add_char(out, ' ');
    va_start(arguments, format);
    add_formatted(out, format, arguments);
    va_end(arguments);
    buffer_add_char(out, '\n');
}

void report_heading(struct buffer *out, unsigned depth, const char *label)
{
    indent(out, depth);
    buffer_add_text(out, label);
    buffer_add_text(out, ":\n");
}

void report_item(struct buffer *out, unsigned depth, const char *format, ...)
{
    va_list arguments;

    indent(out, depth);
    va_start(arguments, format);
    add_formatted(out, format, arguments);
    va_end(arguments);
    buffer_add_char(out, '\n');
}
