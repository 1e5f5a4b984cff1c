/* arena.h - memory that belongs to one unit of work and goes at once when it ends */
#ifndef KEEL_CORE_ARENA_H
#define KEEL_CORE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;
struct arena_disposer;

struct arena {
    struct arena_chunk *chunk;
    struct arena_disposer *disposers;
};

/* Makes an empty arena; takes no memory yet. */
void arena_init(struct arena *arena);

/*
 * Runs every disposer, newest first, then gives all memory back. The arena is empty and usable
 * again.
 */
void arena_free(struct arena *arena);

/*
 * Zeroed memory of `size` bytes, aligned for any type, valid until arena_free(). NULL when there is
 * none.
 */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * Grows the newest allocation in place where possible, else moves it. `old` may be NULL with
 * `old_size` 0. The grown part is not zeroed. NULL when there is no memory; `old` stays valid then.
 */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size);

/* A copy of `length` bytes with a NUL behind them; NULL when there is no memory. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* printf into the arena; NULL when there is no memory. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/*
 * Has `dispose(object)` called by arena_free(). When there is no memory to remember it, `object` is
 * disposed of at once and false returned: either way the caller has nothing left to free.
 */
bool arena_defer(struct arena *arena, void (*dispose)(void *object), void *object);

#endif
