/* family.h - which processes have started which, as /proc has it */
#ifndef KEEL_TESTS_SUPPORT_FAMILY_H
#define KEEL_TESTS_SUPPORT_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The living children of a process, at most `size`; returns how many there are. */
size_t family_children(pid_t parent, pid_t *pids, size_t size);

/* Claim: the process lives, and not just until somebody asks how it ended. */
bool family_lives(pid_t pid);

/* The number that a file begins with, as those of pids do; 0 where there is none. */
pid_t family_recorded(const char *path);

#endif
