/* buffer.c - growing text that lives in an arena; the first failed append sticks */
#include "keel/core/buffer.h"

#include "keel/core/text.h"

#include <stdio.h>
#include <string.h>

void buffer_init(struct buffer *buffer, struct arena *arena)
{
    *buffer = (struct buffer){.arena = arena};
}

void buffer_clear(struct buffer *buffer)
{
    buffer_cut(buffer, 0);
    buffer->failed = false;
}

void buffer_cut(struct buffer *buffer, size_t length)
{
    buffer->length = length;
    if (buffer->data)
        buffer->data[length] = '\0';
}

bool buffer_reserve(struct buffer *buffer, size_t size)
{
    if (buffer->failed)
        return false;
    /* One byte more than asked, so that a NUL always fits. */
    if (buffer->capacity - buffer->length > size)
        return true;
    size_t needed = buffer->length + size + 1;
    size_t capacity = buffer->capacity ? buffer->capacity : 256;

    if (needed < size) {
        buffer->failed = true;
        return false;
    }
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 4 ? needed : capacity * 2;
    char *data = arena_grow(buffer->arena, buffer->data, buffer->capacity, capacity);

    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    if (!buffer_reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_add_char(struct buffer *buffer, char c)
{
    if (!buffer_reserve(buffer, 1))
        return;
    buffer->data[buffer->length++] = c;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_int(struct buffer *buffer, int64_t value)
{
    char digits[TEXT_INT_SIZE];

    buffer_add(buffer, digits, text_from_int(value, digits));
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);

    va_end(arguments);
    if (length < 0 || !buffer_reserve(buffer, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}
