/* routes_test.c - every row of the handler table, whatever rows there are: who may call it, its
 * methods, its parameters, its body; a new row is covered at once */
#include "support/api.h"

#include "keel/db/db.h"

#include <stdio.h>
#include <string.h>

typedef void route_check(struct api *api, const struct route *route);

static void each_route(struct api *api, route_check *check)
{
    size_t count = 0;

    for (size_t m = 0; m < api->app.modules.count; m++) {
        const struct module *module = api->app.modules.list[m];

        for (size_t r = 0; r < module->route_count; r++, count++)
            check(api, &module->routes[r]);
    }
    assert_true(count >= 20);
}

/* The path below /api with `value` for each {name}. */
static const char *fill(struct api *api, const char *path, const char *value)
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

/* Of no row; each is an id that could be one. */
#define NOBODY "987654321"

static struct api_request request_to(struct api *api, const struct route *route, const char *token)
{
    return (struct api_request){
        .method = method_name(route->method),
        .target = fill(api, route->path, NOBODY),
        .token = token,
        .body = route->body.model ? "{\"no_such_field\":1}" : NULL,
    };
}

static bool may(struct api *api, enum api_role role, const char *permission)
{
    const char *query =
        api_format(api,
                   "SELECT count(*) FROM user_roles JOIN role_permissions USING (role) "
                   "WHERE user_id = %lld AND permission = '%s'",
                   (long long)api->user_ids[role], permission);

    return strcmp(api_ask(api, query), "0") != 0;
}

/* What the answer is decided by: the route lets this role in, or says 401 or 403. */
static int expected_status(struct api *api, const struct route *route, enum api_role role)
{
    if (route->access == ACCESS_PUBLIC)
        return 0;
    if (role == API_ANYBODY)
        return 401;
    if (route->access == ACCESS_PERMISSION && !may(api, role, route->permission))
        return 403;
    return 0;
}

static void check_roles(struct api *api, const struct route *route)
{
    for (enum api_role role = API_ANYBODY; role < API_ROLE_COUNT; role++) {
        struct api_request request = request_to(api, route, api->tokens[role]);
        const struct api_reply *reply = api_send(api, &request);
        int expected = expected_status(api, route, role);
        bool refused = reply->status == 401 || reply->status == 403;

        if (expected ? reply->status != expected : refused)
            unit_fail("%s as role %d gave %d, not %d", route->id, (int)role, reply->status,
                      expected);
        assert_ptr_equal(reply->route, route);
    }
}

static void every_route_lets_in_exactly_the_roles_that_its_row_says(void **state)
{
    each_route(*state, check_roles);
}

static void check_bad_credentials(struct api *api, const struct route *route)
{
    static const char *const values[] = {"nonsense", "a.b.c", "", "keel_0123456789abcdef"};

    for (size_t i = 0; i < COUNT(values); i++) {
        struct api_request request = request_to(api, route, values[i]);
        const struct api_reply *reply = api_send(api, &request);
        bool looked_at = !(route->flags & (ROUTE_NO_CREDENTIALS | ROUTE_NO_DATABASE));

        if ((reply->status == 401) != looked_at)
            unit_fail("%s with the token <%s> gave %d", route->id, values[i], reply->status);
    }
}

static void a_bad_token_is_401_even_where_none_is_needed(void **state)
{
    each_route(*state, check_bad_credentials);
}

static void check_unknown_parameter(struct api *api, const struct route *route)
{
    struct api_request request = request_to(api, route, api->tokens[API_ADMIN]);

    request.target = api_format(api, "%s?no_such_parameter=1", request.target);
    const struct api_reply *reply = api_send(api, &request);

    if (!(route->flags & ROUTE_ANY_QUERY))
        api_must_refuse(reply, "no_such_parameter", "unknown_parameter");
    else
        assert_int_equal(reply->status, route->success);
}

static void an_unknown_parameter_is_refused_by_name(void **state)
{
    each_route(*state, check_unknown_parameter);
}

