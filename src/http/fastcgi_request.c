/* fastcgi_request.c - one FastCGI request on a connection that is open; all that touches libfcgi */
#include "fastcgi_request.h"

#include "keel/core/clock.h"

#include <fcgiapp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define RESPONDER 1 /* FCGI_RESPONDER of the specification, section 8 */

struct fastcgi_transport {
    struct transport transport; /* must be first */
    FCGX_Request *request;
    struct notify *notify;
    const struct fastcgi_neighbours *neighbours;
    const struct config *config;
    bool is_long;
    bool is_cut;
};

/*
 * What libfcgi has of its own to say to signals (a flag that its blocking accept looks at, which we
 * never enter) would only stand in the way of our own ways, so everything is put back.
 */
bool fastcgi_library_init(void)
{
    static const int signals[] = {SIGPIPE, SIGTERM, SIGUSR1};
    struct sigaction before[sizeof signals / sizeof signals[0]];

    /*
     * Milliseconds that closing waits for the peer to close first; libfcgi's own 2,000 would hold
     * the worker.
     */
    if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 0) != 0)
        return false;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], NULL, &before[i]);
    bool ok = FCGX_Init() == 0;

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &before[i], NULL);
    return ok;
}

/*
 * Has libfcgi read the head of a request from a connection that we accepted. It has no call for
 * that alone: FCGX_Accept_r() accepts where a request has no connection, and reads from the one it
 * has where the request before was finished and its connection kept. So we make a request that
 * looks like the latter. When the peer breaks off or sends something else, FCGX_Accept_r() closes
 * the connection and goes on to accept another from the listening socket, which is -1 here, and so
 * fails at once.
 */
static bool adopt(FCGX_Request *request, int fd)
{
    FCGX_InitRequest(request, -1, 0);
    request->ipcFd = fd;
    request->keepConnection = 1;
    return FCGX_Accept_r(request) == 0;
}

/*
 * Gives what is there rather than wait until `bytes` are full, so that the deadline is looked at
 * between two bytes of a slow peer.
 */
static size_t read_body(struct transport *transport, char *bytes, size_t size)
{
    struct fastcgi_transport *fastcgi = (struct fastcgi_transport *)transport;
    FCGX_Stream *in = fastcgi->request->in;

    if (size == 0)
        return 0;
    int64_t now = clock_monotonic_us();

    if (now > transport->deadline_us)
        return TRANSPORT_ERROR;
    notify_beat(fastcgi->notify, now);
    int first = FCGX_GetChar(in);

    if (first == EOF)
        return FCGX_GetError(in) == 0 ? 0 : TRANSPORT_ERROR;
    bytes[0] = (char)first;
    size_t there = (size_t)(in->stop - in->rdNext);
    size_t rest = there < size - 1 ? there : size - 1;

    return 1 + (size_t)FCGX_GetStr(bytes + 1, (int)rest, in);
}

static bool write_answer(struct transport *transport, const char *bytes, size_t size)
{
    struct fastcgi_transport *fastcgi = (struct fastcgi_transport *)transport;
    FCGX_Stream *out = fastcgi->request->out;

    while (size) {
        int part = size > INT_MAX ? INT_MAX : (int)size;

        if (FCGX_PutStr(bytes, part, out) != part)
            return false;
        bytes += part;
        size -= (size_t)part;
    }
    /* An answer in many pieces may take longer than a supervisor is patient. */
    notify_beat(fastcgi->notify, clock_monotonic_us());
    return FCGX_GetError(out) == 0;
}

/* How long the peer may take nothing of an answer. */
static void set_patience(const FCGX_Request *request, int64_t seconds)
{
    struct timeval limit = {.tv_sec = seconds};

    setsockopt(request->ipcFd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* Somebody who saves a large file piece by piece takes nothing for a while now and then. */
static void take_long(struct transport *transport)
{
    struct fastcgi_transport *fastcgi = (struct fastcgi_transport *)transport;

    fastcgi->is_long = true;
    set_patience(fastcgi->request, fastcgi->config->export_timeout_s);
    if (fastcgi->neighbours)
        fastcgi->neighbours->send_away(fastcgi->neighbours->context);
}

static void cut(struct transport *transport)
{
    ((struct fastcgi_transport *)transport)->is_cut = true;
}

/*
 * Claim: the web server tells its client of an answer that was cut. nginx does; as our files have
 * it configured, it does not say who it is. Apache's mod_proxy_fcgi and lighttpd end such an answer
 * as if it were whole.
 */
static bool passes_cuts(const FCGX_Request *request)
{
    const char *software = FCGX_GetParam("SERVER_SOFTWARE", request->envp);

    return !software || strncmp(software, "nginx", 5) == 0;
}

/*
 * Claim: the body has been read to its end. Otherwise the next request would be looked for inside
 * it, and whoever wrote the body could write that request too, with any REMOTE_ADDR it likes.
 */
static bool drain(struct fastcgi_transport *fastcgi, const struct config *config)
{
    int64_t left = transport_drain_limit(config->max_body_bytes);
    char waste[4096];
    size_t count;

    fastcgi->transport.deadline_us = clock_monotonic_us() + config->drain_timeout_ms * 1000;
    while ((count = read_body(&fastcgi->transport, waste, sizeof waste)) != 0) {
        if (count == TRANSPORT_ERROR)
            return false;
        left -= (int64_t)count;
        if (left < 0)
            return false;
    }
    return true;
}

/* Sends the rest of the answer and its end; claim: the connection is still open. */
static bool finish(FCGX_Request *request, bool may_stay)
{
    /*
     * The end of the request is written with the last stream to be closed, so the answer and its
     * end are one write.
     */
    bool sent = FCGX_FClose(request->err) == 0;

    sent = FCGX_FClose(request->out) == 0 && sent;
    bool stays = may_stay && sent && request->keepConnection;

    FCGX_Free(request, !stays);
    return stays;
}

bool fastcgi_request_serve(struct app *app, int fd, serve_function *serve,
                           const struct fastcgi_neighbours *neighbours)
{
    FCGX_Request request;

    if (!adopt(&request, fd))
        return false;
    /*
     * A head that broke off between two variables counts as whole for libfcgi. Other roles have
     * further streams behind the body, which nobody here would read.
     */
    if (FCGX_GetError(request.in) != 0 || request.role != RESPONDER) {
        FCGX_Free(&request, 1);
        return false;
    }
    struct fastcgi_transport fastcgi = {
        .transport = {.environment = request.envp,
                      .deadline_us = clock_monotonic_us() + app->config.request_timeout_s * 1000000,
                      .read = read_body,
                      .write = write_answer,
                      .take_long = take_long,
                      .cut = passes_cuts(&request) ? cut : NULL},
        .request = &request,
        .notify = &app->notify,
        .neighbours = neighbours,
        .config = &app->config,
    };

    serve(app, &fastcgi.transport);
    /* Without FCGI_END_REQUEST the web server knows that something is missing. */
    if (fastcgi.is_cut) {
        FCGX_Free(&request, 1);
        return false;
    }
    if (fastcgi.is_long)
        set_patience(&request, app->config.request_timeout_s);
    bool drained = drain(&fastcgi, &app->config);

    return finish(&request, drained);
}
