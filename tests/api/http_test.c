/* http_test.c - what a request's headers and variables may be: ids, addresses, too many of them */
#include "support/api.h"

#include <stdlib.h>
#include <string.h>

static const struct api_reply *get(struct api *api, const char *target)
{
    return api_call(api, "GET", target, NULL, NULL);
}

static const struct api_reply *get_with(struct api *api, const char *target, const char *variable)
{
    const char *const variables[] = {variable, NULL};

    return api_send(api, &(struct api_request){.target = target, .variables = variables});
}

static void the_callers_request_id_is_kept_when_it_is_well_formed(void **state)
{
    static const char *const ids[] = {
        "abcdefgh", "ABC.def_123-456", "........",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(ids); i++) {
        const struct api_reply *reply =
            get_with(api, "/api/health", api_format(api, "HTTP_X_REQUEST_ID=%s", ids[i]));

        assert_string_equal(api_header(api, reply, "X-Request-Id"), ids[i]);
        assert_string_equal(api_logged_text(reply, "request_id"), ids[i]);
    }
}

static void any_other_request_id_is_replaced(void **state)
{
    static const char *const ids[] = {
        "",
        "short-7",
        "with space 1",
        "semi;colon1",
        "line\r\nSet-Cookie: a=b",
        "quote\"s-1",
        "slash/slash",
        "\xc3\xbcmlaute1",
        "a{b}c{d}e",
        "01234567890123456789012345678901234567890123456789012345678901234"};
    struct api *api = *state;
    const char *last = "";

    for (size_t i = 0; i < COUNT(ids); i++) {
        const struct api_reply *reply =
            get_with(api, "/api/health", api_format(api, "HTTP_X_REQUEST_ID=%s", ids[i]));
        const char *id = api_header(api, reply, "X-Request-Id");

        assert_int_equal(strlen(id), 32);
        assert_string_not_equal(id, last);
        assert_null(strstr(reply->head, "Set-Cookie"));
        last = id;
    }
}

static void only_the_request_uri_says_where_to(void **state)
{
    static const char *const variables[] = {"REQUEST_METHOD=GET",
                                            "REQUEST_URI=/api/items/1",
                                            "PATH_INFO=/api/items/2",
                                            "SCRIPT_NAME=/api/items/3",
                                            "DOCUMENT_URI=/api/items/4",
                                            "PATH_TRANSLATED=/srv/api/items/5",
                                            "HTTP_X_ORIGINAL_URL=/api/items/6",
                                            "HTTP_X_HTTP_METHOD_OVERRIDE=DELETE",
                                            "HTTP_PROXY=http://evil.example",
                                            NULL};
    struct api *api = *state;
    const struct api_reply *reply =
        api_send(api, &(struct api_request){.variables = variables, .bare = true});

    assert_int_equal(reply->status, 200);
    assert_int_equal(api_int(reply, "/data/id"), 1);
    assert_null(getenv("HTTP_PROXY"));
}

static void a_request_that_lacks_variables_gets_an_error_and_no_crash(void **state)
{
    static const char *const no_uri[] = {"REQUEST_METHOD=GET", NULL};
    static const char *const no_method[] = {"REQUEST_URI=/api/items", NULL};
    static const char *const odd[] = {
        "", "=", "no equals sign", "REQUEST_METHOD=", "REQUEST_URI=/api/items", NULL};
    static const char *const none[] = {NULL};
    struct api *api = *state;
    struct api_request request = {.variables = no_uri, .bare = true};

    assert_int_equal(api_send(api, &request)->status, 400);
    request.variables = none;
    assert_int_equal(api_send(api, &request)->status, 400);
    request.variables = no_method;
    assert_int_equal(api_send(api, &request)->status, 405);
    request.variables = odd;
    assert_int_equal(api_send(api, &request)->status, 405);
}

static void the_first_of_doubled_variables_counts(void **state)
{
    struct api *api = *state;
    const char *const variables[] = {
        "HTTP_AUTHORIZATION=Bearer no.such.token",
        api_format(api, "HTTP_AUTHORIZATION=Bearer %s", api->tokens[API_ADMIN]), NULL};

    assert_int_equal(
        api_send(api, &(struct api_request){.target = "/api/users", .variables = variables})
            ->status,
        401);
}

