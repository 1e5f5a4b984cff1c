/* openapi_paths.c - every row of the handler table as an operation */
#include "keel/core/json_build.h"
#include "openapi_parts.h"

#include <string.h>

static const char *rate_name(enum rate_class rate)
{
    static const char *const names[RATE_CLASS_COUNT] = {
        [RATE_READ] = "read", [RATE_WRITE] = "write", [RATE_AUTH] = "auth"};

    return names[rate];
}

static void put_description(struct openapi *openapi, const struct route *route)
{
    struct buffer text;

    buffer_init(&text, &openapi->scope->arena);
    if (route->access == ACCESS_PUBLIC)
        buffer_add_text(&text, "Open to everybody.");
    else if (route->access == ACCESS_SIGNED_IN)
        buffer_add_text(&text, "For callers that are signed in; not with an API key.");
    else if (route->access == ACCESS_ACCOUNT)
        buffer_add_text(&text, "For callers that have an account.");
    else
        buffer_add_format(&text, "For callers with the permission `%s`.", route->permission);
    if (route->flags & ROUTE_MONITOR)
        buffer_add_text(&text, " Monitoring systems in a network of the instance's settings, or "
                               "with the token of the settings, need no account.");
    if (route->see_deleted)
        buffer_add_format(&text, " `deleted` needs the permission `%s`.", route->see_deleted);
    if (rate_name(route->rate))
        buffer_add_format(&text, " Counts against the rate limit of class `%s`.",
                          rate_name(route->rate));
    if (text.failed)
        openapi->out->failed = true;
    else
        json_put_text(openapi->out, "description", text.data);
    if (route->permission)
        json_put_text(openapi->out, "x-permission", route->permission);
}

/* Credentials are checked on public routes, too, where they are sent. */
static void put_security(struct openapi *openapi, const struct route *route)
{
    struct buffer *out = openapi->out;

    json_open_array(out, "security");
    if (route->access == ACCESS_PUBLIC || route->flags & ROUTE_MONITOR)
        json_put_raw(out, NULL, "{}");
    if (!(route->flags & ROUTE_NO_CREDENTIALS))
        json_put_raw(out, NULL, "{\"bearer\":[]}");
    json_close_array(out);
}

static enum openapi_schema_kind body_kind(const struct route *route)
{
    if (route->flags & ROUTE_BULK)
        return SCHEMA_BULK;
    if (route->body.use & PARTIAL)
        return SCHEMA_PATCH;
    return route->body.use & UPDATE ? SCHEMA_REPLACE : SCHEMA_CREATE;
}

/* A file is text that no schema describes: what its columns may be, the module's model says. */
static void put_upload(struct openapi *openapi, const struct route *route)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "requestBody");
    json_put_bool(out, "required", true);
    json_open_object(out, "content");
    openapi_put_media(openapi, route->uploads);
    json_close_object(out);
    json_close_object(out);
}

static void put_body(struct openapi *openapi, const struct route *route)
{
    struct buffer *out = openapi->out;

    if (route->uploads)
        put_upload(openapi, route);
    if (!route->body.model)
        return;
    json_open_object(out, "requestBody");
    json_put_bool(out, "required", !(route->flags & ROUTE_MAY_OMIT_BODY));
    json_open_object(out, "content");
    json_open_object(out, "application/json");
    openapi_put_schema(openapi, "schema", route->body.model, body_kind(route));
    openapi_put_body_example(openapi, route);
    json_close_object(out);
    json_close_object(out);
    json_close_object(out);
}

static void write_operation(struct openapi *openapi, const struct module *module,
                            const struct route *route)
{
    static const char *const methods[METHOD_COUNT] = {
        [GET] = "get", [POST] = "post", [PUT] = "put", [PATCH] = "patch", [DELETE] = "delete"};
    struct buffer *out = openapi->out;

    json_open_object(out, methods[route->method]);
    json_put_text(out, "operationId", route->id);
    json_open_array(out, "tags");
    json_put_text(out, NULL, module->name);
    json_close_array(out);
    json_put_text(out, "summary", route->summary);
    put_description(openapi, route);
    put_security(openapi, route);
    openapi_write_parameters(openapi, route, module);
    put_body(openapi, route);
    openapi_write_replies(openapi, route);
    json_close_object(out);
}

/* Every row with this path, in whatever module it stands. */
static void write_operations(struct openapi *openapi, const char *path)
{
    for (size_t m = 0; m < openapi->modules.count; m++) {
        const struct module *module = openapi->modules.list[m];

        for (size_t r = 0; r < module->route_count; r++) {
            if (strcmp(module->routes[r].path, path) == 0)
                write_operation(openapi, module, &module->routes[r]);
        }
    }
}

/* Claim: no row before this one has its path. */
static bool is_first(struct modules modules, const struct route *route)
{
    for (size_t m = 0; m < modules.count; m++) {
        for (size_t r = 0; r < modules.list[m]->route_count; r++) {
            const struct route *other = &modules.list[m]->routes[r];

            if (strcmp(other->path, route->path) == 0)
                return other == route;
        }
    }
    return false;
}

void openapi_write_paths(struct openapi *openapi)
{
    json_open_object(openapi->out, "paths");
    for (size_t m = 0; m < openapi->modules.count; m++) {
        for (size_t r = 0; r < openapi->modules.list[m]->route_count; r++) {
            const struct route *route = &openapi->modules.list[m]->routes[r];

            if (!is_first(openapi->modules, route))
                continue;
            json_open_object(openapi->out, route->path);
            write_operations(openapi, route->path);
            json_close_object(openapi->out);
        }
    }
    json_close_object(openapi->out);
}
