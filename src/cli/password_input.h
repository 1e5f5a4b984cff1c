/* password_input.h - a password from the terminal, stdin or a descriptor; never from argv */
#ifndef KEEL_CLI_PASSWORD_INPUT_H
#define KEEL_CLI_PASSWORD_INPUT_H

#include "cli.h"

/*
 * Reads a password into the scope's arena: from descriptor `fd`, or where it is negative from
 * stdin. On a terminal it asks twice without showing what is typed; else it takes one line, without
 * its end. Fails with ERR_VALIDATION for an empty, too long or twice different one.
 */
bool password_input(struct cli *cli, int64_t fd, const char **password);

#endif
