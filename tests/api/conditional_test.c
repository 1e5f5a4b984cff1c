/* conditional_test.c - entity tags: If-None-Match for reading, If-Match for writing */
#include "support/api.h"

static const struct api_reply *send_with(struct api *api, const char *method, const char *target,
                                         const char *body, const char *condition)
{
    const char *const variables[] = {condition, NULL};

    return api_send(api, &(struct api_request){.method = method,
                                               .target = target,
                                               .token = api->tokens[API_EDITOR],
                                               .body = body,
                                               .variables = variables});
}

static const char *make_item(struct api *api)
{
    return api_header(api,
                      api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR],
                                 "{\"name\":\"Kettle\",\"price\":1}"),
                      "Location");
}

static void a_reader_that_has_the_version_is_told_304(void **state)
{
    static const char *const same[] = {"\"1\"", "W/\"1\"", "*", "\"7\", \"1\"", "W/\"2\",\"1\""};
    static const char *const other[] = {"\"2\"", "\"11\"", "1", "\"\"", "\"1", "", "W/\"2\""};
    struct api *api = *state;
    const char *path = make_item(api);

    for (size_t i = 0; i < COUNT(same); i++) {
        const struct api_reply *reply =
            send_with(api, "GET", path, NULL, api_format(api, "HTTP_IF_NONE_MATCH=%s", same[i]));

        if (reply->status != 304)
            unit_fail("<%s> gave %d", same[i], reply->status);
        assert_string_equal(api_header(api, reply, "ETag"), "\"1\"");
    }
    for (size_t i = 0; i < COUNT(other); i++) {
        const struct api_reply *reply =
            send_with(api, "GET", path, NULL, api_format(api, "HTTP_IF_NONE_MATCH=%s", other[i]));

        if (reply->status != 200)
            unit_fail("<%s> gave %d", other[i], reply->status);
    }
}

static void a_writer_with_an_old_version_is_412_and_changes_nothing(void **state)
{
    static const char *const old[] = {"\"1\"", "W/\"2\"", "\"3\", \"4\"", "\"\"", "\"22\""};
    struct api *api = *state;
    const char *path = make_item(api);

    api_expect(api, 200, "PATCH", path, api->tokens[API_EDITOR], "{\"quantity\":1}");
    for (size_t i = 0; i < COUNT(old); i++) {
        const char *condition = api_format(api, "HTTP_IF_MATCH=%s", old[i]);

        api_must_fail(send_with(api, "PATCH", path, "{\"quantity\":2}", condition),
                      "PRECONDITION_FAILED");
        api_must_fail(send_with(api, "PATCH", path, "{}", condition), "PRECONDITION_FAILED");
        api_must_fail(send_with(api, "PUT", path, "{\"name\":\"x\",\"price\":1}", condition),
                      "PRECONDITION_FAILED");
        api_must_fail(send_with(api, "DELETE", path, NULL, condition), "PRECONDITION_FAILED");
    }
    const struct api_reply *reply = api_expect(api, 200, "GET", path, NULL, NULL);

    assert_int_equal(api_int(reply, "/data/version"), 2);
}

static void a_writer_with_the_version_succeeds(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api);
    const struct api_reply *reply =
        send_with(api, "PATCH", path, "{\"quantity\":1}", "HTTP_IF_MATCH=\"1\"");

    assert_string_equal(api_header(api, reply, "ETag"), "\"2\"");
    reply =
        send_with(api, "PUT", path, "{\"name\":\"x\",\"price\":1}", "HTTP_IF_MATCH=\"9\", \"2\"");
    assert_string_equal(api_header(api, reply, "ETag"), "\"3\"");
    assert_int_equal(send_with(api, "PATCH", path, "{}", "HTTP_IF_MATCH=*")->status, 200);
    assert_int_equal(send_with(api, "DELETE", path, NULL, "HTTP_IF_MATCH=\"3\"")->status, 200);
    assert_int_equal(send_with(api, "DELETE", path, NULL, "HTTP_IF_MATCH=\"4\"")->status, 404);
    assert_int_equal(send_with(api, "PATCH", path, "{}", "HTTP_IF_MATCH=*")->status, 404);
}

