/* rate_test.c - tests of middleware/rate: which bucket a request takes from */
#include "stage.h"

#include "keel/middleware/limiter.h"

#include <stdio.h>

static int make(void **state)
{
    char path[FOLDER_PATH_SIZE + 8];

    stage_make(state);
    struct stage *stage = *state;

    folder_make(stage->folder);
    snprintf(path, sizeof path, "%s/rate", stage->folder);
    assert_true(limiter_open(path, &stage->app.limiter));
    stage->app.config.rate_read_per_minute = 60;
    stage->app.config.rate_write_per_minute = 60;
    stage->app.config.rate_auth_per_minute = 0;
    return 0;
}

static int drop(void **state)
{
    struct stage *stage = *state;

    limiter_close(stage->app.limiter);
    folder_remove(stage->folder);
    return stage_drop(state);
}

/* How many of 30 requests pass. */
static int count_passed(struct stage *stage, enum rate_class rate, const char *client)
{
    int passed = 0;

    stage->route.rate = rate;
    stage->exchange.request.client_address = client;
    for (int i = 0; i < 30; i++) {
        stage_renew(stage);
        passed += stage_rate(&stage->exchange);
    }
    return passed;
}

static void test_bounded(void **state)
{
    struct stage *stage = *state;
    const struct error *error = &stage->exchange.scope.error;

    assert_int_equal(count_passed(stage, RATE_READ, "192.0.2.1"), 10);
    assert_int_equal(error->kind, ERR_RATE_LIMITED);
    assert_in_range(error->retry_after, 1, 60);
}

static void test_apart(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(count_passed(stage, RATE_READ, "192.0.2.1"), 10);
    assert_int_equal(count_passed(stage, RATE_WRITE, "192.0.2.1"), 10);
    assert_int_equal(count_passed(stage, RATE_READ, "192.0.2.2"), 10);
    assert_int_equal(count_passed(stage, RATE_READ, "192.0.2.1"), 0);
}

static void test_networks(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(count_passed(stage, RATE_READ, "2001:db8:0:1::1"), 10);
    assert_int_equal(count_passed(stage, RATE_READ, "2001:db8:0:1:ffff::2"), 0);
    assert_int_equal(count_passed(stage, RATE_READ, "2001:db8:0:2::1"), 10);
    assert_int_equal(count_passed(stage, RATE_READ, "::ffff:192.0.2.1"), 10);
    assert_int_equal(count_passed(stage, RATE_READ, "::ffff:192.0.2.2"), 10);
}

static void test_unlimited(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(count_passed(stage, RATE_FREE, "192.0.2.1"), 30);
    assert_int_equal(count_passed(stage, RATE_AUTH, "192.0.2.1"), 30);
    struct limiter *limiter = stage->app.limiter;

    stage->app.limiter = NULL;
    assert_int_equal(count_passed(stage, RATE_READ, "192.0.2.1"), 30);
    stage->app.limiter = limiter;
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, drop, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a client that asks too much is told when to come again", test_bounded),
        TEST("clients and classes have buckets of their own", test_apart),
        TEST("an IPv6 network of 64 bits is one client, an IPv4 address is one", test_networks),
        TEST("free classes, a limit of 0 and no file are no limit", test_unlimited),
    };

    return cmocka_run_group_tests_name("middleware/rate", tests, NULL, NULL);
}
