/* upload.c - streams a body to a file, where the row wants an upload */
#include "keel/core/clock.h"
#include "stages.h"

#include <string.h>
#include <strings.h>

/* Which of the row's this body is, whatever parameters such as charset follow; NULL: none. */
static const struct media *find_media(const struct media *uploads, const char *content_type)
{
    size_t length = strcspn(content_type, "; \t");

    for (; uploads->type; uploads++) {
        if (strlen(uploads->type) == length &&
            strncasecmp(uploads->type, content_type, length) == 0)
            return uploads;
    }
    return NULL;
}

static bool fail_type(struct exchange *exchange)
{
    struct buffer types;

    buffer_init(&types, &exchange->scope.arena);
    for (const struct media *media = exchange->route->uploads; media->type; media++)
        buffer_add_format(&types, "%s%s", types.length ? " or " : "", media->type);
    if (types.failed)
        return fail_memory(&exchange->scope);
    return fail(&exchange->scope, ERR_MEDIA_TYPE, "The body must be %s", types.data);
}

/* Where type and body are both missing, the body is what to ask for. */
static bool refuse_untyped(struct exchange *exchange, int64_t limit)
{
    struct scope *scope = &exchange->scope;
    size_t count;
    char byte;

    if (!request_read_part(scope, exchange->transport, &exchange->request, limit, &byte, 1, &count))
        return false;
    return count ? fail_type(exchange) : fail(scope, ERR_MALFORMED, "This address needs a body");
}

/*
 * While a client sends at its own speed nobody else shall wait for its connection to the database.
 */
static bool receive(struct exchange *exchange, int64_t limit)
{
    const struct request *request = &exchange->request;
    struct transport *transport = exchange->transport;
    bool hashed = request->idempotency_key && route_takes_idempotency_key(exchange->route);

    if (transport->is_direct)
        db_disconnect(exchange->scope.db);
    transport->deadline_us =
        clock_monotonic_us() + exchange->app->config.upload_timeout_s * 1000000;
    if (!upload_receive(&exchange->scope, transport, &exchange->request, limit, hashed,
                        &exchange->upload))
        return false;
    return !transport->is_direct || db_ensure(&exchange->scope);
}

bool stage_upload(struct exchange *exchange)
{
    const struct route *route = exchange->route;
    const char *content_type = exchange->request.content_type;
    int64_t limit = route->body_limit ? route->body_limit : exchange->app->config.max_upload_bytes;

    if (!route->uploads)
        return true;
    if (!content_type)
        return refuse_untyped(exchange, limit);
    exchange->upload.media = find_media(route->uploads, content_type);
    return exchange->upload.media ? receive(exchange, limit) : fail_type(exchange);
}
