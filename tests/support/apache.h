/* apache.h - Debian's Apache with its own configuration, running a program by mod_cgid */
#ifndef KEEL_TESTS_SUPPORT_APACHE_H
#define KEEL_TESTS_SUPPORT_APACHE_H

#include "instance.h"

struct apache {
    char config[128];
    int port;
};

/*
 * Starts it beside the instance. False where this machine has no Apache; the test fails where it
 * does not start.
 */
bool apache_start(struct instance *instance, struct apache *apache);

/* Stops it if it runs, and waits for its end. */
void apache_stop(struct instance *instance);

#endif
