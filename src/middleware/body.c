/* body.c - reads the body and checks it against the columns that the row names */
#include "keel/core/json.h"
#include "stages.h"

#include <string.h>
#include <strings.h>

/* Claim: the type is JSON, whatever parameters such as charset follow. */
static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";
    size_t length = strcspn(content_type, "; \t");

    return length == sizeof json - 1 && strncasecmp(content_type, json, length) == 0;
}

static bool decode(struct exchange *exchange, struct json_object *json)
{
    const struct shape *body = &exchange->route->body;

    if (exchange->route->flags & ROUTE_BULK)
        return bulk_decode(&exchange->scope, body->model, json, &exchange->bulk);
    return input_decode(&exchange->scope, body->model, body->use, json, &exchange->input);
}

bool stage_body(struct exchange *exchange)
{
    const struct route *route = exchange->route;
    struct request *request = &exchange->request;
    struct scope *scope = &exchange->scope;
    struct json_object *json;

    if (!route->body.model)
        return true;
    if (request->content_type && !is_json(request->content_type))
        return fail(scope, ERR_MEDIA_TYPE, "The body must be application/json");
    if (!request_read_body(scope, exchange->transport, request,
                           route->body_limit ? route->body_limit
                                             : exchange->app->config.max_body_bytes))
        return false;
    if (!request->body.length && route->flags & ROUTE_MAY_OMIT_BODY)
        return json_parse(scope, "{}", 2, &json) && decode(exchange, json);
    if (!request->body.length)
        return fail(scope, ERR_MALFORMED, "This address needs a JSON body");
    if (!request->content_type)
        return fail(scope, ERR_MEDIA_TYPE, "The body needs Content-Type: application/json");
    return json_parse(scope, request->body.data, request->body.length, &json) &&
           decode(exchange, json);
}
