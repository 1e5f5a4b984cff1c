/* command.h - another program, run without a shell and within a time limit */
#ifndef KEEL_MAILER_COMMAND_H
#define KEEL_MAILER_COMMAND_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"

enum command_how { COMMAND_EXITED, COMMAND_KILLED, COMMAND_TIMED_OUT, COMMAND_NOT_STARTED };

struct command_end {
    enum command_how how;
    int number;       /* the exit status, or the signal's number */
    const char *said; /* the beginning of what it wrote, or why it was not started */
};

/*
 * Splits a command at its spaces into a NULL-terminated list in the scope's arena. There is no
 * quoting: a word with a space in it needs a script. ERR_INTERNAL where there is no word.
 */
bool command_split(struct scope *scope, const char *command, char ***words);

/*
 * Runs a program (words[0] is its whole path) with `input` as its standard input and waits for its
 * end, at most `timeout_s` seconds; after that it is ended with all that it has started. It gets
 * nothing of our settings: only PATH, HOME, LANG, LOGNAME, TZ and USER of the environment. Fails
 * only where the system has no memory or no files left.
 */
bool command_run(struct scope *scope, char **words, const struct buffer *input, int64_t timeout_s,
                 struct command_end *end);

#endif
