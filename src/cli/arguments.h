/* arguments.h - reads a command's words: options first, in any place, then what is left in order */
#ifndef KEEL_CLI_ARGUMENTS_H
#define KEEL_CLI_ARGUMENTS_H

#include "cli.h"

/* Claim: the option (e.g. "--json") was given; takes it out. Words behind "--" are no options. */
bool arguments_flag(struct cli *cli, const char *option);

/*
 * Takes out `--option VALUE` or `--option=VALUE`; *value is NULL where it was not given. An option
 * that may be repeated is read until then. False, as misuse, when the value is missing.
 */
bool arguments_value(struct cli *cli, const char *option, const char **value);

/* The same for a number from `min` to `max`; `*number` stays where the option was not given. */
bool arguments_number(struct cli *cli, const char *option, int64_t min, int64_t max,
                      int64_t *number);

/* The next word that is no option; NULL when there is none. */
const char *arguments_next(struct cli *cli);

/* Refuses, as misuse, what nobody has read. */
bool arguments_end(struct cli *cli);

#endif
