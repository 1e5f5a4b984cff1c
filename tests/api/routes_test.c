/* routes_test.c - every row of the handler table: who may call it, its ids, parameters, body */
#include "support/api_routes.h"

#include <string.h>

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
        struct api_request request = api_request_to(api, route, api->tokens[role]);
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
    api_each_route(*state, check_roles);
}

/* Signing in, one's own account and sessions; every other change needs a permission. */
static bool is_own(const char *path)
{
    return strncmp(path, "/auth/", 6) == 0 || strcmp(path, "/users/me") == 0;
}

static void check_permission(struct api *api, const struct route *route)
{
    (void)api;
    if (route->method != GET && !is_own(route->path))
        assert_int_equal(route->access, ACCESS_PERMISSION);
    if (strncmp(route->path, "/users", 6) == 0)
        assert_int_not_equal(route->access, ACCESS_PUBLIC);
    if (route->method != GET)
        assert_true(route->rate == RATE_WRITE || route->rate == RATE_AUTH);
}

static void every_change_needs_a_permission_and_accounts_are_not_public(void **state)
{
    struct api *api = *state;

    api_each_route(api, check_permission);
    for (enum api_role role = API_VIEWER; role < API_ROLE_COUNT; role++) {
        assert_int_equal(may(api, role, "items:write"), role != API_VIEWER);
        assert_int_equal(may(api, role, "categories:write"), role != API_VIEWER);
        assert_int_equal(may(api, role, "users:read"), role == API_ADMIN);
    }
}

static void check_bad_credentials(struct api *api, const struct route *route)
{
    static const char *const values[] = {"nonsense", "a.b.c", "", "keel_0123456789abcdef"};

    for (size_t i = 0; i < COUNT(values); i++) {
        struct api_request request = api_request_to(api, route, values[i]);
        const struct api_reply *reply = api_send(api, &request);
        bool looked_at = !(route->flags & (ROUTE_NO_CREDENTIALS | ROUTE_NO_DATABASE));

        if ((reply->status == 401) != looked_at)
            unit_fail("%s with the token <%s> gave %d", route->id, values[i], reply->status);
    }
}

static void a_bad_token_is_401_even_where_none_is_needed(void **state)
{
    api_each_route(*state, check_bad_credentials);
}

static void check_unknown_parameter(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    request.target = api_format(api, "%s?no_such_parameter=1", request.target);
    const struct api_reply *reply = api_send(api, &request);

    if (!(route->flags & ROUTE_ANY_QUERY))
        api_must_refuse(reply, "no_such_parameter", "unknown_parameter");
    else
        assert_int_equal(reply->status, route->success);
}

static void an_unknown_parameter_is_refused_by_name(void **state)
{
    api_each_route(*state, check_unknown_parameter);
}

static void check_double_parameter(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (route->flags & ROUTE_ANY_QUERY)
        return;
    request.target = api_format(api, "%s?page=1&page=1", request.target);
    api_must_refuse(api_send(api, &request), "page", "duplicate");
}

static void a_parameter_given_twice_is_refused_by_name(void **state)
{
    api_each_route(*state, check_double_parameter);
}

static void check_missing_row(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

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
    api_each_route(*state, check_missing_row);
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
        struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

        request.target = api_path(api, route->path, values[i]);
        const struct api_reply *reply = api_send(api, &request);
        int expected = strstr(values[i], "%00") ? 400 : 404;

        if (reply->status != expected)
            unit_fail("%s gave %d", request.target, reply->status);
        assert_null(reply->route);
    }
}

static void a_path_id_that_is_no_positive_integer_is_404(void **state)
{
    api_each_route(*state, check_ids);
}

static void check_bodies(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (!route->body.model)
        return;
    request.content_type = "text/plain";
    api_must_fail(api_send(api, &request), "UNSUPPORTED_MEDIA_TYPE");
    request.content_type = NULL;
    request.body = "{";
    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    request.body = "";
    if (!(route->flags & ROUTE_MAY_OMIT_BODY))
        api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    request.body = "[]";
    api_must_fail(api_send(api, &request), "VALIDATION_ERROR");
    request.content_length = "1073741825";
    api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
}

