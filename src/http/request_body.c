/* request_body.c - the bounded body of a request, whole or part by part */
#include "keel/http/request.h"

#include <inttypes.h>

#define READ_SIZE 16384

static bool fail_too_large(struct scope *scope, int64_t limit)
{
    return fail(scope, ERR_TOO_LARGE, "The body may have at most %" PRId64 " bytes", limit);
}

static bool check_length(struct scope *scope, struct request *request)
{
    request->body_done = true;
    if (request->content_length >= 0 && request->body_read != request->content_length)
        return fail(scope, ERR_MALFORMED,
                    "The body does not have the length that Content-Length says");
    return true;
}

bool request_read_part(struct scope *scope, struct transport *transport, struct request *request,
                       int64_t limit, char *bytes, size_t size, size_t *count)
{
    if (request->content_length > limit)
        return fail_too_large(scope, limit);
    *count = transport->read(transport, bytes, size);
    if (*count == TRANSPORT_ERROR)
        return fail(scope, ERR_MALFORMED, "The body was broken off");
    if (*count == 0)
        return check_length(scope, request);
    request->body_read += (int64_t)*count;
    return request->body_read <= limit || fail_too_large(scope, limit);
}

bool request_read_body(struct scope *scope, struct transport *transport, struct request *request,
                       int64_t limit)
{
    struct buffer *body = &request->body;
    size_t count = 0;

    do {
        if (!buffer_reserve(body, READ_SIZE))
            return fail_memory(scope);
        if (!request_read_part(scope, transport, request, limit, body->data + body->length,
                               READ_SIZE, &count))
            return false;
        body->length += count;
        body->data[body->length] = '\0';
    } while (count);
    return true;
}
