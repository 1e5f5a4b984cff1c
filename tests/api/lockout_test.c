/* lockout_test.c - too many wrong passwords, and too many at once */
#include "support/api.h"

#include "keel/core/slots.h"
#include "keel/core/text.h"

#include <string.h>

#define LIMIT 5

static const char *body_of(struct api *api, const char *email, const char *password)
{
    return api_format(api, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
}

static const struct api_reply *login_from(struct api *api, const char *address, const char *email,
                                          const char *password)
{
    const char *const variables[] = {api_format(api, "REMOTE_ADDR=%s", address), NULL};

    return api_send(api, &(struct api_request){.method = "POST",
                                               .target = "/api/auth/login",
                                               .body = body_of(api, email, password),
                                               .variables = variables});
}

static const struct api_reply *login(struct api *api, const char *email, const char *password)
{
    return login_from(api, API_ADDRESS, email, password);
}

static void fail_times(struct api *api, const char *email, int times)
{
    for (int i = 0; i < times; i++)
        assert_int_equal(login(api, email, "not the password")->status, 401);
}

static int64_t retry_after(struct api *api, const struct api_reply *reply)
{
    const char *text = api_header(api, reply, "Retry-After");
    int64_t seconds = 0;

    assert_non_null(text);
    assert_true(text_to_int(text, strlen(text), &seconds));
    return seconds;
}

static void must_be_locked(struct api *api, const struct api_reply *reply, int64_t seconds)
{
    assert_int_equal(reply->status, 429);
    api_must_fail(reply, "RATE_LIMITED");
    assert_true(retry_after(api, reply) <= seconds && retry_after(api, reply) > seconds - 60);
}

static int make_strict(void **state)
{
    int made = api_make(state);
    struct api *api = *state;

    api->app.config.login_failures = LIMIT;
    return made;
}

static void too_many_failures_lock_the_account_for_the_right_password_too(void **state)
{
    struct api *api = *state;

    fail_times(api, "viewer@example.com", LIMIT);
    must_be_locked(api, login(api, "viewer@example.com", "viewer-password-1"), 900);
    must_be_locked(api, login_from(api, "203.0.113.7", "VIEWER@example.com", "viewer-password-1"),
                   900);
    assert_int_equal(login(api, "editor@example.com", "editor-password-1")->status, 200);
    /* Who is signed in stays so. */
    api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL);
    api_ask(api, "UPDATE login_throttle SET expires_at = now()");
    assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 200);
}

static void a_success_forgets_the_failures_before_it(void **state)
{
    struct api *api = *state;

    for (int round = 0; round < 3; round++) {
        fail_times(api, "viewer@example.com", LIMIT - 1);
        assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 200);
    }
}

/* What the lock of an address says to somebody who has not got its password. */
static const char *told_when_locked(struct api *api, const char *email)
{
    fail_times(api, email, LIMIT);
    const struct api_reply *reply = login(api, email, "viewer-password-1");

    must_be_locked(api, reply, 900);
    return api_raw(reply, "/error");
}

static void a_lock_does_not_tell_whether_the_account_exists(void **state)
{
    struct api *api = *state;
    const char *known = told_when_locked(api, "viewer@example.com");

    assert_string_equal(told_when_locked(api, "nobody@example.com"), known);
    assert_string_equal(told_when_locked(api, "not an address"), known);
    api_ask(api, "UPDATE users SET is_active = false WHERE email = 'editor@example.com'");
    /* The right password of an account that may not sign in is one more wrong one. */
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(login(api, "editor@example.com", "editor-password-1")->status, 401);
    const struct api_reply *reply = login(api, "editor@example.com", "editor-password-1");

    assert_string_equal(api_raw(reply, "/error"), known);
}

/* Nothing can be hashed here: who still gets an answer did not ask for it. */
static void a_locked_account_costs_no_hash(void **state)
{
    struct api *api = *state;

    fail_times(api, "viewer@example.com", LIMIT);
    fail_times(api, "nobody@example.com", LIMIT);
    api->app.config.hash_file = "/nonexistent/hash";
    must_be_locked(api, login(api, "viewer@example.com", "viewer-password-1"), 900);
    must_be_locked(api, login(api, "nobody@example.com", "viewer-password-1"), 900);
    assert_int_equal(login(api, "editor@example.com", "editor-password-1")->status, 500);
}

