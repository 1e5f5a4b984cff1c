/* body_test.c - what a request's body may be: its type, its length, its end */
#include "support/api.h"

#include <string.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":19.99}"

static struct api_request post(struct api *api, const char *body)
{
    return (struct api_request){
        .method = "POST", .target = "/api/items", .token = api->tokens[API_EDITOR], .body = body};
}

static const struct api_reply *send_type(struct api *api, const char *type)
{
    struct api_request request = post(api, ITEM);

    request.content_type = type;
    return api_send(api, &request);
}

static void json_is_json_whatever_its_parameters_and_case(void **state)
{
    static const char *const types[] = {
        "application/json", "application/json; charset=UTF-8", "application/json;charset=utf-8",
        "Application/JSON", "application/json ; charset=x",    "application/json;",
    };

    for (size_t i = 0; i < COUNT(types); i++)
        assert_int_equal(send_type(*state, types[i])->status, 201);
}

static void any_other_type_is_415(void **state)
{
    static const char *const types[] = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json-patch+json",
        "application/jso",
        "json",
        "*/*",
        "application/ json",
        "text/plain; application/json",
        "application/json,text/plain",
        "",
        " application/json",
        ";",
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(types); i++) {
        const struct api_reply *reply = send_type(api, types[i]);

        if (reply->status != 415)
            unit_fail("<%s> gave %d", types[i], reply->status);
        api_must_fail(reply, "UNSUPPORTED_MEDIA_TYPE");
    }
}

static void no_body_is_malformed_with_and_without_a_type(void **state)
{
    static const char *const types[] = {NULL, "", "application/json"};
    static const char *const lengths[] = {NULL, "", "0"};
    struct api *api = *state;

    for (size_t t = 0; t < COUNT(types); t++) {
        for (size_t l = 0; l < COUNT(lengths); l++) {
            struct api_request request = post(api, NULL);

            request.content_type = types[t];
            request.content_length = lengths[l];
            api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
        }
    }
}

/* An item whose JSON text has exactly `size` bytes. */
static const char *item_of_size(struct api *api, size_t size)
{
    char *text = arena_alloc(&api->scope.arena, size + 1);

    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, ITEM, strlen(ITEM));
    return text;
}

static void a_body_of_the_limit_passes_and_one_byte_more_is_413(void **state)
{
    struct api *api = *state;
    const int64_t limits[] = {64, 16384, 16385, 100000, api->app.config.max_body_bytes};

    for (size_t i = 0; i < COUNT(limits); i++) {
        size_t limit = (size_t)limits[i];
        struct api_request request = post(api, item_of_size(api, limit));

        api->app.config.max_body_bytes = limits[i];
        assert_int_equal(api_send(api, &request)->status, 201);
        request.content_length = "";
        assert_int_equal(api_send(api, &request)->status, 201);
        request = post(api, item_of_size(api, limit + 1));
        api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
        request.content_length = "";
        api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
        /* A length that is not true, either. */
        request.content_length = api_format(api, "%zu", limit);
        api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
    }
}

static void a_chunked_body_has_no_length_and_works(void **state)
{
    struct api *api = *state;
    struct api_request request = post(api, ITEM);

    request.content_length = "";
    assert_int_equal(api_send(api, &request)->status, 201);
}

static void a_length_that_lies_is_malformed(void **state)
{
    static const char *const lengths[] = {"1", "28", "32", "1000", "0"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct api_request request = post(api, ITEM);

        request.content_length = lengths[i];
        api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    }
}

static void a_length_that_is_no_number_is_malformed_for_every_method(void **state)
{
    static const char *const lengths[] = {"-1",
                                          "abc",
                                          "30abc",
                                          "0x1e",
                                          "1e2",
                                          " 30",
                                          "30 ",
                                          "+30",
                                          "30,30",
                                          "9223372036854775808",
                                          "99999999999999999999999",
                                          "3.0",
                                          "-"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct api_request request = post(api, ITEM);

        request.content_length = lengths[i];
        api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
        request = (struct api_request){.target = "/api/items/1", .content_length = lengths[i]};
        api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    }
}

static void a_body_that_is_broken_off_is_malformed_and_changes_nothing(void **state)
{
    struct api *api = *state;
    const char *before = api_ask(api, "SELECT count(*) FROM items");

    for (size_t at = 0; at < strlen(ITEM); at += 5) {
        struct api_request request = post(api, ITEM);

        request.break_at = &at;
        api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    }
    assert_string_equal(api_ask(api, "SELECT count(*) FROM items"), before);
}

static void a_body_that_nobody_asked_for_is_not_looked_at(void **state)
{
    struct api *api = *state;
    struct api_request request = {.target = "/api/items/1", .body = "{not json"};

    assert_int_equal(api_send(api, &request)->status, 200);
    request = (struct api_request){.method = "DELETE",
                                   .target = "/api/items/2",
                                   .token = api->tokens[API_EDITOR],
                                   .body = "<xml/>",
                                   .content_type = "text/xml"};
    assert_int_equal(api_send(api, &request)->status, 200);
    request.method = "POST";
    request.target = "/api/items/2/restore";
    assert_int_equal(api_send(api, &request)->status, 200);
}

/* The order matters: who may not call learns nothing of what is wrong with the body. */
static void the_body_is_checked_after_the_caller(void **state)
{
    struct api *api = *state;
    struct api_request request = post(api, "{");

    request.token = NULL;
    assert_int_equal(api_send(api, &request)->status, 401);
    request.token = api->tokens[API_VIEWER];
    request.content_type = "text/plain";
    assert_int_equal(api_send(api, &request)->status, 403);
    request.method = "DELETE";
    assert_int_equal(api_send(api, &request)->status, 405);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_json_whatever_its_parameters_and_case),
        cmocka_unit_test(any_other_type_is_415),
        cmocka_unit_test(no_body_is_malformed_with_and_without_a_type),
        cmocka_unit_test(a_chunked_body_has_no_length_and_works),
        cmocka_unit_test(a_length_that_lies_is_malformed),
        cmocka_unit_test(a_length_that_is_no_number_is_malformed_for_every_method),
        cmocka_unit_test(a_body_that_is_broken_off_is_malformed_and_changes_nothing),
        cmocka_unit_test(a_body_that_nobody_asked_for_is_not_looked_at),
        cmocka_unit_test(the_body_is_checked_after_the_caller),
        api_unit_test(a_body_of_the_limit_passes_and_one_byte_more_is_413),
    };

    return cmocka_run_group_tests_name("bodies", tests, api_make, api_drop);
}
