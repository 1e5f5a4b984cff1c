/* account_password_test.c - another password by the old one */
#include "support/api_mail.h"

#define VIEWER "viewer@example.com"
#define OLD    "viewer-password-1"
#define NEW    "staple and another battery"

static const struct api_reply *change(struct api *api, const char *token, const char *old,
                                      const char *new)
{
    return api_call(
        api, "POST", "/api/auth/password", token,
        api_format(api, "{\"current_password\":\"%s\",\"new_password\":\"%s\"}", old, new));
}

static const struct api_reply *login(struct api *api, const char *password)
{
    return api_call(api, "POST", "/api/auth/login", NULL,
                    api_format(api, "{\"email\":\"" VIEWER "\",\"password\":\"%s\"}", password));
}

static int me(struct api *api, const char *token)
{
    return api_call(api, "GET", "/api/users/me", token, NULL)->status;
}

static void the_new_password_signs_in_and_the_old_one_does_not(void **state)
{
    struct api *api = *state;

    assert_int_equal(change(api, api->tokens[API_VIEWER], OLD, NEW)->status, 200);
    assert_int_equal(login(api, OLD)->status, 401);
    assert_int_equal(login(api, NEW)->status, 200);
}

static void the_other_sessions_end_and_this_one_goes_on(void **state)
{
    struct api *api = *state;
    const struct api_reply *other = login(api, OLD);

    assert_int_equal(change(api, api->tokens[API_VIEWER], OLD, NEW)->status, 200);
    assert_int_equal(me(api, api->tokens[API_VIEWER]), 200);
    assert_int_equal(me(api, api_text(other, "/data/token")), 401);
    api_expect(
        api, 401, "POST", "/api/auth/refresh", NULL,
        api_format(api, "{\"refresh_token\":\"%s\"}", api_text(other, "/data/refresh_token")));
    assert_string_equal(api_ask(api, "SELECT DISTINCT end_reason FROM sessions "
                                     "WHERE end_reason IS NOT NULL"),
                        "password");
    assert_int_equal(me(api, api->tokens[API_EDITOR]), 200);
}

static void the_owner_is_told(void **state)
{
    struct api *api = *state;

    assert_int_equal(change(api, api->tokens[API_VIEWER], OLD, NEW)->status, 200);
    assert_string_equal(api_mails_to(api, VIEWER), "password_changed");
}

static void a_wrong_current_password_changes_nothing_and_is_counted(void **state)
{
    struct api *api = *state;

    api->app.config.login_failures = 3;
    for (int i = 0; i < 3; i++)
        api_must_refuse(change(api, api->tokens[API_VIEWER], "not the password", NEW),
                        "current_password", "wrong");
    api_must_fail(change(api, api->tokens[API_VIEWER], OLD, NEW), "RATE_LIMITED");
    assert_string_equal(api_mails_to(api, VIEWER), "");
    api_ask(api, "DELETE FROM login_throttle");
    assert_int_equal(login(api, OLD)->status, 200);
}

static void what_cannot_be_a_password_is_refused_by_its_field(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{}", "current_password", "required"},
        {"{\"current_password\":\"" OLD "\"}", "new_password", "required"},
        {"{\"current_password\":\"" OLD "\",\"new_password\":\"nine char\"}", "new_password",
         "too_short"},
        {"{\"current_password\":\"" OLD "\",\"new_password\":\"1234567890\"}", "new_password",
         "too_common"},
        {"{\"current_password\":\"" OLD "\",\"new_password\":\"Viewer@Example.com\"}",
         "new_password", "too_common"},
        {"{\"current_password\":\"" OLD "\",\"new_password\":\"" NEW "\",\"password\":\"x\"}",
         "password", "unknown_field"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(
            api_call(api, "POST", "/api/auth/password", api->tokens[API_VIEWER], cases[i].body),
            cases[i].field, cases[i].code);
    api_expect(api, 401, "POST", "/api/auth/password", NULL, cases[0].body);
    assert_int_equal(login(api, OLD)->status, 200);
}

static void of_two_changes_at_once_one_is_too_late(void **state)
{
    struct api *api = *state;
    struct api_request requests[2];
    const struct api_reply *replies[2];

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){
            .method = "POST",
            .target = "/api/auth/password",
            .token = api->tokens[API_VIEWER],
            .body = api_format(
                api, "{\"current_password\":\"" OLD "\",\"new_password\":\"the new one %zu\"}", i)};
    api_race(api, requests, COUNT(requests), replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 200 + 400);
    size_t winner = replies[0]->status == 200 ? 0 : 1;

    api_must_refuse(replies[1 - winner], "current_password", "wrong");
    assert_int_equal(login(api, api_format(api, "the new one %zu", winner))->status, 200);
}

static void without_the_notice_nothing_is_changed(void **state)
{
    struct api *api = *state;
    const struct api_reply *other = login(api, OLD);

    api_ask(api, "ALTER TABLE mail_outbox ADD CONSTRAINT mail_outbox_closed CHECK (false)");
    assert_true(change(api, api->tokens[API_VIEWER], OLD, NEW)->status >= 400);
    assert_int_equal(me(api, api_text(other, "/data/token")), 200);
    assert_int_equal(login(api, OLD)->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(the_new_password_signs_in_and_the_old_one_does_not),
        api_unit_test(the_other_sessions_end_and_this_one_goes_on),
        api_unit_test(the_owner_is_told),
        api_unit_test(a_wrong_current_password_changes_nothing_and_is_counted),
        api_unit_test(what_cannot_be_a_password_is_refused_by_its_field),
        api_unit_test(of_two_changes_at_once_one_is_too_late),
        api_unit_test(without_the_notice_nothing_is_changed),
    };

    return cmocka_run_group_tests_name("changing the password", tests, NULL, NULL);
}
