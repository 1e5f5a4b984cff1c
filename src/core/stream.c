/* stream.c - bytes that are too many to hold at once: where they come from, where they go */
#include "keel/core/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What one read() asks for: fewer calls gain nothing any more, and it stays in the cache. */
#define WINDOW_SIZE ((size_t)64 * 1024)

static bool fail_file(const struct stream_file *file, const char *what)
{
    int error = errno;

    fail(file->scope, ERR_UNAVAILABLE, "%s cannot be %s: %s", file->name, what, strerror(error));
    return false;
}

static bool read_file(void *from, char *bytes, size_t size, size_t *length)
{
    const struct stream_file *file = from;
    ssize_t count;

    do
        count = read(file->fd, bytes, size);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail_file(file, "read");
    *length = (size_t)count;
    return true;
}

/* Of a pipe there is nothing but to read it. */
static bool skip_file(void *from, int64_t count)
{
    const struct stream_file *file = from;

    return lseek(file->fd, count, SEEK_CUR) >= 0;
}

static bool write_file(void *to, const char *data, size_t length)
{
    const struct stream_file *file = to;

    while (length) {
        ssize_t count = write(file->fd, data, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_file(file, "written");
        data += count;
        length -= (size_t)count;
    }
    return true;
}

struct source stream_source(struct stream_file *file)
{
    return (struct source){.read = read_file, .from = file, .skip = skip_file};
}

struct sink stream_sink(struct stream_file *file)
{
    return (struct sink){write_file, file};
}

void stream_window_begin(struct stream_window *window, struct scope *scope, struct source source,
                         int64_t offset)
{
    *window = (struct stream_window){.scope = scope, .source = source, .offset = offset};
}

/* Room for one byte to read and one behind it, by moving what is there or by more memory. */
static bool make_room(struct stream_window *window)
{
    size_t held = window->end - window->start;

    if (window->start) {
        memmove(window->bytes, window->bytes + window->start, held);
        window->start = 0;
        window->end = held;
    }
    if (window->capacity - held >= 2)
        return true;
    size_t capacity = window->capacity ? window->capacity * 2 : WINDOW_SIZE;
    char *bytes = arena_grow(&window->scope->arena, window->bytes, window->capacity, capacity);

    if (!bytes)
        return fail_memory(window->scope);
    window->bytes = bytes;
    window->capacity = capacity;
    return true;
}

enum stream_more stream_window_fill(struct stream_window *window, size_t limit)
{
    size_t length = 0;

    if (window->ended)
        return STREAM_NO_MORE;
    if (window->end - window->start >= limit)
        return STREAM_TOO_LONG;
    if (!make_room(window) || !window->source.read(window->source.from, window->bytes + window->end,
                                                   window->capacity - window->end - 1, &length))
        return STREAM_BROKEN;
    window->end += length;
    window->ended = length == 0;
    return length ? STREAM_MORE : STREAM_NO_MORE;
}

void stream_window_take(struct stream_window *window, size_t length)
{
    window->start += length;
    window->offset += (int64_t)length;
}

bool stream_window_skip(struct stream_window *window, int64_t offset)
{
    const struct source *source = &window->source;

    for (;;) {
        int64_t left = offset - window->offset;
        size_t held = window->end - window->start;

        stream_window_take(window, left < (int64_t)held ? (size_t)left : held);
        left = offset - window->offset;
        if (left && !window->ended && source->skip && source->skip(source->from, left))
            window->offset = offset;
        if (window->offset == offset)
            return true;
        enum stream_more more = stream_window_fill(window, SIZE_MAX);

        if (more != STREAM_MORE)
            return more == STREAM_NO_MORE;
    }
}
