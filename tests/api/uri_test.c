/* uri_test.c - what a path and a query may be: escapes, slashes, parameters */
#include "support/api.h"

#include <string.h>

static const struct api_reply *get(struct api *api, const char *target)
{
    return api_call(api, "GET", target, NULL, NULL);
}

static void a_bad_escape_is_malformed_in_path_and_query(void **state)
{
    static const char *const escapes[] = {
        "%",  "%9",  "%zu", "%-9",    "%+9",    "% 9",       "%00",          "%0",  "%g0",
        "%%", "%ff", "%c3", "%c3%28", "%C0%80", "%ed%a0%80", "%f4%90%80%80", "a%2", "%u0041"};
    static const char *const targets[] = {"/api/items/%s", "/api/%s", "/api/items?page=%s",
                                          "/api/items?%s=1", "/api/health?%s"};
    struct api *api = *state;

    for (size_t t = 0; t < COUNT(targets); t++) {
        const char *hole = strstr(targets[t], "%s");

        for (size_t e = 0; e < COUNT(escapes); e++) {
            const char *target = api_format(api, "%.*s%s%s", (int)(hole - targets[t]), targets[t],
                                            escapes[e], hole + 2);
            const struct api_reply *reply = get(api, target);

            if (reply->status != 400)
                unit_fail("%s gave %d", target, reply->status);
            api_must_fail(reply, "MALFORMED_REQUEST");
        }
    }
}

static void a_path_is_decoded_once(void **state)
{
    static const char *const right[] = {"/api/%69tems/1", "/api/items/%31"};
    static const char *const wrong[] = {
        "/api/%2569tems/1", "/api/items/1+",   "/api/items/%2531",      "/api/items%2F1",
        "/api/items/1%2F",  "/api/items/%2F1", "/api/items/1%3Fpage=1", "/api/items%5C1"};
    struct api *api = *state;

    assert_int_equal(get(api, right[0])->status, 200);
    assert_int_equal(get(api, right[1])->status, 200);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (get(api, wrong[i])->status != 404)
            unit_fail("%s was found", wrong[i]);
    }
}

static void a_plus_is_a_space_only_in_a_query(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "GET", "/api/categories?name=Sold+nothing", NULL, NULL);
    const struct api_reply *found = get(api, "/api/categories?name=K%C3%BCche+%26+%C3%96l");

    assert_int_equal(api_int(found, "/data/pagination/total"), 1);
    found = get(api, "/api/categories?name=K%C3%BCche%2B%26%2B%C3%96l");
    assert_int_equal(api_int(found, "/data/pagination/total"), 0);
}

static void a_parameter_without_a_value_is_an_empty_one(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = get(api, "/api/items?a=1&b&c=&=d");

    api_must_refuse(reply, "a", "unknown_parameter");
    api_must_refuse(reply, "b", "unknown_parameter");
    api_must_refuse(reply, "c", "unknown_parameter");
    api_must_refuse(reply, "", "unknown_parameter");
    api_expect(api, 200, "GET", "/api/items?", NULL, NULL);
    api_expect(api, 200, "GET", "/api/items?&&", NULL, NULL);
    api_expect(api, 200, "GET", "/api/items?&page=1&", NULL, NULL);
    api_must_refuse(get(api, "/api/items?page=1?per_page=2"), "page", "out_of_range");
}

static void too_many_parameters_are_malformed(void **state)
{
    struct api *api = *state;
    struct buffer target;

    buffer_init(&target, &api->scope.arena);
    buffer_add_text(&target, "/api/health?");
    for (int i = 0; i < 64; i++)
        buffer_add_format(&target, "p%d=1&", i);
    api_expect(api, 200, "GET", target.data, NULL, NULL);
    buffer_add_text(&target, "more=1");
    api_expect(api, 400, "GET", target.data, NULL, NULL);
}

static void an_absolute_uri_is_its_path(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "GET", "http://example.com/api/items/1", NULL, NULL);
    api_expect(api, 200, "GET", "https://example.com:8443/api/items?page=1", NULL, NULL);
    api_expect(api, 404, "GET", "http://example.com", NULL, NULL);
    api_expect(api, 404, "GET", "*", NULL, NULL);
    api_expect(api, 404, "GET", "api/items/1", NULL, NULL);
}

static void a_very_long_path_is_404_and_a_very_long_value_400(void **state)
{
    struct api *api = *state;
    char *text = arena_alloc(&api->scope.arena, 40001);

    assert_non_null(text);
    memset(text, '1', 40000);
    api_expect(api, 404, "GET", api_format(api, "/api/items/%s", text), NULL, NULL);
    api_expect(api, 400, "GET", api_format(api, "/api/items?page=%s", text), NULL, NULL);
    api_expect(api, 400, "GET", api_format(api, "/api/items?cursor=%s", text), NULL, NULL);
    api_expect(api, 400, "GET", api_format(api, "/api/items?min_price=%s", text), NULL, NULL);
}

static void the_base_path_is_a_setting(void **state)
{
    struct api *api = *state;

    api->app.config.base_path = "";
    api_expect(api, 200, "GET", "/items/1", NULL, NULL);
    api_expect(api, 404, "GET", "/api/items/1", NULL, NULL);
    api->app.config.base_path = "/shop/v1";
    api_expect(api, 200, "GET", "/shop/v1/items/1", NULL, NULL);
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/shop/v1/items", api->tokens[API_EDITOR],
                   "{\"name\":\"Pot\",\"price\":1}");

    assert_int_equal(strncmp(api_header(api, made, "Location"), "/shop/v1/items/", 15), 0);
    api_expect(api, 404, "GET", "/shop/v10/items/1", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_escape_is_malformed_in_path_and_query),
        cmocka_unit_test(a_path_is_decoded_once),
        cmocka_unit_test(a_plus_is_a_space_only_in_a_query),
        cmocka_unit_test(a_parameter_without_a_value_is_an_empty_one),
        cmocka_unit_test(too_many_parameters_are_malformed),
        cmocka_unit_test(an_absolute_uri_is_its_path),
        cmocka_unit_test(a_very_long_path_is_404_and_a_very_long_value_400),
        api_unit_test(the_base_path_is_a_setting),
    };

    return cmocka_run_group_tests_name("addresses", tests, api_make, api_drop);
}
