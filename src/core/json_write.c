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

void json_add_string(struct buffer *buffer, const char *text, size_t length)
{
    char escape[JSON_ESCAPE_SIZE];
    size_t written = 0;

    buffer_add_char(buffer, '"');
    for (size_t i = 0; i < length; i++) {
        if (json_is_plain((unsigned char)text[i]))
            continue;
        size_t size = json_escape((unsigned char)text[i], escape);

        buffer_add(buffer, text + written, i - written);
        buffer_add(buffer, escape, size);
        written = i + 1;
    }
    buffer_add(buffer, text + written, length - written);
    buffer_add_char(buffer, '"');
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
    json_add_text(buffer, name);
    buffer_add_char(buffer, ':');
}
