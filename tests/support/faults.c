/* faults.c - makes one allocation after the other fail, until an operation succeeds */
#include "faults.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* More rounds than any operation has allocations: one that never succeeds must not run for ever. */
#define MOST_ROUNDS 100000

/* Names that the linker's --wrap makes. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* malloc has no argument to carry this in, so it is the one state of its kind. */
static struct {
    bool armed;
    unsigned fail_at; /* the allocation that fails, from 1; 0 before the first round */
    unsigned seen;    /* allocations in this round */
} faults;

void faults_begin(void)
{
    faults.armed = false;
    faults.fail_at = 0;
    faults.seen = 0;
}

bool faults_hit(void)
{
    return faults.seen >= faults.fail_at;
}

bool faults_next(void)
{
    bool finished = faults.fail_at > 0 && !faults_hit();

    faults.armed = !finished;
    if (finished)
        return false;
    if (faults.fail_at == MOST_ROUNDS) {
        fprintf(stderr, "faults: the operation fails even with all its memory\n");
        abort();
    }
    faults.fail_at++;
    faults.seen = 0;
    return true;
}

void faults_stop(void)
{
    faults.armed = false;
}

unsigned faults_count(void)
{
    return faults.fail_at - 1;
}

static bool fails_now(void)
{
    return faults.armed && ++faults.seen == faults.fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}
