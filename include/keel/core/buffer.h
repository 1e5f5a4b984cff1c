/* buffer.h - growing text that lives in an arena; the first failed append sticks */
#ifndef KEEL_CORE_BUFFER_H
#define KEEL_CORE_BUFFER_H

#include "keel/core/arena.h"

#include <stdint.h>
#include <string.h>

/* `data` is NUL-terminated once something was appended. Reads as empty after buffer_init(). */
struct buffer {
    struct arena *arena;
    char *data;
    size_t length;
    size_t capacity;
    bool failed; /* memory ran out: what was appended since is lost; check once at the end */
};

/* An empty one; takes no memory yet. */
void buffer_init(struct buffer *buffer, struct arena *arena);

/* Empties it, keeping its memory, and forgets a failure. */
void buffer_clear(struct buffer *buffer);

/* Cuts it back to `length` bytes, which must not be more than it has. */
void buffer_cut(struct buffer *buffer, size_t length);

/* buffer_reserve() where there is not enough room yet. */
bool buffer_grow(struct buffer *buffer, size_t size);

/*
 * Room for `size` more bytes to be written at data + length by the caller; false when there is no
 * memory. Asked several times for every value of every answer: no call.
 */
static inline bool buffer_reserve(struct buffer *buffer, size_t size)
{
    /* One byte more than asked, so that a NUL always fits. */
    return !buffer->failed &&
           (buffer->capacity - buffer->length > size || buffer_grow(buffer, size));
}

/* Each appends, or sets `failed` and changes nothing where there is no memory. */
static inline void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    if (!buffer_reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

static inline void buffer_add_char(struct buffer *buffer, char c)
{
    if (!buffer_reserve(buffer, 1))
        return;
    buffer->data[buffer->length++] = c;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_int(struct buffer *buffer, int64_t value);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
