/* router_fuzz.c - any REQUEST_URI: the row that it leads to is the one its segments name */
#include "fuzz.h"

#include "keel/core/config.h"
#include "keel/http/route.h"
#include "keel/routes/modules.h"

#include <string.h>

/* The input is the method, a space and the URI. */

static const struct config config = {.base_path = "/api"};

static bool decode(struct scope *scope, const char *method, const char *uri,
                   struct request *request)
{
    char *environment[] = {scope_format(scope, "REQUEST_METHOD=%s", method),
                           scope_format(scope, "REQUEST_URI=%s", uri), NULL};
    struct transport transport = {.environment = environment};

    return request_decode(scope, &transport, request);
}

static void check_match(const struct match *match, const struct request *request)
{
    size_t slashes = 0;

    if (!match->route)
        return;
    fuzz_expect(match->route->method == request->method, "a row has the method of the request");
    fuzz_expect(match->allowed & 1u << request->method, "a row's method is among those allowed");
    for (const char *at = match->route->path; *at; at++)
        slashes += *at == '/';
    fuzz_expect(slashes == request->segment_count, "a row has as many segments as the request");
    fuzz_expect(!strstr(match->route->path, "{id}") || match->values.id > 0, "an id is positive");
    fuzz_expect(!request->outside, "outside the base path there is nothing");
}

/* Every byte escaped: that names the same. */
static const char *escape(struct scope *scope, const struct request *request)
{
    struct buffer uri;

    buffer_init(&uri, &scope->arena);
    buffer_add_text(&uri, config.base_path);
    for (size_t i = 0; i < request->segment_count; i++) {
        buffer_add_char(&uri, '/');
        for (const char *at = request->segments[i]; *at; at++)
            buffer_add_format(&uri, "%%%02X", (unsigned char)*at);
    }
    /* The slash at the end counts for nothing, unless an empty segment is in front of it. */
    buffer_add_char(&uri, '/');
    return uri.data;
}

static void check_escaped(struct scope *scope, const char *method, const struct request *request,
                          const struct match *match)
{
    struct request again;

    fuzz_expect(decode(scope, method, escape(scope, request), &again), "what is escaped is taken");
    struct match found = route_find(keel_modules, &again);

    fuzz_expect(found.route == match->route && found.allowed == match->allowed,
                "what is escaped leads to the same row");
    fuzz_expect(found.values.id == match->values.id, "what is escaped has the same id");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope scope;
    struct request request;

    scope_begin(&scope, &config, NULL, NULL);
    char *method = scope_copy(&scope, (const char *)data, size);
    char *uri = method ? strchr(method, ' ') : NULL;

    if (uri) {
        *uri++ = '\0';
        if (decode(&scope, method, uri, &request)) {
            struct match match = route_find(keel_modules, &request);

            check_match(&match, &request);
            if (!request.outside)
                check_escaped(&scope, method, &request, &match);
        }
    }
    scope_end(&scope);
    return 0;
}
