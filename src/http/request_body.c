/* request_body.c - the bounded body of a request */
#include "keel/http/request.h"

#include <inttypes.h>

#define READ_SIZE 16384

static bool fail_too_large(struct scope *scope, int64_t limit)
{
    return fail(scope, ERR_TOO_LARGE, "The body may have at most %" PRId64 " bytes", limit);
}

static bool check_length(struct scope *scope, struct request *request)
{
    int64_t length = (int64_t)request->body.length;

    request->body_done = true;
    if (request->content_length >= 0 && length != request->content_length)
        return fail(scope, ERR_MALFORMED,
                    "The body does not have the length that Content-Length says");
    return true;
}

bool request_read_body(struct scope *scope, struct transport *transport, struct request *request,
                       int64_t limit)
{
    struct buffer *body = &request->body;

    if (request->content_length > limit)
        return fail_too_large(scope, limit);
    for (;;) {
        if (!buffer_reserve(body, READ_SIZE))
            return fail_memory(scope);
        size_t count = transport->read(transport, body->data + body->length, READ_SIZE);

        if (count == TRANSPORT_ERROR)
            return fail(scope, ERR_MALFORMED, "The body was broken off");
        if (count == 0)
            return check_length(scope, request);
        body->length += count;
        body->data[body->length] = '\0';
        if ((int64_t)body->length > limit)
            return fail_too_large(scope, limit);
    }
}
