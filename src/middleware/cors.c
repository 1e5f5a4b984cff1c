/* cors.c - which web pages of other origins may call (Fetch standard, "CORS protocol") */
#include "stages.h"

#include <string.h>

/* Claim: `origin` is one of the space-separated entries, compared whole. */
static bool is_listed(const char *origin, const char *origins)
{
    size_t length = strlen(origin);

    for (const char *at = origins; *at;) {
        size_t entry = strcspn(at, " ,");

        if (entry == length && strncmp(at, origin, length) == 0)
            return true;
        at += entry;
        at += strspn(at, " ,");
    }
    return false;
}

static void add_preflight(struct response *response)
{
    response_header(response, "Access-Control-Allow-Methods",
                    "GET, HEAD, POST, PUT, PATCH, DELETE");
    response_header(
        response, "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent, "
        "tracestate, X-Request-Id");
    response_header(response, "Access-Control-Max-Age", "600");
}

void cors_add_headers(struct exchange *exchange)
{
    const char *origins = exchange->app->config.cors_origins;
    const char *origin = exchange->request.origin;
    struct response *response = &exchange->response;
    bool anyone = strcmp(origins, "*") == 0;

    /* Caches must not give one origin's answer to another; where it is for anyone, it says so to
     * all. */
    response->by_origin = *origins && !anyone;
    if (!anyone && (!origin || !is_listed(origin, origins)))
        return;
    response_header(response, "Access-Control-Allow-Origin", anyone ? "*" : origin);
    response_header(response, "Access-Control-Expose-Headers",
                    "ETag, Idempotency-Replayed, Location, Retry-After, X-Request-Id");
    if (exchange->request.method == OPTIONS)
        add_preflight(response);
}

bool stage_options(struct exchange *exchange)
{
    if (exchange->request.method != OPTIONS)
        return true;
    exchange->response.status = 204;
    return false;
}
