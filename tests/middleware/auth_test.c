/* auth_test.c - tests of middleware/auth: credentials that are looked at, and permissions */
#include "stage.h"

static const struct {
    const char *authorization;
    unsigned flags;
    bool passes; /* without a look into the database */
} schemes[] = {
    {NULL, 0, true},
    {"Basic YTpi", 0, false},
    {"Bearer", 0, false},
    {"Bearer ", 0, false},
    {"Bearer    ", 0, false},
    {"Bearerabc", 0, false},
    {"Bearer\tabc", 0, false},
    {"abc", 0, false},
    {"Bearer a.b.c", 0, false},
    {"bearer a.b.c", 0, false},
    {"Basic YTpi", ROUTE_NO_CREDENTIALS, true},
    {"Bearer junk", ROUTE_NO_DATABASE, true},
};

static void test_schemes(void **state)
{
    struct stage *stage = *state;
    struct exchange *exchange = &stage->exchange;

    stage->app.config.jwt_secret = "a signing key of tests, long enough to be one";
    stage->app.config.jwt_kid = stage->app.config.jwt_issuer = "k1";
    stage->app.config.jwt_audience = "k1";
    for (size_t i = 0; i < COUNT(schemes); i++) {
        stage_renew(stage);
        exchange->request.authorization = schemes[i].authorization;
        stage->route.flags = schemes[i].flags;
        if (stage_auth(exchange) != schemes[i].passes)
            unit_fail("%s\n", schemes[i].authorization);
        assert_int_equal(exchange->scope.error.kind,
                         schemes[i].passes ? ERR_NONE : ERR_UNAUTHORIZED);
        assert_null(exchange->scope.caller);
    }
}

static void test_permissions(void **state)
{
    static const char *const has[] = {"items:write", "users:read"};
    static const struct identity nobody = {.user_id = 1}, somebody = {.user_id = 2,
                                                                      .permissions = has,
                                                                      .permission_count = 2};
    static const struct identity key = {
        .user_id = 2, .api_key_id = 1, .permissions = has, .permission_count = 1};
    static const struct {
        enum access access;
        const char *permission;
        const struct identity *caller;
        enum error_kind kind;
    } cases[] = {
        {ACCESS_PUBLIC, NULL, NULL, ERR_NONE},
        {ACCESS_PUBLIC, NULL, &nobody, ERR_NONE},
        {ACCESS_SIGNED_IN, NULL, NULL, ERR_UNAUTHORIZED},
        {ACCESS_SIGNED_IN, NULL, &nobody, ERR_NONE},
        {ACCESS_SIGNED_IN, NULL, &key, ERR_FORBIDDEN},
        {ACCESS_ACCOUNT, NULL, NULL, ERR_UNAUTHORIZED},
        {ACCESS_ACCOUNT, NULL, &nobody, ERR_NONE},
        {ACCESS_ACCOUNT, NULL, &key, ERR_NONE},
        {ACCESS_PUBLIC, NULL, &key, ERR_NONE},
        {ACCESS_PERMISSION, "items:write", &key, ERR_NONE},
        {ACCESS_PERMISSION, "users:read", &key, ERR_FORBIDDEN},
        {ACCESS_PERMISSION, "items:write", NULL, ERR_UNAUTHORIZED},
        {ACCESS_PERMISSION, "items:write", &nobody, ERR_FORBIDDEN},
        {ACCESS_PERMISSION, "items:write", &somebody, ERR_NONE},
        {ACCESS_PERMISSION, "users:write", &somebody, ERR_FORBIDDEN},
        {ACCESS_PERMISSION, "items:writer", &somebody, ERR_FORBIDDEN},
        {ACCESS_PERMISSION, "items", &somebody, ERR_FORBIDDEN},
        {ACCESS_UNSET, NULL, NULL, ERR_UNAUTHORIZED},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        stage_renew(stage);
        stage->route.access = cases[i].access;
        stage->route.permission = cases[i].permission;
        stage->exchange.scope.caller = cases[i].caller;
        bool passed = stage_permission(&stage->exchange);

        if (stage->exchange.scope.error.kind != cases[i].kind)
            unit_fail("case %zu: kind %d\n", i, (int)stage->exchange.scope.error.kind);
        assert_int_equal(passed, cases[i].kind == ERR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("only a bearer's token is looked at, and only where it counts", test_schemes),
        STAGE_TEST("a row's access decides who passes", test_permissions),
    };

    return cmocka_run_group_tests_name("middleware/auth", tests, NULL, NULL);
}
