/* account_email_test.c - an address confirmed by its mail, and another one in its place */
#include "support/api_mail.h"

#include <string.h>

#define VIEWER   "viewer@example.com"
#define EDITOR   "editor@example.com"
#define NEW      "New.Viewer@example.org"
#define PASSWORD "viewer-password-1"

static const struct api_reply *confirm(struct api *api, const char *token)
{
    return api_call(api, "POST", "/api/auth/email/verify", NULL,
                    api_format(api, "{\"token\":\"%s\"}", token));
}

static const struct api_reply *resend(struct api *api)
{
    return api_call(api, "POST", "/api/auth/email/resend", api->tokens[API_VIEWER], NULL);
}

static const struct api_reply *change(struct api *api, const char *email, const char *password)
{
    return api_call(
        api, "POST", "/api/auth/email", api->tokens[API_VIEWER],
        api_format(api, "{\"email\":\"%s\",\"current_password\":\"%s\"}", email, password));
}

static const char *verify_token(struct api *api)
{
    assert_int_equal(resend(api)->status, 202);
    return api_mail_token(api, VIEWER);
}

static const char *change_token(struct api *api)
{
    assert_int_equal(change(api, NEW, PASSWORD)->status, 202);
    return api_mail_token(api, NEW);
}

static int login(struct api *api, const char *email)
{
    return api_call(api, "POST", "/api/auth/login", NULL,
                    api_format(api, "{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}", email))
        ->status;
}

static bool is_verified(struct api *api)
{
    return api_bool(api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL),
                    "/data/email_verified");
}

static const char *email_of(struct api *api)
{
    return api_text(api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL),
                    "/data/email");
}

static void a_link_confirms_the_address_once(void **state)
{
    struct api *api = *state;
    const char *token = verify_token(api);

    assert_false(is_verified(api));
    assert_int_equal(confirm(api, token)->status, 200);
    assert_true(is_verified(api));
    api_must_refuse(confirm(api, token), "token", "invalid");
    api_must_fail(resend(api), "CONFLICT");
    assert_string_equal(api_mails_to(api, VIEWER), "verify");
}

static void the_link_comes_again_once_a_minute(void **state)
{
    struct api *api = *state;
    const char *older = verify_token(api);
    const struct api_reply *refused = resend(api);

    api_must_fail(refused, "RATE_LIMITED");
    assert_true(strlen(api_header(api, refused, "Retry-After")) <= 2);
    api_mail_wait_over(api);
    const char *newer = verify_token(api);

    api_must_refuse(confirm(api, older), "token", "invalid");
    assert_int_equal(confirm(api, newer)->status, 200);
    api_expect(api, 401, "POST", "/api/auth/email/resend", NULL, NULL);
}

static void a_new_address_counts_once_it_is_confirmed(void **state)
{
    struct api *api = *state;
    const char *token = change_token(api);

    assert_string_equal(email_of(api), VIEWER);
    assert_string_equal(api_mails_to(api, VIEWER), "");
    assert_int_equal(strncmp(token, "ke_", 3), 0);
    assert_int_equal(confirm(api, token)->status, 200);
    assert_string_equal(email_of(api), NEW);
    assert_true(is_verified(api));
    assert_int_equal(login(api, VIEWER), 401);
    assert_int_equal(login(api, NEW), 200);
    assert_string_equal(api_mails_to(api, NEW), "email_change");
    assert_string_equal(api_mails_to(api, VIEWER), "email_changed");
    assert_non_null(
        strstr(api_ask(api, "SELECT text_body FROM mail_outbox ORDER BY id DESC LIMIT 1"), NEW));
    api_must_refuse(confirm(api, token), "token", "invalid");
}

static void a_change_of_address_ends_mailed_links(void **state)
{
    struct api *api = *state;
    const char *verify = verify_token(api);

    api_expect(api, 202, "POST", "/api/auth/password/forgot", NULL, "{\"email\":\"" VIEWER "\"}");
    const char *reset = api_mail_token(api, VIEWER);

    assert_int_equal(confirm(api, change_token(api))->status, 200);
    api_must_refuse(confirm(api, verify), "token", "invalid");
    api_must_refuse(
        api_call(
            api, "POST", "/api/auth/password/reset", NULL,
            api_format(api, "{\"token\":\"%s\",\"new_password\":\"one more new one\"}", reset)),
        "token", "invalid");
}

static void a_change_of_password_ends_a_change_of_address(void **state)
{
    struct api *api = *state;
    const char *token = change_token(api);

    api_expect(api, 200, "POST", "/api/auth/password", api->tokens[API_VIEWER],
               "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"one more new one\"}");
    api_must_refuse(confirm(api, token), "token", "invalid");
    assert_string_equal(email_of(api), VIEWER);
}

static void links_die_with_time_and_with_the_account(void **state)
{
    struct api *api = *state;
    const char *token = change_token(api);

    api_ask(api, "UPDATE users SET is_active = false WHERE email = '" VIEWER "'");
    api_must_refuse(confirm(api, token), "token", "invalid");
    api_ask(api, "UPDATE users SET is_active = true WHERE email = '" VIEWER "'");
    api_ask(api, "UPDATE single_use_tokens SET expires_at = expires_at - interval '1 day'");
    api_must_refuse(confirm(api, token), "token", "invalid");
    assert_string_equal(email_of(api), VIEWER);
}

