/* serve.h - the ways a program takes requests in */
#ifndef KEEL_HTTP_SERVE_H
#define KEEL_HTTP_SERVE_H

#include "keel/http/exchange.h"

/* Answers one request; api_serve() of keel/middleware/pipeline.h in the real program. */
typedef void serve_function(struct app *app, struct transport *transport);

enum serve_start { START_UNKNOWN, START_FASTCGI, START_CGI };

/*
 * How this process was started. FastCGI: `*listen_fd` is the socket, standard input or the first
 * that systemd passed (LISTEN_FDS). CGI: GATEWAY_INTERFACE is there.
 */
enum serve_start serve_find_start(int *listen_fd);

/*
 * Serves FastCGI requests from a listening socket until SIGTERM or SIGINT, MAX_REQUESTS or the
 * memory bound: many idle connections, one request at a time. SIGHUP reopens the log. False with a
 * line in the log when the socket cannot be used.
 */
bool fastcgi_serve(struct app *app, int listen_fd, serve_function *serve);

/*
 * Serves the one request that the process' environment and standard input hold (RFC 3875). False
 * when the answer did not get out.
 */
bool cgi_serve(struct app *app, serve_function *serve);

/*
 * Answers 500 without looking at the request or the settings: for a process that could not be set
 * up.
 */
void serve_refusal(struct app *app, struct transport *transport);

#endif