static const struct api_reply *get_with_many(struct api *api, size_t count, size_t size)
{
    const char **variables = arena_alloc(&api->scope.arena, (count + 1) * sizeof *variables);
    char *value = arena_alloc(&api->scope.arena, size + 1);

    assert_non_null(variables);
    assert_non_null(value);
    memset(value, 'x', size);
    for (size_t i = 0; i < count; i++)
        variables[i] = api_format(api, "HTTP_X_%zu=%s", i, value);
    return api_send(api, &(struct api_request){.target = "/api/items/1", .variables = variables});
}

static void too_many_or_too_long_headers_are_malformed(void **state)
{
    struct api *api = *state;

    assert_int_equal(get_with_many(api, 200, 10)->status, 200);
    assert_int_equal(get_with_many(api, 1000, 1)->status, 400);
    assert_int_equal(get_with_many(api, 1, 60000)->status, 200);
    assert_int_equal(get_with_many(api, 1, 70000)->status, 400);
    assert_int_equal(get_with_many(api, 100, 1000)->status, 400);
}

static const char *client_of(struct api *api, const char *remote, const char *forwarded)
{
    const char *const variables[] = {api_format(api, "REMOTE_ADDR=%s", remote),
                                     api_format(api, "HTTP_X_FORWARDED_FOR=%s", forwarded), NULL};
    const struct api_reply *reply =
        api_send(api, &(struct api_request){.target = "/api/health", .variables = variables});

    return api_logged_text(reply, "client");
}

static void forwarded_addresses_count_only_from_trusted_proxies(void **state)
{
    static const struct {
        const char *remote, *forwarded, *client;
    } cases[] = {
        {"198.51.100.7", "203.0.113.9", "198.51.100.7"},
        {"10.0.0.1", "203.0.113.9", "203.0.113.9"},
        {"10.0.0.1", "192.0.2.66, 203.0.113.9", "203.0.113.9"},
        {"10.0.0.1", "203.0.113.9, 10.9.9.9", "203.0.113.9"},
        {"10.0.0.1", "203.0.113.9,10.1.1.1 , 10.2.2.2", "203.0.113.9"},
        {"10.0.0.1", "10.1.1.1", "10.1.1.1"},
        {"10.0.0.1", "nonsense", "10.0.0.1"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"},
        {"10.0.0.1", "2001:db8::1", "2001:db8::1"},
        {"2001:db8:ffff::1", "203.0.113.9", "203.0.113.9"},
    };
    struct api *api = *state;

    api->app.config.trusted_proxies = "10.0.0.0/8 2001:db8:ffff::/48";
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(client_of(api, cases[i].remote, cases[i].forwarded), cases[i].client);
    api->app.config.trusted_proxies = "";
    assert_string_equal(client_of(api, "10.0.0.1", "203.0.113.9"), "10.0.0.1");
}

/* One worker, one request after the other: nothing of one is left in the next. */
static void two_requests_share_nothing(void **state)
{
    struct api *api = *state;
    const char *plain = api_raw(get(api, "/api/items?per_page=3"), "/data");
    const char *admin = api->tokens[API_ADMIN];

    for (int i = 0; i < 3; i++) {
        api_expect(api, 200, "GET", "/api/users", admin, NULL);
        api_expect(api, 401, "GET", "/api/users", NULL, NULL);
        api_expect(api, 400, "POST", "/api/items", admin, "{\"name\":7}");
        const struct api_reply *reply = get(api, "/api/items?per_page=3");

        assert_string_equal(api_raw(reply, "/data"), plain);
        assert_null(api_logged_text(reply, "code"));
        assert_null(api_logged_text(reply, "detail"));
        assert_false(api_has_logged(reply, "user"));
        api_expect(api, 400, "GET", "/api/items?category_id=x", NULL, NULL);
        api_expect(api, 404, "DELETE", "/api/items/987654321", admin, NULL);
        assert_string_equal(api_raw(get(api, "/api/items?per_page=3"), "/data"), plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_callers_request_id_is_kept_when_it_is_well_formed),
        cmocka_unit_test(any_other_request_id_is_replaced),
        cmocka_unit_test(only_the_request_uri_says_where_to),
        cmocka_unit_test(a_request_that_lacks_variables_gets_an_error_and_no_crash),
        cmocka_unit_test(the_first_of_doubled_variables_counts),
        cmocka_unit_test(too_many_or_too_long_headers_are_malformed),
        cmocka_unit_test(two_requests_share_nothing),
        api_unit_test(forwarded_addresses_count_only_from_trusted_proxies),
    };

    return cmocka_run_group_tests_name("requests", tests, api_make, api_drop);
}