static void a_taken_address_is_409(void **state)
{
    struct api *api = *state;

    api_must_fail(change(api, EDITOR, PASSWORD), "CONFLICT");
    api_must_refuse(change(api, " Viewer@example.com", PASSWORD), "email", "unchanged");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM mail_outbox"), "0");
}

static void with_hidden_accounts_a_taken_address_looks_like_a_free_one(void **state)
{
    struct api *api = *state;

    api->app.config.hide_accounts = true;
    const struct api_reply *taken = change(api, EDITOR, PASSWORD);

    assert_int_equal(taken->status, 202);
    api_must_fail(change(api, EDITOR, PASSWORD), "RATE_LIMITED");
    api_mail_wait_over(api);
    const struct api_reply *free_one = change(api, NEW, PASSWORD);

    assert_string_equal(api_text(free_one, "/message"), api_text(taken, "/message"));
    assert_string_equal(api_mails_to(api, EDITOR), "");
    assert_string_equal(api_mails_to(api, NEW), "email_change");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM single_use_tokens"), "1");
}

static void whoever_confirms_first_has_the_address(void **state)
{
    struct api *api = *state;
    const char *token = change_token(api);

    api_expect(api, 201, "POST", "/api/auth/register", NULL,
               "{\"email\":\"new.viewer@example.org\",\"password\":\"correct horse battery\"}");
    const struct api_reply *late = confirm(api, token);

    assert_int_equal(late->status, 409);
    api_must_fail(late, "CONFLICT");
    assert_string_equal(email_of(api), VIEWER);
    assert_string_equal(api_mails_to(api, VIEWER), "");
}

static void of_two_confirmations_at_once_one_works(void **state)
{
    struct api *api = *state;
    const char *body = api_format(api, "{\"token\":\"%s\"}", change_token(api));
    const struct api_request requests[] = {
        {.method = "POST", .target = "/api/auth/email/verify", .body = body},
        {.method = "POST", .target = "/api/auth/email/verify", .body = body},
    };
    const struct api_reply *replies[2];

    api_race(api, requests, COUNT(requests), replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 200 + 400);
    assert_string_equal(api_mails_to(api, VIEWER), "email_changed");
}

static void a_token_alone_changes_no_address(void **state)
{
    struct api *api = *state;

    api->app.config.login_failures = 2;
    api_must_refuse(change(api, NEW, "not the password"), "current_password", "wrong");
    api_must_refuse(change(api, NEW, "not the password"), "current_password", "wrong");
    api_must_fail(change(api, NEW, PASSWORD), "RATE_LIMITED");
    api_expect(api, 401, "POST", "/api/auth/email", NULL,
               "{\"email\":\"" NEW "\",\"current_password\":\"" PASSWORD "\"}");
    api_must_refuse(change(api, "x", PASSWORD), "email", "invalid_email");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM mail_outbox"), "0");
}

static void no_other_token_and_no_other_method_confirms(void **state)
{
    struct api *api = *state;
    const char *verify = verify_token(api), *move = change_token(api);
    const char *const wrong[] = {api->tokens[API_VIEWER],
                                 "kv_",
                                 "ke_",
                                 "x",
                                 api_format(api, "ke_%s", verify + 3),
                                 api_format(api, "kv_%s", move + 3),
                                 api_format(api, "kp_%s", verify + 3)};

    for (size_t i = 0; i < COUNT(wrong); i++)
        api_must_refuse(confirm(api, wrong[i]), "token", "invalid");
    for (int i = 0; i < 2; i++)
        api_must_refuse(
            api_call(api, "POST", "/api/auth/password/reset", NULL,
                     api_format(api, "{\"token\":\"%s\",\"new_password\":\"one more one\"}",
                                i ? verify : move)),
            "token", "invalid");
    api_expect(api, 401, "GET", "/api/users/me", verify, NULL);
    api_expect(api, 405, "GET", api_format(api, "/api/auth/email/verify?token=%s", verify), NULL,
               NULL);
    assert_int_equal(confirm(api, verify)->status, 200);
    assert_int_equal(confirm(api, move)->status, 200);
}

static void without_its_notice_no_address_is_changed(void **state)
{
    struct api *api = *state;
    const char *token = change_token(api);

    api_ask(api,
            "ALTER TABLE mail_outbox ADD CONSTRAINT mail_outbox_closed CHECK (false) NOT VALID");
    assert_true(confirm(api, token)->status >= 400);
    assert_string_equal(email_of(api), VIEWER);
    api_ask(api, "ALTER TABLE mail_outbox DROP CONSTRAINT mail_outbox_closed");
    assert_int_equal(confirm(api, token)->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_link_confirms_the_address_once),
        api_unit_test(the_link_comes_again_once_a_minute),
        api_unit_test(a_new_address_counts_once_it_is_confirmed),
        api_unit_test(a_change_of_address_ends_mailed_links),
        api_unit_test(a_change_of_password_ends_a_change_of_address),
        api_unit_test(links_die_with_time_and_with_the_account),
        api_unit_test(a_taken_address_is_409),
        api_unit_test(with_hidden_accounts_a_taken_address_looks_like_a_free_one),
        api_unit_test(whoever_confirms_first_has_the_address),
        api_unit_test(of_two_confirmations_at_once_one_works),
        api_unit_test(a_token_alone_changes_no_address),
        api_unit_test(no_other_token_and_no_other_method_confirms),
        api_unit_test(without_its_notice_no_address_is_changed),
    };

    return cmocka_run_group_tests_name("the address of an account", tests, NULL, NULL);
}
