/* cors_test.c - tests of middleware/cors: which web pages of other origins may call */
#include "stage.h"

#define A "https://a.test"

static const struct {
    const char *origins, *origin;
    const char *allowed; /* NULL: nobody */
    bool varies;
} cases[] = {
    {"", A, NULL, false},
    {"", NULL, NULL, false},
    {A, A, A, true},
    {A, NULL, NULL, true},
    {A, "https://a.test.evil.test", NULL, true},
    {A, "https://a.tes", NULL, true},
    {A, "http://a.test", NULL, true},
    {A, "https://A.test", NULL, true},
    {A, "null", NULL, true},
    {A, "", NULL, true},
    {"https://b.test " A, A, A, true},
    {"https://b.test, " A, A, A, true},
    {"https://b.test  https://c.test", A, NULL, true},
    {"*", A, "*", false},
    {"*", "null", "*", false},
    {"*", NULL, "*", false},
    {"* " A, "https://evil.test", NULL, true},
};

static void test_cases(void **state)
{
    struct stage *stage = *state;
    struct scope *scope = &stage->exchange.scope;

    for (size_t i = 0; i < COUNT(cases); i++) {
        stage_renew(stage);
        stage->app.config.cors_origins = cases[i].origins;
        stage->exchange.request.origin = cases[i].origin;
        stage->exchange.response.by_origin = false;
        cors_add_headers(&stage->exchange);
        const char *line = strstr(stage_headers(stage), "Access-Control-Allow-Origin: ");
        const char *expected =
            scope_format(scope, "Access-Control-Allow-Origin: %s\r\n", cases[i].allowed);

        if (cases[i].allowed ? !line || strncmp(line, expected, strlen(expected)) != 0 : !!line)
            unit_fail("%s for <%s>: %s\n", cases[i].origin, cases[i].origins, stage_headers(stage));
        assert_int_equal(stage->exchange.response.by_origin, cases[i].varies);
        assert_null(strstr(stage_headers(stage), "Credentials"));
    }
}

static void test_preflight(void **state)
{
    struct stage *stage = *state;

    stage->app.config.cors_origins = A;
    stage->exchange.request.origin = A;
    cors_add_headers(&stage->exchange);
    assert_null(strstr(stage_headers(stage), "Allow-Methods"));
    assert_true(stage_options(&stage->exchange));
    stage_renew(stage);
    stage->exchange.request.method = OPTIONS;
    cors_add_headers(&stage->exchange);
    assert_non_null(strstr(stage_headers(stage), "Access-Control-Allow-Methods: GET, HEAD, POST"));
    assert_non_null(strstr(stage_headers(stage), "Access-Control-Allow-Headers: Authorization"));
    assert_false(stage_options(&stage->exchange));
    assert_int_equal(stage->exchange.response.status, 204);
    assert_int_equal(stage->exchange.scope.error.kind, ERR_NONE);
    stage_renew(stage);
    stage->exchange.request.origin = "https://evil.test";
    cors_add_headers(&stage->exchange);
    assert_null(strstr(stage_headers(stage), "Access-Control"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("an origin is allowed where it is listed whole", test_cases),
        STAGE_TEST("OPTIONS is answered, with the methods only to an allowed origin",
                   test_preflight),
    };

    return cmocka_run_group_tests_name("middleware/cors", tests, NULL, NULL);
}