static void of_two_writers_with_one_version_the_second_is_412(void **state)
{
    static const char *const variables[] = {"HTTP_IF_MATCH=\"1\"", NULL};
    struct api *api = *state;
    const struct api_request request = {.method = "PATCH",
                                        .target = make_item(api),
                                        .token = api->tokens[API_EDITOR],
                                        .body = "{\"quantity\":5}",
                                        .variables = variables};
    const struct api_request requests[] = {request, request, request};
    const struct api_reply *replies[3];

    api_race(api, requests, 3, replies);
    assert_int_equal(replies[0]->status + replies[1]->status + replies[2]->status, 200 + 412 + 412);
}

static void an_if_match_that_is_none_is_refused_by_name(void **state)
{
    static const char *const wrong[] = {
        "",        "2",        "\"2", "2\"",     "**", "*, \"1\"", "\"1\" \"2\"",
        "w/\"1\"", "\"1\", 2", ",",   "\"1 2\"",
    };
    struct api *api = *state;
    const char *path = make_item(api);

    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *condition = api_format(api, "HTTP_IF_MATCH=%s", wrong[i]);
        const struct api_reply *replies[] = {
            send_with(api, "PATCH", path, "{\"quantity\":2}", condition),
            send_with(api, "PUT", path, "{\"name\":\"x\",\"price\":1}", condition),
            send_with(api, "DELETE", path, NULL, condition),
        };

        for (size_t k = 0; k < COUNT(replies); k++)
            api_must_refuse(replies[k], "If-Match", "malformed");
    }
    assert_int_equal(api_int(api_expect(api, 200, "GET", path, NULL, NULL), "/data/version"), 1);
}

static void with_the_setting_a_change_without_if_match_is_428(void **state)
{
    static const struct {
        const char *method, *body;
    } changes[] = {
        {"PATCH", "{\"quantity\":2}"},
        {"PUT", "{\"name\":\"x\",\"price\":1}"},
        {"DELETE", NULL},
    };
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const char *path = make_item(api);

    api->app.config.require_if_match = true;
    for (size_t i = 0; i < COUNT(changes); i++)
        api_must_fail(api_expect(api, 428, changes[i].method, path, editor, changes[i].body),
                      "PRECONDITION_REQUIRED");
    api_must_fail(api_call(api, "PATCH", "/api/users/me", editor, "{\"name\":\"Ed\"}"),
                  "PRECONDITION_REQUIRED");
    for (size_t i = 0; i < COUNT(changes); i++) {
        const char *tag = api_format(api, "HTTP_IF_MATCH=\"%zu\"", i + 1);

        assert_int_equal(send_with(api, changes[i].method, path, changes[i].body, tag)->status,
                         200);
    }
    /* What is based on no version needs none. */
    make_item(api);
    api_expect(api, 200, "POST", api_format(api, "%s/restore", path), editor, NULL);
    api_expect(api, 200, "GET", path, NULL, NULL);
}

static void the_own_profile_has_a_version_too(void **state)
{
    static const char *const old[] = {"HTTP_IF_MATCH=\"77\"", NULL};
    struct api *api = *state;
    const struct api_reply *me =
        api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL);
    const struct api_request request = {.method = "PATCH",
                                        .target = "/api/users/me",
                                        .token = api->tokens[API_VIEWER],
                                        .body = "{\"name\":\"Vi\"}",
                                        .variables = old};

    assert_string_equal(api_header(api, me, "ETag"),
                        api_format(api, "\"%s\"", api_raw(me, "/data/version")));
    api_must_fail(api_send(api, &request), "PRECONDITION_FAILED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_that_has_the_version_is_told_304),
        cmocka_unit_test(a_writer_with_an_old_version_is_412_and_changes_nothing),
        cmocka_unit_test(a_writer_with_the_version_succeeds),
        cmocka_unit_test(of_two_writers_with_one_version_the_second_is_412),
        cmocka_unit_test(an_if_match_that_is_none_is_refused_by_name),
        api_unit_test(with_the_setting_a_change_without_if_match_is_428),
        cmocka_unit_test(the_own_profile_has_a_version_too),
    };

    return cmocka_run_group_tests_name("conditional requests", tests, api_make, api_drop);
}
