/* fastcgi_request.h - one FastCGI request on a connection that is open; all that touches libfcgi */
#ifndef KEEL_HTTP_FASTCGI_REQUEST_H
#define KEEL_HTTP_FASTCGI_REQUEST_H

#include "keel/http/serve.h"

/* Makes libfcgi ready, leaving the process' signals as they are. False with errno. */
bool fastcgi_library_init(void);

/* The other connections of the worker, which wait while it serves one. */
struct fastcgi_neighbours {
    void (*send_away)(void *context); /* called before an answer that may take long */
    void *context;
};

/*
 * Reads the request that is on its way on `fd`, has it served and finishes it. True: the connection
 * is open and at the beginning of another request. False: `fd` is closed, because the peer wanted
 * it so, broke off, sent what is no FastCGI request, or is to know that its answer was cut.
 * `neighbours` may be NULL.
 */
bool fastcgi_request_serve(struct app *app, int fd, serve_function *serve,
                           const struct fastcgi_neighbours *neighbours);

#endif
