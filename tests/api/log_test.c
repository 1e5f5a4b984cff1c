/* log_test.c - what the log says of a request; that no secret is in it, every test's end checks */
#include "support/api.h"

#include <json-c/json.h>
#include <string.h>

static void a_line_tells_who_did_what_and_how_it_ended(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 200, "PATCH", "/api/items/1", api->tokens[API_EDITOR], "{\"quantity\":3}");

    assert_string_equal(api_logged_text(reply, "route"), "items.update");
    assert_string_equal(api_logged_text(reply, "method"), "PATCH");
    assert_string_equal(api_logged_text(reply, "path"), "/api/items/1");
    assert_string_equal(api_logged_text(reply, "client"), API_ADDRESS);
    assert_string_equal(api_logged_text(reply, "request_id"),
                        api_header(api, reply, "X-Request-Id"));
    assert_int_equal(api_logged(reply, "status"), 200);
    assert_int_equal(api_logged(reply, "user"), api->user_ids[API_EDITOR]);
    assert_true(api_logged(reply, "queries") >= 2);
    assert_true(api_logged(reply, "database_us") > 0);
    assert_true(api_logged(reply, "us") >= api_logged(reply, "database_us"));
}

/* A value of one's own would let anybody forge what others look for in the log. */
static void a_line_names_the_trace_that_the_request_is_part_of(void **state)
{
    static const char *const good[] = {
        "HTTP_TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL};
    static const char *const bad[] = {"HTTP_TRACEPARENT=00-something of a client's-1-01", NULL};
    struct api *api = *state;
    const struct api_reply *reply =
        api_send(api, &(struct api_request){.target = "/api/items/1", .variables = good});

    assert_string_equal(api_logged_text(reply, "trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_string_equal(api_logged_text(reply, "span_id"), "00f067aa0ba902b7");
    reply = api_send(api, &(struct api_request){.target = "/api/items/1", .variables = bad});
    assert_int_equal(reply->status, 200);
    assert_false(api_has_logged(reply, "trace_id"));
    assert_false(api_has_logged(reply, "span_id"));
    assert_null(strstr(json_object_to_json_string(reply->line), "something"));
}

static void a_line_has_nothing_of_what_the_request_does_not_have(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = api_expect(api, 404, "GET", "/api/nothing", NULL, NULL);

    assert_false(api_has_logged(reply, "route"));
    assert_false(api_has_logged(reply, "user"));
    assert_string_equal(api_logged_text(reply, "code"), "NOT_FOUND");
    reply = api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    assert_false(api_has_logged(reply, "user"));
    assert_false(api_has_logged(reply, "code"));
    assert_false(api_has_logged(reply, "detail"));
}

static void the_user_is_named_when_refused_too(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 403, "GET", "/api/users", api->tokens[API_VIEWER], NULL);

    assert_int_equal(api_logged(reply, "user"), api->user_ids[API_VIEWER]);
}

static void the_cause_that_a_client_is_not_told_is_in_the_detail(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_call(api, "POST", "/api/auth/login", NULL,
                 "{\"email\":\"nobody@example.com\",\"password\":\"a wrong password\"}");

    assert_string_equal(api_logged_text(reply, "detail"), "login: unknown address");
    reply = api_call(api, "GET", "/api/users/me", "a.b.c", NULL);
    assert_int_equal(strncmp(api_logged_text(reply, "detail"), "token: ", 7), 0);
    reply = api_expect(api, 409, "POST", "/api/categories", api->tokens[API_EDITOR],
                       "{\"name\":\"Kitchen\"}");
    assert_non_null(strstr(api_logged_text(reply, "detail"), "23505"));
    assert_non_null(strstr(api_logged_text(reply, "detail"), "categories_name_key"));
    assert_null(strstr(reply->body, "categories_name_key"));
    /* PostgreSQL's DETAIL would repeat the value. */
    assert_null(strstr(api_logged_text(reply, "detail"), "Kitchen"));
}

static void what_is_searched_for_is_not_logged(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 200, "GET", "/api/categories?name=something+private", NULL, NULL);

    assert_string_equal(api_logged_text(reply, "path"), "/api/categories");
    assert_null(strstr(json_object_to_json_string(reply->line), "private"));
}

/* The line's own parse as one JSON object is checked for each request. */
static void a_path_cannot_forge_a_line(void **state)
{
    static const char *const paths[] = {
        "/api/x\"},{\"level\":\"error",
        "/api/%0a{\"message\":\"request\"}",
        "/api/x\n{\"message\":\"request\",\"status\":200}",
        "/api/\x1b[31m",
        "/api/\xff\xfe",
        "/api/\\",
        "/api/\x7f\x01",
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(paths); i++) {
        const struct api_reply *reply = api_call(api, "GET", paths[i], NULL, NULL);

        assert_true(reply->status == 404 || reply->status == 400);
        assert_int_equal(api_logged(reply, "status"), reply->status);
    }
}

static void an_odd_method_or_address_is_logged_as_text(void **state)
{
    static const char *const variables[] = {"REQUEST_METHOD=GE\"T\n", "REMOTE_ADDR=\"\n\\", NULL};
    struct api *api = *state;
    const struct api_reply *reply =
        api_send(api, &(struct api_request){.target = "/api/items", .variables = variables});

    assert_int_equal(reply->status, 405);
    assert_string_equal(api_logged_text(reply, "method"), "GE\"T\n");
    assert_string_equal(api_logged_text(reply, "client"), "\"\n\\");
}

static void a_very_long_path_leaves_the_line_whole(void **state)
{
    struct api *api = *state;
    char *path = arena_alloc(&api->scope.arena, 9000);

    assert_non_null(path);
    memset(path, 'x', 8999);
    const struct api_reply *reply =
        api_call(api, "GET", api_format(api, "/api/%s", path), NULL, NULL);

    assert_int_equal(reply->status, 404);
    assert_int_equal(api_logged(reply, "status"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_who_did_what_and_how_it_ended),
        cmocka_unit_test(a_line_names_the_trace_that_the_request_is_part_of),
        cmocka_unit_test(a_line_has_nothing_of_what_the_request_does_not_have),
        cmocka_unit_test(the_user_is_named_when_refused_too),
        cmocka_unit_test(the_cause_that_a_client_is_not_told_is_in_the_detail),
        cmocka_unit_test(what_is_searched_for_is_not_logged),
        cmocka_unit_test(a_path_cannot_forge_a_line),
        cmocka_unit_test(an_odd_method_or_address_is_logged_as_text),
        cmocka_unit_test(a_very_long_path_leaves_the_line_whole),
    };

    return cmocka_run_group_tests_name("the log", tests, api_make, api_drop);
}
