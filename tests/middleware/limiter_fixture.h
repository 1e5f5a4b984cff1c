/* limiter_fixture.h - an open limiter in a folder of its own */
#ifndef KEEL_TESTS_MIDDLEWARE_LIMITER_FIXTURE_H
#define KEEL_TESTS_MIDDLEWARE_LIMITER_FIXTURE_H

#include "../support/folder.h"
#include "../support/unit.h"

#include "keel/middleware/limiter.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
    char folder[FOLDER_PATH_SIZE];
    char path[FOLDER_PATH_SIZE + 16];
    struct limiter *limiter;
};

static inline int open_one(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    *state = fixture;
    folder_make(fixture->folder);
    snprintf(fixture->path, sizeof fixture->path, "%s/rate", fixture->folder);
    assert_true(limiter_open(fixture->path, &fixture->limiter));
    return 0;
}

static inline int close_one(void **state)
{
    struct fixture *fixture = *state;

    limiter_close(fixture->limiter);
    folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

/* How many tokens in a row there are, up to `most`. */
static inline int count_tokens(struct limiter *limiter, const char *key, int64_t per_minute,
                               int64_t now, int most)
{
    int count = 0;
    int retry_after;

    while (count < most && limiter_take(limiter, key, per_minute, now, &retry_after))
        count++;
    return count;
}

#endif
