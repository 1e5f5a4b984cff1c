/* front.h - a web server in front of an instance, configured by the files that operators copy */
#ifndef KEEL_TESTS_SUPPORT_FRONT_H
#define KEEL_TESTS_SUPPORT_FRONT_H

#include "instance.h"

/* What a web server does, as bits. */
enum {
    FRONT_SOCKET = 1,  /* it asks the instance's own workers, and starts none itself */
    FRONT_BUFFERS = 2, /* a worker hears of a request when its body is there */
};

struct front_kind;

struct front {
    const struct front_kind *kind;
    int port;
    pid_t pid; /* 0: the instance's own nginx, or not running */
    char folder[160];
};

/* The web servers that there are tests for, by index; NULL behind the last. */
const struct front_kind *front_kind(size_t index);
const char *front_name(const struct front_kind *kind);
unsigned front_has(const struct front_kind *kind); /* FRONT_... bits */

/*
 * Starts one beside the instance and waits until it listens; it ends with this process at the
 * latest. `settings` ("KEEL_NAME=value", NULL-terminated) are for the programs that it starts
 * itself. False where this machine does not have it; the test fails where it does not start.
 */
bool front_start(struct instance *instance, const struct front_kind *kind,
                 const char *const *settings, struct front *front);

/* Stops it if it runs, and waits for its end and that of the workers it has started. */
void front_stop(struct front *front);

#endif
