/* buffer.c - growing text that lives in an arena; the first failed append sticks */
#include "keel/core/buffer.h"

#include "keel/core/text.h"

#include <stdio.h>

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

bool buffer_grow(struct buffer *buffer, size_t size)
{
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

void buffer_add_int(struct buffer *buffer, int64_t value)
{
    char digits[TEXT_INT_SIZE];

    buffer_add(buffer, digits, text_from_int(value, digits));
}

/* Enough for most of what is formatted, so that it is formatted once. */
#define FORMAT_ROOM 64

/* Writes into the room there is. Returns how many bytes all of it takes, negative for a failure. */
static int format_into(struct buffer *buffer, const char *format, va_list arguments)
{
    return vsnprintf(buffer->data + buffer->length, buffer->capacity - buffer->length, format,
                     arguments);
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    if (!buffer_reserve(buffer, FORMAT_ROOM))
        return;
    size_t room = buffer->capacity - buffer->length;

    va_start(arguments, format);
    int length = format_into(buffer, format, arguments);

    va_end(arguments);
    if (length >= 0 && (size_t)length >= room && buffer_reserve(buffer, (size_t)length)) {
        va_start(arguments, format);
        length = format_into(buffer, format, arguments);
        va_end(arguments);
    }
    if (length < 0 || buffer->failed)
        buffer_cut(buffer, buffer->length);
    else
        buffer->length += (size_t)length;
}
