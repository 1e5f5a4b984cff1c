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

/* GCC and clang turn these into what the machine has for it, or into what it does without. */
typedef uint8_t block __attribute__((vector_size(16)));

/* Claim: one of the block's bytes needs an escape, or is more than `most`. */
static inline bool has_special(const char *text, uint8_t most)
{
    uint64_t halves[2];
    block bytes;

    memcpy(&bytes, text, sizeof bytes);
    bytes = (block)((bytes < 0x20) | (bytes == '"') | (bytes == '\\') | (bytes > most));
    memcpy(halves, &bytes, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

static inline size_t plain_length(const char *text, size_t length, uint8_t most)
{
    size_t i = 0;

    while (i + sizeof(block) <= length && !has_special(text + i, most))
        i += sizeof(block);
    /* The last sixteen once more, some for the second time, are less work than each of the rest. */
    if (i > 0 && length - i < sizeof(block) && !has_special(text + length - sizeof(block), most))
        return length;
    while (i < length && json_is_plain((unsigned char)text[i]) && (uint8_t)text[i] <= most)
        i++;
    return i;
}

size_t json_plain_length(const char *text, size_t length)
{
    return plain_length(text, length, UINT8_MAX);
}

size_t json_ascii_length(const char *text, size_t length)
{
    return plain_length(text, length, 0x7f);
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