static void check_double_parameter(struct api *api, const struct route *route)
{
    struct api_request request = request_to(api, route, api->tokens[API_ADMIN]);

    if (route->flags & ROUTE_ANY_QUERY)
        return;
    request.target = api_format(api, "%s?page=1&page=1", request.target);
    api_must_refuse(api_send(api, &request), "page", "duplicate");
}

static void a_parameter_given_twice_is_refused_by_name(void **state)
{
    each_route(*state, check_double_parameter);
}

static void check_missing_row(struct api *api, const struct route *route)
{
    struct api_request request = request_to(api, route, api->tokens[API_ADMIN]);

    if (!strstr(route->path, "{id}"))
        return;
    /* A PATCH without members is right for every resource; PUT would need their required ones. */
    if (route->body.model && !(route->body.use & PARTIAL))
        return;
    if (route->body.model)
        request.body = "{}";
    api_must_fail(api_send(api, &request), "NOT_FOUND");
}

static void a_row_that_is_not_there_is_404(void **state)
{
    each_route(*state, check_missing_row);
}

static void check_ids(struct api *api, const struct route *route)
{
    static const char *const values[] = {
        "0",
        "-1",
        "+1",
        "01",
        "abc",
        "1abc",
        "1.0",
        "1e3",
        "%31%00",
        "9223372036854775808",
        "%20%31",
        "1%20",
        "99999999999999999999",
        "%D9%A1",
        "0x1",
        "null",
        "*",
    };

    if (!strstr(route->path, "{id}"))
        return;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct api_request request = request_to(api, route, api->tokens[API_ADMIN]);

        request.target = fill(api, route->path, values[i]);
        const struct api_reply *reply = api_send(api, &request);
        int expected = strstr(values[i], "%00") ? 400 : 404;

        if (reply->status != expected)
            unit_fail("%s gave %d", request.target, reply->status);
        assert_null(reply->route);
    }
}

static void a_path_id_that_is_no_positive_integer_is_404(void **state)
{
    each_route(*state, check_ids);
}

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
    const char *target = fill(api, route->path, NOBODY);
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
    each_route(*state, check_methods);
}

static void check_options(struct api *api, const struct route *route)
{
    const struct api_reply *reply =
        api_expect(api, 204, "OPTIONS", fill(api, route->path, NOBODY), NULL, NULL);

    assert_string_equal(api_header(api, reply, "Allow"), allowed(api, route->path));
}

static void options_is_204_with_allow(void **state)
{
    each_route(*state, check_options);
}

static void check_trailing_slash(struct api *api, const struct route *route)
{
    struct api_request request = request_to(api, route, api->tokens[API_ADMIN]);
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
    each_route(*state, check_trailing_slash);
}

static void check_head(struct api *api, const struct route *route)
{
    struct api_request request = request_to(api, route, api->tokens[API_ADMIN]);

    if (route->method != GET)
        return;
    const struct api_reply *get = api_send(api, &request);

    request.method = "HEAD";
    const struct api_reply *head = api_send(api, &request);

    assert_int_equal(head->status, get->status);
    assert_int_equal(head->body_length, 0);
    assert_string_equal(api_header(api, head, "Content-Length"),
                        api_header(api, get, "Content-Length"));
}

static void head_equals_get_without_a_body(void **state)
{
    each_route(*state, check_head);
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
        cmocka_unit_test(every_route_lets_in_exactly_the_roles_that_its_row_says),
        cmocka_unit_test(a_bad_token_is_401_even_where_none_is_needed),
        cmocka_unit_test(an_unknown_parameter_is_refused_by_name),
        cmocka_unit_test(a_parameter_given_twice_is_refused_by_name),
        cmocka_unit_test(a_row_that_is_not_there_is_404),
        cmocka_unit_test(a_path_id_that_is_no_positive_integer_is_404),
        cmocka_unit_test(a_method_that_a_path_does_not_have_is_405_with_allow),
        cmocka_unit_test(options_is_204_with_allow),
        cmocka_unit_test(one_trailing_slash_names_the_same_resource),
        cmocka_unit_test(head_equals_get_without_a_body),
        cmocka_unit_test(every_path_with_no_row_is_404),
    };

    return cmocka_run_group_tests_name("routes", tests, api_make, api_drop);
}
