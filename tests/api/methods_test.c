/* methods_test.c - the methods of every path, whatever rows the handler table has */
#include "support/api_routes.h"

#include <string.h>

/* The methods that the table has for a path, as Allow lists them. */
static const char *allowed(struct api *api, const char *path)
{
    const char *names = "";

    for (enum method method = GET; method < METHOD_COUNT; method++) {
        for (size_t m = 0; m < api->app.modules.count; m++) {
            const struct module *module = api->app.modules.list[m];

            for (size_t r = 0; r < module->route_count; r++) {
                if (module->routes[r].method == method && strcmp(module->routes[r].path, path) == 0)
                    names = api_format(api, "%s%s%s, ", names, method_name(method),
                                       method == GET ? ", HEAD" : "");
            }
        }
    }
    return api_format(api, "%sOPTIONS", names);
}

static bool lists(const char *allow, const char *method)
{
    size_t length = strlen(method);

    for (const char *at = allow; *at; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ",");

        if (size == length && strncmp(at, method, length) == 0)
            return true;
        at += size;
    }
    return false;
}

static void check_methods(struct api *api, const struct route *route)
{
    static const char *const methods[] = {"GET",    "HEAD",  "POST",    "PUT",  "PATCH",
                                          "DELETE", "TRACE", "CONNECT", "post", "PROPFIND"};
    const char *target = api_path(api, route->path, API_NOBODY);
    const char *allow = allowed(api, route->path);

    for (size_t i = 0; i < COUNT(methods); i++) {
        if (lists(allow, methods[i]))
            continue;
        const struct api_reply *reply = api_call(api, methods[i], target, NULL, NULL);

        if (reply->status != 405)
            unit_fail("%s %s gave %d", methods[i], target, reply->status);
        assert_string_equal(api_header(api, reply, "Allow"), allow);
    }
}

static void a_method_that_a_path_does_not_have_is_405_with_allow(void **state)
{
    api_each_route(*state, check_methods);
}

static void check_options(struct api *api, const struct route *route)
{
    const struct api_reply *reply =
        api_expect(api, 204, "OPTIONS", api_path(api, route->path, API_NOBODY), NULL, NULL);

    assert_string_equal(api_header(api, reply, "Allow"), allowed(api, route->path));
}

static void options_is_204_with_allow(void **state)
{
    api_each_route(*state, check_options);
}

static void check_trailing_slash(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);
    int status = api_send(api, &request)->status;

    request.target = api_format(api, "%s/", request.target);
    const struct api_reply *reply = api_send(api, &request);

    assert_ptr_equal(reply->route, route);
    assert_int_equal(reply->status, status);
    request.target = api_format(api, "%s/", request.target);
    assert_null(api_send(api, &request)->route);
}

static void one_trailing_slash_names_the_same_resource(void **state)
{
    struct api *api = *state;

    /* What sends a mail does so twice here. */
    api->app.config.account_mail_pause_s = 0;
    api_each_route(api, check_trailing_slash);
}

static void check_head(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (route->method != GET)
        return;
    const struct api_reply *get = api_send(api, &request);

    request.method = "HEAD";
    const struct api_reply *head = api_send(api, &request);

    assert_int_equal(head->status, get->status);
    assert_int_equal(head->body_length, 0);
    /* What is streamed has none; api_check() looks at that. */
    const char *length = api_header(api, get, "Content-Length");
    const char *said = api_header(api, head, "Content-Length");

    assert_int_equal(said != NULL, length != NULL);
    if (said && length)
        assert_string_equal(said, length);
}

static void head_equals_get_without_a_body(void **state)
{
    api_each_route(*state, check_head);
}

static void every_path_with_no_row_is_404(void **state)
{
    static const char *const targets[] = {
        "/api",
        "/api/",
        "/api//",
        "/api/nothing",
        "/api/items/1/nothing",
        "/api/item",
        "/api/itemss",
        "/api/Items",
        "/API/items",
        "/apix/items",
        "/items",
        "/",
        "/api/users/me/x",
        "/api/health/ready/now",
        "/api/./items",
        "/api/../items",
        "/api/items/..",
        "/api/items;a=b",
        "/api/items/1;a",
        "/api//items",
        "/api/items//1",
        "/api/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s",
        "/api/items%2F1",
        "/api%2Fitems",
        "/api/items/%2e%2e/health",
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(targets); i++) {
        const struct api_reply *reply =
            api_call(api, "GET", targets[i], api->tokens[API_ADMIN], NULL);

        if (reply->status != 404)
            unit_fail("%s gave %d", targets[i], reply->status);
        assert_null(reply->route);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_method_that_a_path_does_not_have_is_405_with_allow),
        cmocka_unit_test(options_is_204_with_allow),
        cmocka_unit_test(one_trailing_slash_names_the_same_resource),
        cmocka_unit_test(head_equals_get_without_a_body),
        cmocka_unit_test(every_path_with_no_row_is_404),
    };

    return cmocka_run_group_tests_name("methods", tests, api_make, api_drop);
}
