/* transport.h - where a request's bytes come from and its answer goes to */
#ifndef KEEL_HTTP_TRANSPORT_H
#define KEEL_HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_ERROR ((size_t)-1)

/*
 * One request, as CGI/1.1 (RFC 3875) has it. Implemented by http/fastcgi.c, http/cgi.c and
 * http/memory.c, each with this struct as the first member of its own.
 */
struct transport {
    /* "NAME=value", NULL-terminated; stays valid while the request runs. */
    char *const *environment;

    /*
     * On the clock that only goes forward: when reading the body ends with TRANSPORT_ERROR, however
     * much of it is there; 0: never.
     */
    int64_t deadline_us;

    /* The body comes at the client's own speed: no web server has collected it before. */
    bool is_direct;

    /*
     * Up to `size` bytes of the body; 0 at its end; TRANSPORT_ERROR when the client or server broke
     * off.
     */
    size_t (*read)(struct transport *transport, char *bytes, size_t size);

    /* The next part of the answer; most have but one. False when the client has gone. */
    bool (*write)(struct transport *transport, const char *bytes, size_t size);

    /*
     * Said before an answer that may take long, so that nobody has to wait behind it; NULL: nobody
     * would.
     */
    void (*take_long)(struct transport *transport);

    /*
     * Has the answer end in a way that tells the client that it is not whole; nothing is written
     * after it. NULL: the way to the client knows no such end.
     */
    void (*cut)(struct transport *transport);
};

/*
 * Bytes of an unwanted body that are read away before the connection is given up: as many as a body
 * may have, at least 1 MiB. `max_body_bytes` is the setting.
 */
int64_t transport_drain_limit(int64_t max_body_bytes);

/* The value of a variable, or NULL. The first one counts where there are several. */
const char *transport_variable(const struct transport *transport, const char *name);

#endif
