/* stream.c - an answer that is written piece by piece, in bounded memory */
#include "keel/http/stream.h"

#include "keel/core/clock.h"
#include "keel/http/exchange.h"
#include "spool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PART_SIZE ((size_t)16 * 1024)

/* Others end within seconds, seldom at once. */
#define BUSY_RETRY_S 5

static bool fail_slot(struct scope *scope)
{
    int error = errno;

    if (error != EAGAIN) {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
        return fail_detail(scope, "export_file %s: %s", scope->config->export_file,
                           strerror(error));
    }
    fail(scope, ERR_UNAVAILABLE, "Too many are exporting right now; try again shortly");
    scope->error.retry_after = BUSY_RETRY_S;
    return fail_detail(scope, "all export_slots are taken");
}

/* Each takes a worker for as long as its client likes, so not all of them may be taken. */
static bool take_slot(struct exchange *exchange)
{
    const struct config *config = &exchange->app->config;

    if (!config->export_file || !*config->export_file)
        return true;
    return slot_take(config->export_file, config->export_slots, 0, &exchange->stream.slot) ||
           fail_slot(&exchange->scope);
}

/* A file without a name: it is gone with whoever has it open. */
static bool open_spool(struct exchange *exchange)
{
    struct stream *stream = &exchange->stream;
    const char *path;

    if (exchange->transport->cut)
        return true;
    if (!spool_create(&exchange->scope, &path, &stream->spool))
        return false;
    return unlink(path) == 0 || spool_fail(&exchange->scope, "unlink");
}

static void close_all(struct stream *stream)
{
    slot_give(&stream->slot);
    if (stream->spool >= 0)
        close(stream->spool);
    stream->spool = -1;
    stream->open = false;
}

bool stream_begin(struct exchange *exchange, const char *media_type)
{
    struct stream *stream = &exchange->stream;
    const struct config *config = &exchange->app->config;

    /* A transaction that is run again begins anew. */
    if (stream->open)
        close_all(stream);
    *stream =
        (struct stream){.open = true,
                        .media_type = media_type,
                        .deadline_us = clock_monotonic_us() + config->export_timeout_s * 1000000,
                        .spool = -1,
                        .slot = {-1}};
    if (exchange->request.is_head)
        return true;
    if (!take_slot(exchange) || !open_spool(exchange))
        return false;
    if (exchange->transport->take_long)
        exchange->transport->take_long(exchange->transport);
    return true;
}

static bool send(struct exchange *exchange, const char *bytes, size_t length)
{
    if (exchange->transport->write(exchange->transport, bytes, length))
        return true;
    exchange->stream.client_gone = true;
    return fail(&exchange->scope, ERR_UNAVAILABLE, "The client has gone");
}

/* `length` of the body; < 0: unknown. */
static bool send_head(struct exchange *exchange, int64_t length)
{
    struct response *response = &exchange->response;

    if (!response_render_head(&exchange->scope, &exchange->request, response,
                              exchange->stream.media_type, length))
        return fail_memory(&exchange->scope);
    exchange->stream.begun = true;
    return send(exchange, response->output.data, response->output.length);
}

bool stream_write(struct exchange *exchange, const char *bytes, size_t length)
{
    struct stream *stream = &exchange->stream;
    struct scope *scope = &exchange->scope;

    if (clock_monotonic_us() > stream->deadline_us)
        return fail(scope, ERR_TIMEOUT, "This took longer than the server allows");
    if (stream->spool >= 0) {
        if (!spool_write(scope, stream->spool, bytes, length))
            return false;
    } else if ((!stream->begun && !send_head(exchange, -1)) || !send(exchange, bytes, length)) {
        return false;
    }
    stream->bytes += (int64_t)length;
    return true;
}

/* A failure here leaves the body shorter than its head says, which a client sees. */
static void send_spool(struct exchange *exchange)
{
    struct stream *stream = &exchange->stream;
    char bytes[PART_SIZE];
    off_t at = 0;

    if (!send_head(exchange, stream->bytes))
        return;
    while (at < stream->bytes) {
        ssize_t count = pread(stream->spool, bytes, sizeof bytes, at);

        if (count <= 0) {
            spool_fail(&exchange->scope, "read");
            return;
        }
        if (!send(exchange, bytes, (size_t)count))
            return;
        at += count;
    }
}

bool stream_end(struct exchange *exchange)
{
    struct stream *stream = &exchange->stream;
    struct transport *transport = exchange->transport;
    bool failed = exchange->scope.error.kind != ERR_NONE;

    if (!stream->open)
        return false;
    if (failed && stream->begun)
        transport->cut(transport);
    else if (!failed && stream->spool >= 0)
        send_spool(exchange);
    else if (!failed && !stream->begun)
        (void)send_head(exchange, -1);
    close_all(stream);
    return stream->begun;
}

bool stream_was_cut(const struct exchange *exchange)
{
    return exchange->stream.begun && exchange->scope.error.kind != ERR_NONE;
}
