/* cgi.c - one request from the environment and standard input (RFC 3875) */
#include "keel/core/clock.h"
#include "keel/core/text.h"
#include "keel/http/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* For reading away a body that nobody wants, where there are no settings. */
#define DRAIN_TIMEOUT_MS 2000

struct cgi_transport {
    struct transport transport; /* must be first */
    bool has_length;            /* else the body ends with the input */
    size_t unread;              /* of has_length: bytes of the body still to come */
    bool failed;                /* the answer did not get out */
};

/* Claim: there is input, or its end, before the deadline. */
static bool has_input(int64_t deadline_us)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t left_ms = (deadline_us - clock_monotonic_us()) / 1000;

    return left_ms >= 0 && poll(&input, 1, (int)left_ms) > 0;
}

static size_t read_body(struct transport *transport, char *bytes, size_t size)
{
    struct cgi_transport *cgi = (struct cgi_transport *)transport;
    ssize_t count;

    /* What follows the body in the input is not ours (section 4.2). */
    if (cgi->has_length && size > cgi->unread)
        size = cgi->unread;
    if (size == 0)
        return 0;
    if (transport->deadline_us && !has_input(transport->deadline_us))
        return TRANSPORT_ERROR;
    do
        count = read(STDIN_FILENO, bytes, size);
    while (count < 0 && errno == EINTR);
    if (count < 0 || (count == 0 && cgi->has_length))
        return TRANSPORT_ERROR;
    if (cgi->has_length)
        cgi->unread -= (size_t)count;
    return (size_t)count;
}

static bool write_answer(struct transport *transport, const char *bytes, size_t size)
{
    struct cgi_transport *cgi = (struct cgi_transport *)transport;

    while (size && !cgi->failed) {
        ssize_t count = write(STDOUT_FILENO, bytes, size);

        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            cgi->failed = true;
        }
    }
    return !cgi->failed;
}

/*
 * Under mod_cgid a chunked body has no CONTENT_LENGTH and ends with the input; nginx' parameter
 * files give an empty one then. A length that is no number is request_decode()'s to refuse; none of
 * the body is read for it.
 */
static void find_length(struct cgi_transport *cgi)
{
    const char *text = transport_variable(&cgi->transport, "CONTENT_LENGTH");
    int64_t length = 0;

    if (!text || *text == '\0')
        return;
    cgi->has_length = true;
    if (text_to_int(text, strlen(text), &length) && length > 0)
        cgi->unread = (size_t)length;
}

/*
 * Reads the rest of the body away. Under mod_cgid input and output are one socket, and a socket
 * that is closed with its input unread takes the answer with it. Without a length only a chunked
 * body is waited for: other servers may never end the input.
 */
static void drain(struct cgi_transport *cgi, const struct config *config)
{
    int64_t left = transport_drain_limit(config->max_body_bytes);
    int64_t limit_ms = config->drain_timeout_ms ? config->drain_timeout_ms : DRAIN_TIMEOUT_MS;
    int64_t deadline_us = clock_monotonic_us() + limit_ms * 1000;
    char waste[4096];
    size_t count;

    if (!cgi->has_length && !transport_variable(&cgi->transport, "HTTP_TRANSFER_ENCODING"))
        return;
    while (left > 0 && (!cgi->has_length || cgi->unread) && has_input(deadline_us)) {
        count = read_body(&cgi->transport, waste, sizeof waste);
        if (count == 0 || count == TRANSPORT_ERROR)
            return;
        left -= (int64_t)count;
    }
}

bool cgi_serve(struct app *app, serve_function *serve)
{
    struct cgi_transport cgi = {
        .transport = {.environment = environ,
                      .is_direct = true,
                      .read = read_body,
                      .write = write_answer},
    };

    /*
     * A client that has gone is an error of write(), not the end of the process before its log
     * line.
     */
    signal(SIGPIPE, SIG_IGN);
    find_length(&cgi);
    serve(app, &cgi.transport);
    cgi.transport.deadline_us = 0;
    drain(&cgi, &app->config);
    return !cgi.failed;
}
