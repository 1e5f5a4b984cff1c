/* fuzz.h - what every fuzz target has: its entry, and a claim that must hold whatever the input */
#ifndef KEEL_TESTS_FUZZ_H
#define KEEL_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Called by libFuzzer, or by replay.c with a stored input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, so that the input is kept, where `claim` is false. */
static inline void fuzz_expect(bool claim, const char *sentence)
{
    if (claim)
        return;
    fprintf(stderr, "not true: %s\n", sentence);
    abort();
}

#endif
