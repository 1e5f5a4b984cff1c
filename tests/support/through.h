/* through.h - the same tests through every web server that there is a configuration for */
#ifndef KEEL_TESTS_SUPPORT_THROUGH_H
#define KEEL_TESTS_SUPPORT_THROUGH_H

#include "front.h"
#include "site.h"

#define THROUGH_WORKERS 1 /* whoever holds it holds all */

/* One web server; all of them stand in front of one instance. */
struct through {
    const struct front_kind *kind;
    void **site; /* shared: a struct site, for its instance and its tokens */
    struct front front;
    struct http http; /* a client of this server */
};

/* A test, whose state is a struct through. */
struct through_check {
    const char *name;
    void (*test)(void **state);
    unsigned needs; /* of the server: FRONT_... bits; it is left out where they are not there */
};

/*
 * Runs them all through one server after the other, and looks whether anything of theirs is left.
 * 127.0.0.1 is a proxy that is believed, and there are no rate limits. What main() returns.
 */
int through_run(const char *group, const struct through_check *checks, size_t count);

/* What each test begins with: the server runs, else the test is skipped. */
struct through *through_begin(void **state);

struct site *through_site(const struct through *through);

/* A request without a body and with one more header (NULL: none). */
const struct http_reply *through_ask(struct through *through, const char *method,
                                     const char *target, const char *header);

/* POST /api/items as the editor; `length` 0: that of the text. */
const struct http_reply *through_post(struct through *through, const char *body, size_t length,
                                      bool chunked);

/* The answer has this status and this error code (NULL: none, or no body); else the test fails. */
void through_must(const struct http_reply *reply, int status, const char *code);

#endif
