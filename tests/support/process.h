/* process.h - runs another program and keeps what it said */
#ifndef KEEL_TESTS_SUPPORT_PROCESS_H
#define KEEL_TESTS_SUPPORT_PROCESS_H

#include "keel/core/arena.h"

struct process_input {
    const char *bytes;
    size_t length;
};

struct process_output {
    int status; /* exit status; 128 + the signal's number when one ended it */
    const char *out;
    size_t out_length;
    const char *err;
    size_t err_length;
};

/*
 * Runs `arguments` (the first is a path) with exactly this environment, and waits for its end. Its
 * standard input holds `input`; NULL is an empty one. Everything in `output` is in the arena,
 * NUL-terminated. False where it cannot be started. May be called from any thread.
 */
bool process_run(struct arena *arena, const char *const *arguments, const char *const *environment,
                 const struct process_input *input, struct process_output *output);

/*
 * The caller's environment, without what would reach into a program under test (KEEL_..., PG...),
 * and with `more`
 * ("NAME=value", NULL-terminated) added. NULL when there is no memory.
 */
const char *const *process_environment(struct arena *arena, const char *const *more);

#endif
