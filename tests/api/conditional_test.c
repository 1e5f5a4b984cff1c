/* conditional_test.c - If-Match and If-None-Match: nobody overwrites what they have not seen */
#include "support/api.h"

#include <string.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":19.99}"

/* Sends a request with one more header, as a variable. */
static const struct api_reply *send_with(struct api *api, const char *method, const char *path,
                                         const char *body, const char *variable)
{
    const char *const variables[] = {variable, NULL};
    const struct api_request request = {.method = method,
                                        .target = path,
                                        .token = api->tokens[API_EDITOR],
                                        .body = body,
                                        .variables = variables};

    return api_send(api, &request);
}

static const char *make_item(struct api *api)
{
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR], ITEM);

    assert_string_equal(api_header(api, made, "ETag"), "\"1\"");
    return api_header(api, made, "Location");
}

static void a_row_that_the_caller_has_already_is_304_without_a_body(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api);
    const struct api_reply *reply = send_with(api, "GET", path, NULL, "HTTP_IF_NONE_MATCH=\"1\"");

    assert_int_equal(reply->status, 304);
    assert_int_equal(reply->body_length, 0);
    assert_string_equal(api_header(api, reply, "ETag"), "\"1\"");
    assert_int_equal(send_with(api, "GET", path, NULL, "HTTP_IF_NONE_MATCH=\"7\", W/\"1\"")->status,
                     304);
    assert_int_equal(send_with(api, "GET", path, NULL, "HTTP_IF_NONE_MATCH=*")->status, 304);
    assert_int_equal(send_with(api, "GET", path, NULL, "HTTP_IF_NONE_MATCH=\"2\"")->status, 200);
}

static void a_write_that_has_seen_the_newest_version_passes(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api);

    assert_int_equal(
        send_with(api, "PATCH", path, "{\"quantity\":2}", "HTTP_IF_MATCH=\"1\"")->status, 200);
    assert_int_equal(send_with(api, "PUT", path, ITEM, "HTTP_IF_MATCH=\"9\", \"2\"")->status, 200);
    assert_int_equal(send_with(api, "DELETE", path, NULL, "HTTP_IF_MATCH=*")->status, 200);
}

static void a_write_that_has_seen_an_older_version_is_412_and_changes_nothing(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api);

    api_expect(api, 200, "PATCH", path, api->tokens[API_EDITOR], "{\"quantity\":5}");
    api_must_fail(send_with(api, "PATCH", path, "{\"quantity\":9}", "HTTP_IF_MATCH=\"1\""),
                  "PRECONDITION_FAILED");
    api_must_fail(send_with(api, "PUT", path, ITEM, "HTTP_IF_MATCH=\"1\""), "PRECONDITION_FAILED");
    api_must_fail(send_with(api, "DELETE", path, NULL, "HTTP_IF_MATCH=\"1\""),
                  "PRECONDITION_FAILED");
    const struct api_reply *read = api_expect(api, 200, "GET", path, NULL, NULL);

    assert_int_equal(api_int(read, "/data/quantity"), 5);
    assert_int_equal(api_int(read, "/data/version"), 2);
}

static void a_weak_tag_does_not_match_a_write(void **state)
{
    struct api *api = *state;

    api_must_fail(send_with(api, "DELETE", make_item(api), NULL, "HTTP_IF_MATCH=W/\"1\""),
                  "PRECONDITION_FAILED");
}

static void a_row_that_is_gone_is_404_whatever_version_is_asked_for(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api);

    api_expect(api, 200, "DELETE", path, api->tokens[API_EDITOR], NULL);
    api_must_fail(send_with(api, "PATCH", path, "{}", "HTTP_IF_MATCH=\"1\""), "NOT_FOUND");
}

/* Both have seen version 1; the lock lets one of them through. */
static void of_two_writes_at_once_that_saw_the_same_version_one_wins(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api);
    const char *const variables[] = {"HTTP_IF_MATCH=\"1\"", NULL};
    const struct api_request request = {.method = "PATCH",
                                        .target = path,
                                        .token = api->tokens[API_EDITOR],
                                        .body = "{\"quantity\":1}",
                                        .variables = variables};
    const struct api_request requests[] = {request, request};
    const struct api_reply *replies[2];

    api_race(api, requests, 2, replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 200 + 412);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_the_caller_has_already_is_304_without_a_body),
        cmocka_unit_test(a_write_that_has_seen_the_newest_version_passes),
        cmocka_unit_test(a_write_that_has_seen_an_older_version_is_412_and_changes_nothing),
        cmocka_unit_test(a_weak_tag_does_not_match_a_write),
        cmocka_unit_test(a_row_that_is_gone_is_404_whatever_version_is_asked_for),
        cmocka_unit_test(of_two_writes_at_once_that_saw_the_same_version_one_wins),
    };

    return cmocka_run_group_tests_name("conditional requests", tests, api_make, api_drop);
}
