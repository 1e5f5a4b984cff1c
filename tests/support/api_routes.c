/* api_routes.c - going through the handler table */
#include "api_routes.h"

#include <string.h>

/* A route may end the session that its check came with; the next one wants another. */
static void check_signed_in(struct api *api, const struct route *route, api_route_check *check)
{
    check(api, route);
    if (route->method != GET && route->access == ACCESS_SIGNED_IN)
        api_sign_in_all(api);
}

void api_each_route(struct api *api, api_route_check *check)
{
    size_t count = 0;

    for (size_t m = 0; m < api->app.modules.count; m++) {
        const struct module *module = api->app.modules.list[m];

        for (size_t r = 0; r < module->route_count; r++, count++)
            check_signed_in(api, &module->routes[r], check);
    }
    assert_true(count >= 20);
}

const char *api_path(struct api *api, const char *path, const char *value)
{
    struct buffer text;

    buffer_init(&text, &api->scope.arena);
    buffer_add_text(&text, "/api");
    while (*path) {
        size_t length = *path == '{' ? strcspn(path, "}") + 1 : strcspn(path, "{");

        if (*path == '{')
            buffer_add_text(&text, value);
        else
            buffer_add(&text, path, length);
        path += length;
    }
    assert_false(text.failed);
    return text.data;
}

struct api_request api_request_to(struct api *api, const struct route *route, const char *token)
{
    return (struct api_request){
        .method = method_name(route->method),
        .target = api_path(api, route->path, API_NOBODY),
        .token = token,
        .body = route->body.model ? "{\"no_such_field\":1}" : NULL,
    };
}