static void a_client_is_locked_out_over_all_accounts(void **state)
{
    struct api *api = *state;

    api->app.config.login_client_failures = 3;
    assert_int_equal(login_from(api, "2001:db8::1", "a@example.com", "wrong")->status, 401);
    assert_int_equal(login_from(api, "2001:db8::2", "b@example.com", "wrong")->status, 401);
    /* A success is no way out: whoever has an account could guess at others for ever. */
    assert_int_equal(
        login_from(api, "2001:db8::3", "viewer@example.com", "viewer-password-1")->status, 200);
    assert_int_equal(login_from(api, "2001:db8::4", "c@example.com", "wrong")->status, 401);
    must_be_locked(api, login_from(api, "2001:db8::5", "viewer@example.com", "viewer-password-1"),
                   3600);
    assert_int_equal(
        login_from(api, "2001:db8:0:1::5", "viewer@example.com", "viewer-password-1")->status, 200);
}

/* Twenty wrong ones at once; how many of them got each of the two answers. */
static void race(struct api *api, int *refused, int *locked)
{
    struct api_request requests[20];
    const struct api_reply *replies[20];

    *refused = *locked = 0;
    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] =
            (struct api_request){.method = "POST",
                                 .target = "/api/auth/login",
                                 .body = body_of(api, "viewer@example.com", "not the password")};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++) {
        *refused += replies[i]->status == 401;
        *locked += replies[i]->status == 429;
    }
}

static void twenty_wrong_ones_at_once_count_twenty(void **state)
{
    struct api *api = *state;
    int refused, locked;

    api->app.config.login_failures = 100;
    race(api, &refused, &locked);
    assert_int_equal(refused, 20);
    assert_string_equal(api_ask(api, "SELECT string_agg(failures::text, ' ') FROM login_throttle"),
                        "20 20");
}

/* However many ask at once, no more guesses are answered than one after the other would be. */
static void a_burst_gets_no_more_guesses_than_the_limit(void **state)
{
    struct api *api = *state;
    int refused, locked;

    race(api, &refused, &locked);
    assert_int_equal(refused, LIMIT);
    assert_int_equal(locked, 20 - LIMIT);
    must_be_locked(api, login(api, "viewer@example.com", "viewer-password-1"), 900);
}

static void where_all_places_to_hash_are_taken_it_is_503_and_counts_nothing(void **state)
{
    struct api *api = *state;
    struct slot slot;

    api->app.config.hash_file = api_format(api, "%s/hash", api->folder);
    api->app.config.hash_slots = 1;
    api->app.config.hash_wait_ms = 20;
    assert_true(slot_take(api->app.config.hash_file, 1, 0, &slot));
    for (int i = 0; i < LIMIT; i++) {
        const struct api_reply *reply = login(api, "viewer@example.com", "not the password");

        assert_int_equal(reply->status, 503);
        api_must_fail(reply, "SERVICE_UNAVAILABLE");
        assert_true(retry_after(api, reply) > 0);
    }
    assert_int_equal(login(api, "nobody@example.com", "not the password")->status, 503);
    assert_int_equal(api_call(api, "POST", "/api/auth/register", NULL,
                              body_of(api, "new@example.com", "correct horse battery"))
                         ->status,
                     503);
    slot_give(&slot);
    assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 200);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM login_throttle"), "0");
}

#define strict_unit_test(test) cmocka_unit_test_setup_teardown(test, make_strict, api_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        strict_unit_test(too_many_failures_lock_the_account_for_the_right_password_too),
        strict_unit_test(a_success_forgets_the_failures_before_it),
        strict_unit_test(a_lock_does_not_tell_whether_the_account_exists),
        strict_unit_test(a_locked_account_costs_no_hash),
        strict_unit_test(a_client_is_locked_out_over_all_accounts),
        strict_unit_test(twenty_wrong_ones_at_once_count_twenty),
        strict_unit_test(a_burst_gets_no_more_guesses_than_the_limit),
        strict_unit_test(where_all_places_to_hash_are_taken_it_is_503_and_counts_nothing),
    };

    return cmocka_run_group_tests_name("locking out", tests, NULL, NULL);
}
