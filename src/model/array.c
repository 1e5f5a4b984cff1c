/* array.c - a list of texts as PostgreSQL writes an array (manual, section 8.15.6) */
#include "keel/model/array.h"

#include "keel/core/json.h"

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

/* Copies an element without its quotes and escapes; gives where it ends, behind the quote. */
static const char *read_quoted(struct buffer *element, const char *text)
{
    buffer_clear(element);
    while (*text != '"') {
        text += *text == '\\';
        buffer_add_char(element, *text++);
    }
    return text + 1;
}

static void add_mark(struct buffer *buffer, char mark)
{
    if (mark == '{')
        mark = '[';
    else if (mark == '}')
        mark = ']';
    buffer_add_char(buffer, mark);
}

/* Outside of quotes there is nothing but NULL, commas and braces, see array_add(). */
void array_add_json(struct buffer *buffer, const char *text)
{
    struct buffer element;

    buffer_init(&element, buffer->arena);
    while (*text) {
        if (*text == '"') {
            text = read_quoted(&element, text + 1);
            json_add_string(buffer, element.data ? element.data : "", element.length);
            buffer->failed = buffer->failed || element.failed;
        } else if (*text == 'N') {
            buffer_add_text(buffer, "null");
            text += strlen("NULL");
        } else {
            add_mark(buffer, *text++);
        }
    }
}
