/* json_write.c - JSON text out */
#include "json_escape.h"
#include "keel/core/json.h"

#include <string.h>

size_t json_escape(unsigned char c, char *escape)
{
    static const char digits[] = "0123456789abcdef";
    static const char short_names[] = "btn\0fr"; /* from 0x08 on; 0x0B has none */

    if (json_is_plain(c))
        return 0;
    escape[0] = '\\';
    if (c >= 0x20)
        escape[1] = (char)c;
    else if (c >= '\b' && c <= '\r' && c != '\v')
        escape[1] = short_names[c - '\b'];
    else {
        escape[1] = 'u';
        escape[2] = '0';
        escape[3] = '0';
        escape[4] = digits[c >> 4];
        escape[5] = digits[c & 15];
        return 6;
    }
    return 2;
}

/* Eight bytes that each are `c`. */
#define EACH(c) (UINT64_C(0x0101010101010101) * (unsigned char)(c))

/*
 * The high bits of those bytes of the eight that need an escape, found by subtraction: Hacker's
 * Delight, 6-1. Wrong only in the safe direction.
 */
static uint64_t find_escapes(uint64_t bytes)
{
    uint64_t quotes = bytes ^ EACH('"');
    uint64_t backslashes = bytes ^ EACH('\\');

    return (((bytes - EACH(0x20)) & ~bytes) | ((quotes - EACH(1)) & ~quotes) |
            ((backslashes - EACH(1)) & ~backslashes)) &
           EACH(0x80);
}

static uint64_t load(const char *text)
{
    uint64_t bytes;

    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

size_t json_plain_length(const char *text, size_t length)
{
    size_t i = 0;

    while (i + sizeof(uint64_t) <= length && find_escapes(load(text + i)) == 0)
        i += sizeof(uint64_t);
    /* The last eight once more, some for the second time, are less work than each of the rest. */
    if (i > 0 && i < length && length - i < sizeof(uint64_t) &&
        find_escapes(load(text + length - sizeof(uint64_t))) == 0)
        return length;
    while (i < length && json_is_plain((unsigned char)text[i]))
        i++;
    return i;
}

size_t json_ascii_length(const char *text, size_t length)
{
    size_t i = 0;

    for (; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
        uint64_t bytes = load(text + i);

        if (find_escapes(bytes) || (bytes & EACH(0x80)))
            break;
    }
    while (i < length && json_is_plain((unsigned char)text[i]) && (unsigned char)text[i] < 0x80)
        i++;
    return i;
}

static void add_escaped(struct buffer *buffer, const char *text, size_t length)
{
    char escape[JSON_ESCAPE_SIZE];

    buffer_add_char(buffer, '"');
    for (;;) {
        size_t plain = json_plain_length(text, length);

        buffer_add(buffer, text, plain);
        if (plain == length)
            break;
        buffer_add(buffer, escape, json_escape((unsigned char)text[plain], escape));
        text += plain + 1;
        length -= plain + 1;
    }
    buffer_add_char(buffer, '"');
}

void json_add_string(struct buffer *buffer, const char *text, size_t length)
{
    if (json_plain_length(text, length) < length) {
        add_escaped(buffer, text, length);
        return;
    }
    if (!buffer_reserve(buffer, length + 2))
        return;
    char *at = buffer->data + buffer->length;

    at[0] = '"';
    memcpy(at + 1, text, length);
    at[length + 1] = '"';
    at[length + 2] = '\0';
    buffer->length += length + 2;
}

void json_add_text(struct buffer *buffer, const char *text)
{
    if (text)
        json_add_string(buffer, text, strlen(text));
    else
        buffer_add(buffer, "null", 4);
}

void json_add_key(struct buffer *buffer, const char *name)
{
    size_t length = strlen(name);

    if (!buffer_reserve(buffer, length + 3))
        return;
    char *at = buffer->data + buffer->length;

    *at++ = '"';
    memcpy(at, name, length);
    at[length] = '"';
    at[length + 1] = ':';
    at[length + 2] = '\0';
    buffer->length += length + 3;
}
