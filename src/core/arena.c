/* arena.c - memory that belongs to one unit of work and goes at once when it ends */
#include "keel/core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Enough for an ordinary request, so that it costs one malloc. Sanitizer builds set 1: then every
 * allocation is a block of its own, whose bounds they watch and which a test can make fail.
 */
#ifndef ARENA_CHUNK_SIZE
#define ARENA_CHUNK_SIZE 16384
#endif
#define CHUNK_SIZE ((size_t)ARENA_CHUNK_SIZE)

struct arena_chunk {
    struct arena_chunk *previous;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena_disposer {
    struct arena_disposer *previous;
    void (*dispose)(void *object);
    void *object;
};

static size_t aligned(size_t size)
{
    const size_t step = alignof(max_align_t);

    return (size + step - 1) / step * step;
}

void arena_init(struct arena *arena)
{
    arena->chunk = NULL;
    arena->disposers = NULL;
}

void arena_free(struct arena *arena)
{
    for (struct arena_disposer *d = arena->disposers; d; d = d->previous)
        d->dispose(d->object);
    for (struct arena_chunk *chunk = arena->chunk, *previous; chunk; chunk = previous) {
        previous = chunk->previous;
        free(chunk);
    }
    arena_init(arena);
}

/* Space for `size` aligned bytes in the newest chunk, made if need be. */
static void *take(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->chunk;

    if (!chunk || chunk->size - chunk->used < size) {
        size_t chunk_size = size > CHUNK_SIZE ? size : CHUNK_SIZE;

        chunk = malloc(sizeof *chunk + chunk_size);
        if (!chunk)
            return NULL;
        chunk->previous = arena->chunk;
        chunk->size = chunk_size;
        chunk->used = 0;
        arena->chunk = chunk;
    }
    void *memory = chunk->bytes + chunk->used;

    chunk->used += size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = aligned(size ? size : 1);
    void *memory = take(arena, size);

    if (memory)
        memset(memory, 0, size);
    return memory;
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
    struct arena_chunk *chunk = arena->chunk;

    if (new_size > SIZE_MAX / 2)
        return NULL;
    if (old && chunk && (unsigned char *)old + aligned(old_size) == chunk->bytes + chunk->used) {
        size_t start = (size_t)((unsigned char *)old - chunk->bytes);

        if (chunk->size - start >= aligned(new_size)) {
            chunk->used = start + aligned(new_size);
            return old;
        }
    }
    void *memory = take(arena, aligned(new_size ? new_size : 1));

    if (memory && old)
        memcpy(memory, old, old_size < new_size ? old_size : new_size);
    return memory;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX / 2 ? take(arena, aligned(length + 1)) : NULL;

    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);

    va_end(again);
    char *text = length < 0 ? NULL : take(arena, aligned((size_t)length + 1));

    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = arena_vformat(arena, format, arguments);

    va_end(arguments);
    return text;
}

bool arena_defer(struct arena *arena, void (*dispose)(void *object), void *object)
{
    struct arena_disposer *disposer = arena_alloc(arena, sizeof *disposer);

    if (!disposer) {
        dispose(object);
        return false;
    }
    *disposer = (struct arena_disposer){arena->disposers, dispose, object};
    arena->disposers = disposer;
    return true;
}
