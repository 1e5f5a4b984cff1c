/* login_test.c - signing in */
#include "support/api.h"

#include <string.h>

static const struct api_reply *login(struct api *api, const char *email, const char *password)
{
    return api_call(api, "POST", "/api/auth/login", NULL,
                    api_format(api, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

/* The answer without its time. */
static const char *told(struct api *api, const struct api_reply *reply)
{
    return api_format(api, "%d %s %s", reply->status, api_raw(reply, "/error"),
                      api_header(api, reply, "WWW-Authenticate"));
}

static void the_right_password_gives_a_token_that_works(void **state)
{
    struct api *api = *state;
    const struct api_reply *session = login(api, "viewer@example.com", "viewer-password-1");

    assert_int_equal(session->status, 200);
    assert_string_equal(api_text(session, "/data/token_type"), "Bearer");
    assert_int_equal(api_int(session, "/data/expires_in"), api->app.config.access_token_s);
    assert_string_equal(api_text(session, "/data/user/email"), "viewer@example.com");
    const struct api_reply *me =
        api_expect(api, 200, "GET", "/api/users/me", api_text(session, "/data/token"), NULL);

    assert_string_equal(api_raw(me, "/data"), api_raw(session, "/data/user"));
    assert_int_equal(api_logged(me, "user"), api_int(me, "/data/id"));
}

static void an_unknown_address_a_wrong_password_and_no_address_get_one_answer(void **state)
{
    struct api *api = *state;
    const char *wrong = told(api, login(api, "viewer@example.com", "not the password"));

    assert_non_null(strstr(wrong, "401"));
    assert_string_equal(told(api, login(api, "nobody@example.com", "viewer-password-1")), wrong);
    assert_string_equal(told(api, login(api, "not an address", "viewer-password-1")), wrong);
    assert_string_equal(told(api, login(api, "viewer@example.com", "viewer-password-1 ")), wrong);
    assert_string_equal(told(api, login(api, "viewer@example.com", "VIEWER-PASSWORD-1")), wrong);
    api_ask(api, "UPDATE users SET is_active = false WHERE email = 'viewer@example.com'");
    assert_string_equal(told(api, login(api, "viewer@example.com", "viewer-password-1")), wrong);
}

/* The least of several tries: what the machine does besides adds to the others. */
static int64_t cost(struct api *api, const char *email)
{
    int64_t least = INT64_MAX;

    for (int i = 0; i < 5; i++) {
        int64_t us = api_logged(login(api, email, "not the password"), "us");

        least = us < least ? us : least;
    }
    return least;
}

/* The cheap hash of other tests takes microseconds; a dear one shows whether it was computed. */
static void an_unknown_address_costs_the_time_of_a_wrong_password(void **state)
{
    struct api *api = *state;

    api->app.config.argon2_memory_kib = 4096;
    api->app.config.argon2_passes = 3;
    /* The stored hash is renewed with these parameters. */
    assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 200);
    int64_t known = cost(api, "viewer@example.com");
    int64_t unknown = cost(api, "nobody@example.com");

    assert_true(known > 2000 && unknown > 2000);
    assert_true(known < unknown * 2 && unknown < known * 2);
}

static void a_hash_of_older_parameters_is_renewed_at_login_only_by_the_right_password(void **state)
{
    static const char query[] = "SELECT password_hash FROM users WHERE email LIKE 'viewer@%'";
    struct api *api = *state;
    const char *old = api_ask(api, query);

    api_keep_secret(api, old);
    api->app.config.argon2_passes = 2;
    login(api, "viewer@example.com", "not the password");
    assert_string_equal(api_ask(api, query), old);
    assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 200);
    assert_int_equal(strncmp(api_ask(api, query), "$argon2id$v=19$m=8,t=2,p=1$", 27), 0);
    assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 200);
}

static void a_hash_with_absurd_parameters_is_500_and_takes_nothing_down(void **state)
{
    struct api *api = *state;

    api_ask(api, "UPDATE users SET password_hash = "
                 "'$argon2id$v=19$m=4294967295,t=4294967295,p=1$c2FsdHNhbHQ$aGFzaGhhc2g' "
                 "WHERE email = 'viewer@example.com'");
    assert_int_equal(login(api, "viewer@example.com", "viewer-password-1")->status, 500);
    assert_int_equal(login(api, "editor@example.com", "editor-password-1")->status, 200);
}

static void fields_are_checked(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{\"password\":\"x\"}", "email", "required"},
        {"{\"email\":\"a@b.c\"}", "password", "required"},
        {"{\"email\":\"a@b.c\",\"password\":\"\"}", "password", "too_short"},
        {"{\"email\":\" \",\"password\":\"x\"}", "email", "blank"},
        {"{\"email\":[],\"password\":\"x\"}", "email", "not_a_text"},
        {"{\"email\":\"a@b.c\",\"password\":\"x\",\"scope\":\"all\"}", "scope", "unknown_field"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(api_call(api, "POST", "/api/auth/login", NULL, cases[i].body),
                        cases[i].field, cases[i].code);
}

static void login_does_not_look_at_an_old_token(void **state)
{
    api_expect(*state, 200, "POST", "/api/auth/login", "an.old.token",
               "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_password_gives_a_token_that_works),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(login_does_not_look_at_an_old_token),
        api_unit_test(an_unknown_address_a_wrong_password_and_no_address_get_one_answer),
        api_unit_test(an_unknown_address_costs_the_time_of_a_wrong_password),
        api_unit_test(a_hash_of_older_parameters_is_renewed_at_login_only_by_the_right_password),
        api_unit_test(a_hash_with_absurd_parameters_is_500_and_takes_nothing_down),
    };

    return cmocka_run_group_tests_name("signing in", tests, api_make, api_drop);
}
