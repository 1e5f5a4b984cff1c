/* cache_test.c - who may keep an answer */
#include "support/api.h"

#include <string.h>

#define SHARED "public, no-cache"
#define OWN    "private, no-cache"
#define NOBODY "no-store"

static const struct {
    const char *method, *target, *body;
    enum api_role role;
    int status;
    const char *cache;
} cases[] = {
    {"GET", "/api/items/1", NULL, API_ANYBODY, 200, SHARED},
    {"HEAD", "/api/items/1", NULL, API_ANYBODY, 200, SHARED},
    {"GET", "/api/items?per_page=2", NULL, API_ANYBODY, 200, SHARED},
    {"GET", "/api/categories", NULL, API_ANYBODY, 200, SHARED},
    {"GET", "/api/categories/1", NULL, API_ANYBODY, 200, SHARED},
    {"GET", "/api/items/1", NULL, API_VIEWER, 200, OWN},
    {"GET", "/api/items", NULL, API_ADMIN, 200, OWN},
    {"GET", "/api/items/999999", NULL, API_ANYBODY, 404, NOBODY},
    {"GET", "/api/items?page=0", NULL, API_ANYBODY, 400, NOBODY},
    {"GET", "/api/nothing", NULL, API_ANYBODY, 404, NOBODY},
    {"OPTIONS", "/api/items", NULL, API_ANYBODY, 204, NOBODY},
    {"GET", "/api/health", NULL, API_ANYBODY, 200, NOBODY},
    {"GET", "/api/health/ready", NULL, API_ANYBODY, 200, NOBODY},
    {"GET", "/api/users/me", NULL, API_VIEWER, 200, NOBODY},
    {"GET", "/api/users", NULL, API_ADMIN, 200, NOBODY},
    {"PATCH", "/api/items/1", "{}", API_EDITOR, 200, NOBODY},
    {"POST", "/api/items", "{\"name\":\"Pot\",\"price\":1}", API_EDITOR, 201, NOBODY},
};

static void an_answer_says_who_may_keep_it(void **state)
{
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *reply = api_call(api, cases[i].method, cases[i].target,
                                                 api->tokens[cases[i].role], cases[i].body);
        const char *cache = api_header(api, reply, "Cache-Control");

        assert_int_equal(reply->status, cases[i].status);
        if (strcmp(cache, cases[i].cache) != 0)
            unit_fail("%s %s: %s", cases[i].method, cases[i].target, cache);
    }
}

/* A cache that asks again must learn the same of a 304 as of the answer that it has. */
static void an_answer_that_did_not_change_may_be_kept_by_the_same(void **state)
{
    static const char *const seen[] = {"HTTP_IF_NONE_MATCH=\"1\"", NULL};
    struct api *api = *state;
    struct api_request request = {.target = "/api/items/2", .variables = seen};
    const struct api_reply *reply = api_send(api, &request);

    assert_int_equal(reply->status, 304);
    assert_string_equal(api_header(api, reply, "Cache-Control"), SHARED);
    assert_string_equal(api_header(api, reply, "Vary"), "Authorization");
    request.token = api->tokens[API_VIEWER];
    reply = api_send(api, &request);
    assert_int_equal(reply->status, 304);
    assert_string_equal(api_header(api, reply, "Cache-Control"), OWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_says_who_may_keep_it),
        cmocka_unit_test(an_answer_that_did_not_change_may_be_kept_by_the_same),
    };

    return cmocka_run_group_tests_name("caching", tests, api_make, api_drop);
}
