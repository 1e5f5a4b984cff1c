/* fastcgi_connections.h - the open connections of a worker */
#ifndef KEEL_HTTP_FASTCGI_CONNECTIONS_H
#define KEEL_HTTP_FASTCGI_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection {
    int fd;
    bool served;       /* at least one request; until then one is surely on its way */
    size_t index;      /* its place in the list */
    int64_t active_us; /* when it was accepted or last served, as clock_monotonic_us() has it */
};

struct connections {
    struct connection **list; /* in no order; each stays where it is in memory */
    size_t count;
    size_t capacity;
};

/* Keeps `fd`; NULL when there is no memory, then it is still the caller's. */
struct connection *connections_add(struct connections *connections, int fd, int64_t now_us);

/* Forgets it, without closing. */
void connections_forget(struct connections *connections, struct connection *connection);

/* Closes and forgets it. */
void connections_close(struct connections *connections, struct connection *connection);

/*
 * Tells the peers of those that are idle that nothing will come any more, so that they send their
 * next requests to somebody else. Each stays in the list until its own end is seen. `busy` is left
 * alone, and so is whoever has sent something or was never served.
 */
void connections_send_away(const struct connections *connections, const struct connection *busy);

/* Closes and frees all. */
void connections_end(struct connections *connections);

/* Claim: bytes are there to be read, so what the peer closed or broke is not counted. */
bool connection_has_data(const struct connection *connection);

#endif
