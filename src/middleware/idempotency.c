/* idempotency.c - a request that is repeated with its Idempotency-Key gets its first answer again
 */
#include "keel/services/idempotency.h"
#include "keel/core/digest.h"
#include "stages.h"

#include <string.h>

static bool is_key(const char *text)
{
    size_t length = 0;

    while (text[length] > ' ' && text[length] < 127)
        length++;
    return length >= 1 && length <= IDEMPOTENCY_KEY_MAX && text[length] == '\0';
}

/* A NUL ends each part, as none can hold one: no two requests have the same text. */
static void add_part(struct buffer *text, const char *part)
{
    buffer_add(text, part, strlen(part) + 1);
}

/*
 * All that the request asks for, decoded: how its URL was escaped makes no other request of it. Of
 * an upload, the digest that was made while it came.
 */
static void add_request(struct buffer *text, const struct exchange *exchange)
{
    const struct request *request = &exchange->request;

    add_part(text, method_name(request->method));
    buffer_add_format(text, "%zu %zu ", request->segment_count, request->query.count);
    for (size_t i = 0; i < request->segment_count; i++)
        add_part(text, request->segments[i]);
    for (size_t i = 0; i < request->query.count; i++) {
        add_part(text, request->query.list[i].name);
        add_part(text, request->query.list[i].value);
    }
    if (request->body.length)
        buffer_add(text, request->body.data, request->body.length);
    if (exchange->upload.path) {
        add_part(text, exchange->upload.media->type);
        add_part(text, exchange->upload.digest);
    }
}

bool stage_idempotency(struct exchange *exchange)
{
    const char *key = exchange->request.idempotency_key;
    struct scope *scope = &exchange->scope;
    struct buffer text;

    if (!key || !route_takes_idempotency_key(exchange->route))
        return true;
    if (!is_key(key))
        return fail_field(scope, "Idempotency-Key", "malformed",
                          "Idempotency-Key must be 1 to %d visible ASCII characters",
                          IDEMPOTENCY_KEY_MAX);
    buffer_init(&text, &scope->arena);
    add_request(&text, exchange);
    char *hash = scope_alloc(scope, DIGEST_TEXT_SIZE);

    if (text.failed || !hash || !digest_text(text.data, text.length, hash))
        return fail_memory(scope);
    exchange->idempotency_hash = hash;
    return true;
}

static struct kept_request kept_request(const struct exchange *exchange)
{
    return (struct kept_request){exchange->request.idempotency_key, exchange->idempotency_hash};
}

bool idempotency_replay(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    struct kept_request request = kept_request(exchange);
    struct kept_answer answer;

    if (!exchange->idempotency_hash)
        return true;
    if (!idempotency_claim(&exchange->scope, &request, &response->is_replay, &answer))
        return false;
    if (!response->is_replay)
        return true;
    response->status = answer.status;
    buffer_add_text(&response->headers, answer.headers);
    response_header(response, "Idempotency-Replayed", "true");
    buffer_add_text(&response->body, answer.body);
    return true;
}

bool idempotency_store(struct exchange *exchange, size_t headers_length)
{
    const struct response *response = &exchange->response;
    struct kept_request request = kept_request(exchange);

    if (!exchange->idempotency_hash || response->is_replay)
        return true;
    const char *headers = response->headers.data ? response->headers.data + headers_length : "";
    struct kept_answer answer = {response->status, headers, response->body.data};

    return idempotency_keep(&exchange->scope, &request, &answer);
}
