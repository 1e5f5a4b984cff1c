/* monitor_test.c - tests of middleware/monitor: who reads metrics without signing in */
#include "stage.h"

#define TOKEN "a token of tests, as long as such a one should be"

static struct transport transport;

/* An exchange for a row of monitoring, from this address with these variables. */
static bool is_let_in(struct stage *stage, const char *address, const char *const *variables)
{
    static const char *const none[] = {NULL};

    /* environ's type has no const, though nobody writes there. */
    transport.environment = (char *const *)(uintptr_t)(variables ? variables : none);
    stage->exchange.transport = &transport;
    stage->exchange.is_monitor = false;
    stage->exchange.request.client_address = address;
    assert_true(stage_monitor(&stage->exchange));
    return stage->exchange.is_monitor;
}

static int make(void **state)
{
    stage_make(state);
    struct stage *stage = *state;

    stage->app.config.metrics_networks = "127.0.0.0/8 ::1";
    stage->app.config.metrics_token = "";
    stage->route = (struct route){.flags = ROUTE_MONITOR,
                                  .access = ACCESS_PERMISSION,
                                  .permission = "metrics:read",
                                  .rate = RATE_READ};
    return 0;
}

static void test_networks(void **state)
{
    struct stage *stage = *state;

    assert_true(is_let_in(stage, "127.0.0.1", NULL));
    assert_true(is_let_in(stage, "127.8.9.10", NULL));
    assert_true(is_let_in(stage, "::1", NULL));
    assert_true(is_let_in(stage, "::ffff:127.0.0.1", NULL));
    assert_false(is_let_in(stage, "192.0.2.1", NULL));
    assert_false(is_let_in(stage, "2001:db8::1", NULL));
    assert_false(is_let_in(stage, "", NULL));
    assert_false(is_let_in(stage, "unix:", NULL));
    stage->app.config.metrics_networks = "192.0.2.0/24";
    assert_true(is_let_in(stage, "192.0.2.1", NULL));
    assert_false(is_let_in(stage, "127.0.0.1", NULL));
    stage->app.config.metrics_networks = "";
    assert_false(is_let_in(stage, "127.0.0.1", NULL));
}

/* To whom a proxy on this machine hands it on, everybody comes from this machine. */
static void test_proxies(void **state)
{
    static const char *const marks[] = {"HTTP_X_FORWARDED_FOR=203.0.113.7",
                                        "HTTP_X_FORWARDED_FOR=",
                                        "HTTP_X_FORWARDED_FOR=127.0.0.1",
                                        "HTTP_FORWARDED=for=203.0.113.7",
                                        "HTTP_VIA=1.1 proxy",
                                        "HTTP_X_REAL_IP=203.0.113.7"};

    for (size_t i = 0; i < COUNT(marks); i++) {
        const char *const variables[] = {"REQUEST_METHOD=GET", marks[i], NULL};

        if (is_let_in(*state, "127.0.0.1", variables))
            unit_fail("%s is let in", marks[i]);
    }
}

static void test_token(void **state)
{
    static const char *const variables[] = {"HTTP_X_FORWARDED_FOR=203.0.113.7", NULL};
    static const struct {
        const char *authorization;
        bool is_let_in;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"Bearer", false},
        {"Bearer ", false},
        {"Bearer " TOKEN "x", false},
        {"Bearer a token of tests, as long as such a one should bE", false},
        {"Bearer a token of tests", false},
        {"Basic " TOKEN, false},
        {"Bearer " TOKEN, true},
        {"bearer  " TOKEN, true},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        stage->exchange.request.authorization = cases[i].authorization;
        stage->app.config.metrics_token = TOKEN;
        if (is_let_in(stage, "192.0.2.1", variables) != cases[i].is_let_in)
            unit_fail("case %zu", i);
        /* No token opens nothing, whatever is shown. */
        stage->app.config.metrics_token = "";
        assert_false(is_let_in(stage, "192.0.2.1", variables));
    }
}

static void test_other_rows(void **state)
{
    struct stage *stage = *state;

    stage->route.flags = 0;
    stage->app.config.metrics_token = TOKEN;
    stage->exchange.request.authorization = "Bearer " TOKEN;
    assert_false(is_let_in(stage, "127.0.0.1", NULL));
}

/* Neither a database nor a caller is needed then, and no limit holds. */
static void test_stages(void **state)
{
    struct stage *stage = *state;
    struct exchange *exchange = &stage->exchange;

    exchange->request.authorization = "Bearer what nobody knows";
    assert_true(is_let_in(stage, "127.0.0.1", NULL));
    assert_true(stage_rate(exchange));
    assert_true(stage_database(exchange));
    assert_true(stage_auth(exchange));
    assert_true(stage_permission(exchange));
    exchange->is_monitor = false;
    assert_false(stage_permission(exchange));
    assert_int_equal(exchange->scope.error.kind, ERR_UNAUTHORIZED);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, stage_drop, NULL                                                 \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("whoever comes from a network of the settings is let in", test_networks),
        TEST("nobody is who comes through a proxy", test_proxies),
        TEST("the token of the settings lets in from anywhere", test_token),
        TEST("other rows let nobody in so", test_other_rows),
        TEST("monitoring needs neither database nor account", test_stages),
    };

    return cmocka_run_group_tests_name("middleware/monitor", tests, NULL, NULL);
}
