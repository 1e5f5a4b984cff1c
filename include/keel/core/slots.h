/* slots.h - places that the processes of a node share: so many at once, by locks on a file */
#ifndef KEEL_CORE_SLOTS_H
#define KEEL_CORE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

/* A place that was taken. */
struct slot {
    int fd;
};

/* Claim: the file can be opened, made if need be, and locked. False with errno. */
bool slots_are_usable(const char *path);

/*
 * Takes one of `count` places (1 or more), waiting for up to `wait_ms` milliseconds. Whoever dies
 * gives its place back. False with errno: EAGAIN when all of them stayed taken.
 */
bool slot_take(const char *path, int64_t count, int64_t wait_ms, struct slot *slot);
void slot_give(struct slot *slot);

/* One place for each core that this process may run on. */
int64_t slots_per_core(void);

#endif
