/* program.h - runs another program and reads what it prints */
#ifndef KEEL_CLI_PROGRAM_H
#define KEEL_CLI_PROGRAM_H

#include "keel/core/scope.h"

/*
 * Runs a program, which PATH finds, with these words (ending with NULL), without a shell. `*text`
 * is what it printed to stdout, in the scope's arena, `*status` its exit status. What it says on
 * stderr goes to ours. Fails with ERR_INTERNAL where it cannot be run, cannot be read, or a signal
 * ended it.
 */
bool program_read(struct scope *scope, const char *const *words, const char **text, int *status);

#endif
