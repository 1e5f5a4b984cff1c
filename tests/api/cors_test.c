/* cors_test.c - which pages of other origins may call, and what a browser is told beforehand */
#include "support/api.h"

#include <string.h>

#define SHOP "https://shop.example"

static const struct api_reply *ask_from(struct api *api, const char *method, const char *target,
                                        const char *origin)
{
    const char *const variables[] = {origin ? api_format(api, "HTTP_ORIGIN=%s", origin)
                                            : "HTTP_X_NONE=1",
                                     "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT", NULL};

    return api_send(
        api, &(struct api_request){.method = method, .target = target, .variables = variables});
}

static const char *allowed(struct api *api, const struct api_reply *reply)
{
    return api_header(api, reply, "Access-Control-Allow-Origin");
}

static void without_the_setting_no_origin_is_allowed(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = ask_from(api, "GET", "/api/items/1", SHOP);

    assert_int_equal(reply->status, 200);
    assert_null(allowed(api, reply));
    reply = ask_from(api, "OPTIONS", "/api/items/1", SHOP);
    assert_int_equal(reply->status, 204);
    assert_null(allowed(api, reply));
    assert_null(api_header(api, reply, "Access-Control-Allow-Methods"));
}

static void an_allowed_origin_is_told_so_on_every_answer(void **state)
{
    static const struct {
        const char *method, *target;
        int status;
    } cases[] = {
        {"GET", "/api/items/1", 200},   {"HEAD", "/api/items/1", 200},
        {"GET", "/api/items/999", 404}, {"POST", "/api/items", 401},
        {"GET", "/api/nothing", 404},   {"DELETE", "/api/items", 405},
        {"GET", "/api/items?%", 400},   {"GET", "/api/items?x=1", 400},
    };
    struct api *api = *state;

    api->app.config.cors_origins = "https://other.example " SHOP;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *reply = ask_from(api, cases[i].method, cases[i].target, SHOP);

        assert_int_equal(reply->status, cases[i].status);
        if (!allowed(api, reply))
            unit_fail("%s %s tells the browser nothing", cases[i].method, cases[i].target);
        assert_string_equal(allowed(api, reply), SHOP);
        assert_string_equal(api_header(api, reply, "Vary"),
                            cases[i].status == 200 ? "Origin, Authorization" : "Origin");
        assert_string_equal(api_header(api, reply, "Access-Control-Expose-Headers"),
                            "ETag, Idempotency-Replayed, Location, Retry-After, X-Request-Id");
        assert_null(api_header(api, reply, "Access-Control-Allow-Credentials"));
    }
}

static void a_preflight_tells_methods_and_headers(void **state)
{
    struct api *api = *state;

    api->app.config.cors_origins = SHOP;
    const struct api_reply *reply = ask_from(api, "OPTIONS", "/api/items/1", SHOP);

    assert_int_equal(reply->status, 204);
    assert_string_equal(allowed(api, reply), SHOP);
    assert_string_equal(api_header(api, reply, "Allow"), "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    assert_non_null(strstr(api_header(api, reply, "Access-Control-Allow-Methods"), "PUT"));
    assert_non_null(strstr(api_header(api, reply, "Access-Control-Allow-Headers"), "If-Match"));
    assert_non_null(
        strstr(api_header(api, reply, "Access-Control-Allow-Headers"), "Idempotency-Key"));
    assert_non_null(api_header(api, reply, "Access-Control-Max-Age"));
    assert_int_equal(api_logged(reply, "queries"), 0);
    assert_int_equal(ask_from(api, "OPTIONS", "/api/nothing", SHOP)->status, 404);
}

static void an_origin_is_compared_whole(void **state)
{
    static const char *const others[] = {"https://shop.example.evil.example",
                                         "https://shop.exampl",
                                         "http://shop.example",
                                         "https://shop.example:8443",
                                         "shop.example",
                                         "https://SHOP.example",
                                         "null",
                                         "*",
                                         ("https://other.example " SHOP)};
    struct api *api = *state;

    api->app.config.cors_origins = SHOP " https://other.example";
    for (size_t i = 0; i < COUNT(others); i++) {
        const struct api_reply *reply = ask_from(api, "GET", "/api/items/1", others[i]);

        assert_int_equal(reply->status, 200);
        assert_null(allowed(api, reply));
        assert_string_equal(api_header(api, reply, "Vary"), "Origin, Authorization");
    }
    assert_null(allowed(api, ask_from(api, "GET", "/api/items/1", NULL)));
}

static void a_star_allows_any_origin(void **state)
{
    struct api *api = *state;

    api->app.config.cors_origins = "*";
    const struct api_reply *reply = ask_from(api, "GET", "/api/items/1", "https://any.example");

    assert_string_equal(allowed(api, reply), "*");
    assert_string_equal(api_header(api, reply, "Vary"), "Authorization");
    /* Whoever asked first, others may be given the answer that was kept. */
    assert_string_equal(allowed(api, ask_from(api, "GET", "/api/items/1", NULL)), "*");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_setting_no_origin_is_allowed),
        api_unit_test(an_allowed_origin_is_told_so_on_every_answer),
        api_unit_test(a_preflight_tells_methods_and_headers),
        api_unit_test(an_origin_is_compared_whole),
        api_unit_test(a_star_allows_any_origin),
    };

    return cmocka_run_group_tests_name("cors", tests, api_make, api_drop);
}
