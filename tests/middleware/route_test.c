/* route_test.c - tests of middleware/route: 404, 405 and what a path allows */
#include "stage.h"

static const struct route routes[] = {
    {.id = "a.list", .method = GET, .path = "/a"},
    {.id = "a.create", .method = POST, .path = "/a"},
    {.id = "a.delete", .method = DELETE, .path = "/a/{id}"},
};
static const struct module module = {.name = "a", ROUTES(routes)};
static const struct module *const list[] = {&module};

static const struct {
    enum method method;
    const char *text;
    const char *segments[2];
    enum error_kind kind;
    const char *route; /* NULL: none */
    const char *allow; /* NULL: not said */
} cases[] = {
    {GET, "GET", {"a"}, ERR_NONE, "a.list", NULL},
    {PUT, "PUT", {"a"}, ERR_METHOD_NOT_ALLOWED, NULL, "Allow: GET, HEAD, POST, OPTIONS\r\n"},
    {METHOD_NONE,
     "TRACE",
     {"a"},
     ERR_METHOD_NOT_ALLOWED,
     NULL,
     "Allow: GET, HEAD, POST, OPTIONS\r\n"},
    {GET, "GET", {"a", "1"}, ERR_METHOD_NOT_ALLOWED, NULL, "Allow: DELETE, OPTIONS\r\n"},
    {OPTIONS, "OPTIONS", {"a"}, ERR_NONE, NULL, "Allow: GET, HEAD, POST, OPTIONS\r\n"},
    {GET, "GET", {"b"}, ERR_NOT_FOUND, NULL, NULL},
    {OPTIONS, "OPTIONS", {"b"}, ERR_NOT_FOUND, NULL, NULL},
    {DELETE, "DELETE", {"a", "x"}, ERR_NOT_FOUND, NULL, NULL},
};

static void test_cases(void **state)
{
    struct stage *stage = *state;
    struct exchange *exchange = &stage->exchange;

    stage->app.modules = (struct modules){list, 1};
    for (size_t i = 0; i < COUNT(cases); i++) {
        stage_renew(stage);
        exchange->request.method = cases[i].method;
        exchange->request.method_text = cases[i].text;
        memcpy(exchange->request.segments, cases[i].segments, sizeof cases[i].segments);
        exchange->request.segment_count = cases[i].segments[1] ? 2 : 1;
        bool passed = stage_route(exchange);

        if (passed != (cases[i].kind == ERR_NONE) || exchange->scope.error.kind != cases[i].kind)
            unit_fail("case %zu: kind %d\n", i, (int)exchange->scope.error.kind);
        assert_int_equal(exchange->route != NULL, cases[i].route != NULL);
        if (cases[i].route)
            assert_string_equal(exchange->route->id, cases[i].route);
        assert_string_equal(stage_headers(stage), cases[i].allow ? cases[i].allow : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("a request finds its row, or is told what the path allows", test_cases),
    };

    return cmocka_run_group_tests_name("middleware/route", tests, NULL, NULL);
}
