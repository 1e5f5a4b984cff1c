/* stage.h - an exchange made by hand, for tests of one stage */
#ifndef KEEL_TESTS_MIDDLEWARE_STAGE_H
#define KEEL_TESTS_MIDDLEWARE_STAGE_H

#include "middleware/stages.h"

#include "../support/folder.h"
#include "../support/unit.h"

#include <string.h>

struct stage {
    struct exchange exchange;
    struct app app;
    struct route route;
    char folder[FOLDER_PATH_SIZE]; /* for tests that need files */
};

static inline int stage_make(void **state)
{
    static struct stage stage;

    stage = (struct stage){.app.log.fd = -1, .app.config.cors_origins = ""};
    stage.exchange.app = &stage.app;
    stage.exchange.route = &stage.route;
    scope_begin(&stage.exchange.scope, &stage.app.config, NULL, NULL);
    response_begin(&stage.exchange.response, &stage.exchange.scope.arena);
    buffer_init(&stage.exchange.request.body, &stage.exchange.scope.arena);
    *state = &stage;
    return 0;
}

static inline int stage_drop(void **state)
{
    struct stage *stage = *state;

    scope_end(&stage->exchange.scope);
    return 0;
}

/* Begins the next case of a table. */
static inline void stage_renew(struct stage *stage)
{
    scope_clear_error(&stage->exchange.scope);
    buffer_clear(&stage->exchange.response.headers);
    stage->exchange.response.status = 200;
}

/* The header lines so far; "" for none. */
static inline const char *stage_headers(const struct stage *stage)
{
    return stage->exchange.response.headers.data ? stage->exchange.response.headers.data : "";
}

#define STAGE_TEST(sentence, function)                                                             \
    {                                                                                              \
        sentence, function, stage_make, stage_drop, NULL                                           \
    }

#endif
