/* route.c - finds the row of the handler table for a request */
#include "stages.h"

/* "GET, HEAD, PUT, OPTIONS": what a path answers to (RFC 9110, 10.2.1). */
static const char *allowed_methods(struct exchange *exchange)
{
    struct buffer text;

    buffer_init(&text, &exchange->scope.arena);
    for (enum method method = GET; method < METHOD_COUNT; method++) {
        if (!(exchange->match.allowed & 1u << method) && method != OPTIONS)
            continue;
        buffer_add_text(&text, text.length ? ", " : "");
        buffer_add_text(&text, method_name(method));
        if (method == GET)
            buffer_add_text(&text, ", HEAD");
    }
    return text.failed ? "OPTIONS" : text.data;
}

bool stage_route(struct exchange *exchange)
{
    exchange->match = route_find(exchange->app->modules, &exchange->request);
    exchange->route = exchange->match.route;
    if (exchange->route) {
        exchange->scope.route = exchange->route->id;
        return true;
    }
    if (!exchange->match.allowed)
        return fail(&exchange->scope, ERR_NOT_FOUND, "There is nothing at this address");
    response_header(&exchange->response, "Allow", allowed_methods(exchange));
    if (exchange->request.method == OPTIONS)
        return true;
    return fail(&exchange->scope, ERR_METHOD_NOT_ALLOWED,
                "This address does not take the method %s",
                exchange->request.method == METHOD_NONE ? "sent" : exchange->request.method_text);
}