static void check_uploads(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (!route->uploads)
        return;
    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    request.body = "x";
    request.content_type = "text/plain";
    api_must_fail(api_send(api, &request), "UNSUPPORTED_MEDIA_TYPE");
    request.content_type = "";
    api_must_fail(api_send(api, &request), "UNSUPPORTED_MEDIA_TYPE");
    request.content_type = route->uploads->type;
    request.content_length = "1099511627776";
    api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
    request.content_length = "2";
    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
}

static void a_file_of_the_wrong_type_or_size_is_refused(void **state)
{
    api_each_route(*state, check_uploads);
}

static void a_body_of_the_wrong_type_syntax_or_size_is_refused(void **state)
{
    api_each_route(*state, check_bodies);
}

static void check_unknown_field(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (route->body.model)
        api_must_refuse(api_send(api, &request), "no_such_field", "unknown_field");
}

static void an_unknown_field_is_refused_by_name(void **state)
{
    api_each_route(*state, check_unknown_field);
}

/* Each column that the body must have, and each that only answers have. */
static void check_columns(struct api *api, const struct route *route)
{
    unsigned use = route->body.use & (CREATE | UPDATE);

    /* Its columns stand in operations; api/bulk_test.c. */
    if (route->flags & ROUTE_BULK)
        return;
    for (size_t i = 0; route->body.model && i < route->body.model->column_count; i++) {
        const struct column *column = &route->body.model->columns[i];
        struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

        if (column->uses & use && column->uses & REQUIRE && !(route->body.use & PARTIAL)) {
            request.body = "{}";
            api_must_refuse(api_send(api, &request), column->name, "required");
        } else if (!(column->uses & use) && column->uses & (READ | CREATE | UPDATE)) {
            request.body = api_format(api, "{\"%s\":null}", column->name);
            api_must_refuse(api_send(api, &request), column->name, "read_only");
        }
    }
}

static void required_fields_are_required_and_others_read_only(void **state)
{
    api_each_route(*state, check_columns);
}

/*
 * What a caller sends under such a name must not be kept for others to read. A code proves who
 * calls where accounts are concerned; that of an order or a country is nobody's secret.
 */
static bool sounds_secret(const struct route *route, const char *name)
{
    static const char *const parts[] = {"password", "token", "secret"};

    for (size_t i = 0; i < COUNT(parts); i++) {
        if (strstr(name, parts[i]))
            return true;
    }
    return route->rate == RATE_AUTH && strstr(name, "code");
}

static void check_secrets(struct api *api, const struct route *route)
{
    const struct model *model = route->body.model;

    (void)api;
    for (size_t i = 0; model && i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (column->kind == KIND_TEXT && column->uses & (CREATE | UPDATE) &&
            sounds_secret(route, column->name) && !column_is_secret(model, column))
            unit_fail("%s: %s of %s sounds like a secret and is not marked as one", route->id,
                      column->name, model->name);
    }
}

static void what_sounds_like_a_secret_is_marked_as_one(void **state)
{
    api_each_route(*state, check_secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_lets_in_exactly_the_roles_that_its_row_says),
        cmocka_unit_test(every_change_needs_a_permission_and_accounts_are_not_public),
        cmocka_unit_test(a_bad_token_is_401_even_where_none_is_needed),
        cmocka_unit_test(an_unknown_parameter_is_refused_by_name),
        cmocka_unit_test(a_parameter_given_twice_is_refused_by_name),
        cmocka_unit_test(a_body_of_the_wrong_type_syntax_or_size_is_refused),
        cmocka_unit_test(a_file_of_the_wrong_type_or_size_is_refused),
        cmocka_unit_test(an_unknown_field_is_refused_by_name),
        cmocka_unit_test(required_fields_are_required_and_others_read_only),
        cmocka_unit_test(a_row_that_is_not_there_is_404),
        cmocka_unit_test(what_sounds_like_a_secret_is_marked_as_one),
        cmocka_unit_test(a_path_id_that_is_no_positive_integer_is_404),
    };

    return cmocka_run_group_tests_name("routes", tests, api_make, api_drop);
}
