/* load.h - clients that read and write items without a pause, and keep what they were told */
#ifndef KEEL_TESTS_SUPPORT_LOAD_H
#define KEEL_TESTS_SUPPORT_LOAD_H

#include "site.h"

#include <pthread.h>
#include <stdatomic.h>

#define LOAD_CLIENTS   16
#define LOAD_ITEMS_MAX 20000 /* of one client */

/* How far an item has come. Each step is one write. */
enum load_step { LOAD_NOTHING, LOAD_CREATED, LOAD_CHANGED, LOAD_DELETED };

/* What the server may say about an item's way and what it may not: it lies between these two. */
struct load_item {
    int64_t id;
    enum load_step told;  /* the last step that was acknowledged */
    enum load_step asked; /* the last one that was asked for; whether it was taken may be unknown */
    enum load_step found; /* load_compare(): what the database says */
    int rows;             /* ... and how often */
};

struct load_tally {
    size_t requests;
    size_t refused;      /* told 502, 503, 504 or that a key is in use (409), in the envelope */
    size_t failed;       /* told anything else that is no success, in the envelope */
    size_t strange;      /* told something outside of the envelope, or nothing at all */
    size_t acknowledged; /* writes */
    size_t lost;       /* of those: what was read back or is in the database knows nothing of it */
    char problem[512]; /* the first thing that was failed, strange or lost; "": nothing */
};

struct load;

struct load_client {
    struct load *load;
    int number;
    pthread_t thread;
    struct http http;
    struct load_item *items;
    size_t count;
    struct load_tally tally;
    atomic_llong served_us; /* when the last request that succeeded was sent */
    atomic_llong denied_us; /* when the last one that did not ended */
};

struct load {
    struct site *site;
    const char *run; /* names of items begin with it */
    uint64_t key;    /* ... and Idempotency-Keys with this, by chance */
    int pause_ms;    /* of a client behind each answer */
    atomic_bool stop;
    struct load_client clients[LOAD_CLIENTS];
};

/*
 * Starts the clients, which run until load_stop(). `run` tells this load's items from others'. A
 * create that was refused is repeated under its Idempotency-Key until it is acknowledged.
 */
void load_begin(struct load *load, struct site *site, const char *run, int pause_ms);

/*
 * Claim: since `since_us` (monotonic) each client was served something it had asked for, and
 * nothing that it asked for later was denied it.
 */
bool load_is_served(struct load *load, int64_t since_us);

/*
 * Stops the clients and compares with the database: what was acknowledged is there, and nothing
 * is there twice.
 */
void load_stop(struct load *load, struct load_tally *tally);

/*
 * The same, and the test fails where anything was lost or a client was told anything but success
 * or, for at most `refused_max` requests in all, that it was refused. Returns the number of
 * requests.
 */
size_t load_end(struct load *load, size_t refused_max);

/*
 * For load_stop(): counts as lost what the database does not have as it was acknowledged, or has
 * twice.
 */
void load_compare(struct load *load, struct load_tally *tally);

/* Keeps the first problem of a tally. */
void load_note(struct load_tally *tally, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
