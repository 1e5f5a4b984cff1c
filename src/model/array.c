/* array.c - a list of texts as PostgreSQL writes an array (manual, section 8.15.6) */
#include "keel/model/array.h"

#include <string.h>

void array_begin(struct array *array, struct arena *arena)
{
    buffer_init(&array->text, arena);
    buffer_add_char(&array->text, '{');
}

/* In quotes, always: then only the quote and the backslash have a meaning of their own. */
static void add_quoted(struct buffer *text, const char *element)
{
    buffer_add_char(text, '"');
    for (;;) {
        size_t plain = strcspn(element, "\"\\");

        buffer_add(text, element, plain);
        element += plain;
        if (!*element)
            break;
        buffer_add_char(text, '\\');
        buffer_add_char(text, *element++);
    }
    buffer_add_char(text, '"');
}

void array_add(struct array *array, const char *element)
{
    if (array->text.length > 1)
        buffer_add_char(&array->text, ',');
    if (element)
        add_quoted(&array->text, element);
    else
        buffer_add_text(&array->text, "NULL");
}

const char *array_end(struct array *array)
{
    buffer_add_char(&array->text, '}');
    return array->text.failed ? NULL : array->text.data;
}
