/* process.h - what a process that holds secrets does first */
#ifndef KEEL_CORE_PROCESS_H
#define KEEL_CORE_PROCESS_H

#include <stdbool.h>

/*
 * Keeps memory out of core files and away from other processes, files for oneself (umask 077),
 * standard input, output and error open, and as many files at once as the system's hard limit
 * allows. False with errno.
 */
bool process_prepare(void);

#endif
