/* buffer.h - growing text that lives in an arena; the first failed append sticks */
#ifndef KEEL_CORE_BUFFER_H
#define KEEL_CORE_BUFFER_H

#include "keel/core/arena.h"

#include <stdint.h>

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

/*
 * Room for `size` more bytes to be written at data + length by the caller; false when there is no
 * memory.
 */
bool buffer_reserve(struct buffer *buffer, size_t size);

/* Each appends, or sets `failed` and changes nothing where there is no memory. */
void buffer_add(struct buffer *buffer, const char *bytes, size_t length);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_char(struct buffer *buffer, char c);
void buffer_add_int(struct buffer *buffer, int64_t value);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
