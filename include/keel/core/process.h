/* process.h - what a process that holds secrets and lives long does first, and what it was told */
#ifndef KEEL_CORE_PROCESS_H
#define KEEL_CORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps memory out of core files and away from other processes, files for oneself (umask 077),
 * standard input, output and error open, as many files at once as the system's hard limit allows,
 * and large blocks of memory no longer than they are used. False with errno.
 */
bool process_prepare(void);

/* The whole number in an environment variable; 0 where there is none. */
int64_t process_variable_int(const char *name);

#endif
