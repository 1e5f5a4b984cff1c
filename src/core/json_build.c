/* json_build.c - JSON text made member by member; its commas come by themselves */
#include "keel/core/json_build.h"

#include "keel/core/json.h"

#include <stdarg.h>
#include <string.h>

/*
 * Begins a member or an element. What stands before it tells whether a comma is due: behind an
 * opening or a colon there is none.
 */
static void begin(struct buffer *out, const char *name)
{
    const char *last = out->length ? out->data + out->length - 1 : "[";

    if (*last != '{' && *last != '[' && *last != ':')
        buffer_add_char(out, ',');
    if (name)
        json_add_key(out, name);
}

void json_open_object(struct buffer *out, const char *name)
{
    begin(out, name);
    buffer_add_char(out, '{');
}

void json_close_object(struct buffer *out)
{
    buffer_add_char(out, '}');
}

void json_open_array(struct buffer *out, const char *name)
{
    begin(out, name);
    buffer_add_char(out, '[');
}

void json_close_array(struct buffer *out)
{
    buffer_add_char(out, ']');
}

void json_put_text(struct buffer *out, const char *name, const char *text)
{
    begin(out, name);
    json_add_text(out, text);
}

void json_put_int(struct buffer *out, const char *name, int64_t value)
{
    begin(out, name);
    buffer_add_int(out, value);
}

void json_put_bool(struct buffer *out, const char *name, bool value)
{
    json_put_raw(out, name, value ? "true" : "false");
}

void json_put_format(struct buffer *out, const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vformat(out->arena, format, arguments);

    va_end(arguments);
    if (text)
        json_put_text(out, name, text);
    else
        out->failed = true;
}

void json_put_raw(struct buffer *out, const char *name, const char *json)
{
    begin(out, name);
    buffer_add_text(out, json);
}

/* Bytes of the string that `json` begins with, its quotes among them. */
static size_t measure_string(const char *json, size_t length)
{
    size_t at = 1;

    while (at < length && json[at] != '"')
        at += json[at] == '\\' ? 2 : 1;
    return at < length ? at + 1 : length;
}

static void break_line(struct buffer *out, unsigned depth)
{
    buffer_add_char(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buffer_add(out, "  ", 2);
}

/* An object or array without members stays on its line. */
static bool is_empty(const char *json, size_t length)
{
    return length > 1 && (json[1] == '}' || json[1] == ']');
}

void json_add_indented(struct buffer *out, const char *json, size_t length)
{
    unsigned depth = 0;

    for (size_t at = 0, size; at < length; at += size) {
        char c = json[at];

        size = 1;
        if (c == '"') {
            size = measure_string(json + at, length - at);
            buffer_add(out, json + at, size);
        } else if ((c == '{' || c == '[') && is_empty(json + at, length - at)) {
            size = 2;
            buffer_add(out, json + at, size);
        } else if (c == '{' || c == '[') {
            buffer_add_char(out, c);
            break_line(out, ++depth);
        } else if (c == '}' || c == ']') {
            break_line(out, depth ? --depth : 0);
            buffer_add_char(out, c);
        } else if (c == ',') {
            buffer_add_char(out, c);
            break_line(out, depth);
        } else if (c == ':') {
            buffer_add(out, ": ", 2);
        } else {
            buffer_add_char(out, c);
        }
    }
}
