/* rate_test.c - a client that asks too often is told when to come again */
#include "support/api.h"

#include "keel/core/text.h"
#include "keel/middleware/limiter.h"

#include <string.h>

/* A bucket holds 10 at such a rate, and one token comes in ten seconds. */
#define PER_MINUTE 6
#define BUCKET     10

static int make_limited(void **state)
{
    struct api *api;
    int made = api_make(state);

    api = *state;
    api->app.config.rate_read_per_minute = PER_MINUTE;
    api->app.config.rate_write_per_minute = PER_MINUTE;
    api->app.config.rate_auth_per_minute = PER_MINUTE;
    assert_true(limiter_open(api_format(api, "%s/rate", api->folder), &api->app.limiter));
    return made;
}

static int drop_limited(void **state)
{
    struct api *api = *state;

    limiter_close(api->app.limiter);
    return api_drop(state);
}

#define limited_unit_test(test) cmocka_unit_test_setup_teardown(test, make_limited, drop_limited)

static void use_up(struct api *api, const char *method, const char *target)
{
    for (int i = 0; i < BUCKET; i++)
        assert_int_not_equal(api_call(api, method, target, NULL, NULL)->status, 429);
}

static void the_request_after_the_last_is_429_with_retry_after(void **state)
{
    struct api *api = *state;
    int64_t seconds;

    use_up(api, "GET", "/api/items/1");
    const struct api_reply *reply = api_expect(api, 429, "GET", "/api/items/1", NULL, NULL);
    const char *after = api_header(api, reply, "Retry-After");

    api_must_fail(reply, "RATE_LIMITED");
    assert_true(text_to_int(after, strlen(after), &seconds));
    assert_true(seconds >= 5 && seconds <= 10);
    assert_int_equal(api_logged(reply, "queries"), 0);
}

static void classes_are_counted_apart(void **state)
{
    struct api *api = *state;

    use_up(api, "GET", "/api/items/1");
    api_expect(api, 429, "GET", "/api/categories", NULL, NULL);
    api_expect(api, 429, "GET", "/api/users/me", api->tokens[API_ADMIN], NULL);
    api_expect(api, 401, "DELETE", "/api/items/1", NULL, NULL);
    api_expect(api, 400, "POST", "/api/auth/login", NULL, NULL);
}

/* Guessing passwords is what this limit is for: failures count like successes. */
static void failed_logins_use_up_the_limit_and_then_the_right_password_waits(void **state)
{
    struct api *api = *state;

    for (int i = 0; i < BUCKET; i++)
        api_expect(api, 401, "POST", "/api/auth/login", NULL,
                   "{\"email\":\"viewer@example.com\",\"password\":\"a guess at it\"}");
    api_expect(api, 429, "POST", "/api/auth/login", NULL,
               "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}");
    api_expect(api, 429, "POST", "/api/auth/register", NULL,
               "{\"email\":\"new@example.com\",\"password\":\"a new password\"}");
}

static void probes_options_and_unknown_paths_are_free(void **state)
{
    struct api *api = *state;

    use_up(api, "GET", "/api/items/1");
    api_expect(api, 429, "GET", "/api/items/1", NULL, NULL);
    for (int i = 0; i < 2 * BUCKET; i++) {
        api_expect(api, 200, "GET", "/api/health", NULL, NULL);
        api_expect(api, 200, "GET", "/api/health/ready", NULL, NULL);
        api_expect(api, 204, "OPTIONS", "/api/items", NULL, NULL);
        api_expect(api, 404, "GET", "/api/nothing", NULL, NULL);
    }
}

static int status_from(struct api *api, const char *address, const char *forwarded)
{
    const char *const variables[] = {api_format(api, "REMOTE_ADDR=%s", address),
                                     api_format(api, "HTTP_X_FORWARDED_FOR=%s", forwarded), NULL};

    return api_send(api, &(struct api_request){.target = "/api/items/1", .variables = variables})
        ->status;
}

static void clients_are_counted_apart_and_cannot_invent_addresses(void **state)
{
    struct api *api = *state;

    for (int i = 0; i < BUCKET; i++)
        assert_int_equal(status_from(api, "198.51.100.1", api_format(api, "203.0.113.%d", i)), 200);
    assert_int_equal(status_from(api, "198.51.100.1", "203.0.113.200"), 429);
    assert_int_equal(status_from(api, "198.51.100.2", "198.51.100.1"), 200);
    api->app.config.trusted_proxies = "198.51.100.2";
    assert_int_equal(status_from(api, "198.51.100.2", "198.51.100.1"), 429);
    assert_int_equal(status_from(api, "198.51.100.2", "203.0.113.7"), 200);
}

static void processes_count_together(void **state)
{
    struct api_request requests[BUCKET + 4];
    const struct api_reply *replies[BUCKET + 4];
    struct api *api = *state;
    int passed = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){.target = "/api/items/1"};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++) {
        assert_true(replies[i]->status == 200 || replies[i]->status == 429);
        passed += replies[i]->status == 200;
    }
    assert_int_equal(passed, BUCKET);
}

static void a_limit_of_zero_is_none(void **state)
{
    struct api *api = *state;

    api->app.config.rate_read_per_minute = 0;
    for (int i = 0; i < 3 * BUCKET; i++)
        api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        limited_unit_test(the_request_after_the_last_is_429_with_retry_after),
        limited_unit_test(classes_are_counted_apart),
        limited_unit_test(failed_logins_use_up_the_limit_and_then_the_right_password_waits),
        limited_unit_test(probes_options_and_unknown_paths_are_free),
        limited_unit_test(clients_are_counted_apart_and_cannot_invent_addresses),
        limited_unit_test(processes_count_together),
        limited_unit_test(a_limit_of_zero_is_none),
    };

    return cmocka_run_group_tests_name("rate limits", tests, NULL, NULL);
}
