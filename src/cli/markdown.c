/* markdown.c - the pieces that generated documents are made of (GitHub's Markdown) */
#include "markdown.h"

#include <ctype.h>
#include <string.h>

void markdown_text(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("|*`<[\\", *text))
            buffer_add_char(out, '\\');
        buffer_add_char(out, *text);
    }
}

void markdown_code(struct buffer *out, const char *code)
{
    buffer_add_char(out, '`');
    buffer_add_text(out, code);
    buffer_add_char(out, '`');
}

void markdown_choices(struct buffer *out, const char *choices)
{
    for (;;) {
        size_t length = strcspn(choices, "|");

        buffer_add_format(out, "`%.*s`", (int)length, choices);
        if (!choices[length])
            return;
        buffer_add_text(out, ", ");
        choices += length + 1;
    }
}

static bool ends_with_empty_line(const struct buffer *out)
{
    return out->length >= 2 && memcmp(out->data + out->length - 2, "\n\n", 2) == 0;
}

void markdown_heading(struct buffer *out, unsigned level, const char *title)
{
    if (out->length && !ends_with_empty_line(out))
        buffer_add_char(out, '\n');
    for (unsigned i = 0; i < level; i++)
        buffer_add_char(out, '#');
    buffer_add_char(out, ' ');
    buffer_add_text(out, title);
    buffer_add_text(out, "\n\n");
}

void markdown_table(struct buffer *out, const char *const *headings)
{
    for (size_t i = 0; headings[i]; i++)
        buffer_add_format(out, "| %s ", headings[i]);
    buffer_add_text(out, "|\n");
    for (size_t i = 0; headings[i]; i++)
        buffer_add_text(out, "|---");
    buffer_add_text(out, "|\n");
}

void markdown_anchor(struct buffer *out, const char *heading)
{
    for (; *heading; heading++) {
        unsigned char c = (unsigned char)*heading;

        if (c == ' ')
            buffer_add_char(out, '-');
        else if (isalnum(c) || c == '-' || c == '_')
            buffer_add_char(out, (char)tolower(c));
    }
}

void markdown_link(struct buffer *out, const char *text, const char *heading)
{
    buffer_add_format(out, "[%s](#", text);
    markdown_anchor(out, heading);
    buffer_add_char(out, ')');
}
