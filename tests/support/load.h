/* load.h - clients that read and write items without a pause, and keep what they were told */
#ifndef KEEL_TESTS_SUPPORT_LOAD_H
#define KEEL_TESTS_SUPPORT_LOAD_H

#include "site.h"

#include <pthread.h>
#include <stdatomic.h>

#define LOAD_CLIENTS     16
#define LOAD_CREATES_MAX 20000 /* of one client */

struct load;

struct load_client {
    struct load *load;
    int number;
    pthread_t thread;
    struct http http;
    size_t creates;
    int64_t *ids; /* of each create: the id that was acknowledged, 0 where none was */
    size_t requests;
    size_t refused;    /* answered 502 or 503 in the envelope */
    char problem[512]; /* the first thing that was wrong; "": nothing */
};

struct load {
    struct site *site;
    const char *run; /* names of items begin with it */
    atomic_bool stop;
    struct load_client clients[LOAD_CLIENTS];
};

/* Starts the clients, which run until load_end(). `run` tells this load's items from others'. */
void load_begin(struct load *load, struct site *site, const char *run);

/*
 * Stops them, and fails the test where a client was told anything but success or, for at most
 * `refused_max` requests in all, a 502 or 503 in the envelope. Then compares with the database:
 * what was acknowledged is there, and nothing is there twice. Returns the number of requests.
 */
size_t load_end(struct load *load, size_t refused_max);

#endif
