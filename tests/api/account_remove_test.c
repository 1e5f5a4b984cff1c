/* account_remove_test.c - an account removed by its owner */
#include "support/api_mail.h"

#define VIEWER  "viewer@example.com"
#define RIGHT   "{\"current_password\":\"viewer-password-1\"}"
#define WRONG   "{\"current_password\":\"not the password\"}"
#define COUNTED "SELECT count(*) FROM users WHERE email = '" VIEWER "'"

static const struct api_reply *remove_me(struct api *api, enum api_role role, const char *body)
{
    return api_call(api, "DELETE", "/api/users/me", api->tokens[role], body);
}

static void the_account_goes_with_its_sessions_and_links(void **state)
{
    struct api *api = *state;

    api_expect(api, 202, "POST", "/api/auth/password/forgot", NULL, "{\"email\":\"" VIEWER "\"}");
    const char *token = api_mail_token(api, VIEWER);

    assert_int_equal(remove_me(api, API_VIEWER, RIGHT)->status, 200);
    assert_string_equal(api_ask(api, COUNTED), "0");
    api_expect(api, 401, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL);
    api_expect(api, 401, "POST", "/api/auth/login", NULL,
               "{\"email\":\"" VIEWER "\",\"password\":\"viewer-password-1\"}");
    api_must_refuse(
        api_call(
            api, "POST", "/api/auth/password/reset", NULL,
            api_format(api, "{\"token\":\"%s\",\"new_password\":\"one more new one\"}", token)),
        "token", "invalid");
    assert_string_equal(api_ask(api, "SELECT (SELECT count(*) FROM single_use_tokens) + "
                                     "(SELECT count(*) FROM account_mails)"),
                        "0");
}

static void its_address_is_free_again(void **state)
{
    struct api *api = *state;

    assert_int_equal(remove_me(api, API_VIEWER, RIGHT)->status, 200);
    api_expect(api, 201, "POST", "/api/auth/register", NULL,
               "{\"email\":\"" VIEWER "\",\"password\":\"correct horse battery\"}");
}

static void a_token_alone_removes_nothing(void **state)
{
    struct api *api = *state;

    api->app.config.login_failures = 2;
    api_must_fail(remove_me(api, API_VIEWER, NULL), "MALFORMED_REQUEST");
    api_must_refuse(remove_me(api, API_VIEWER, "{}"), "current_password", "required");
    api_must_refuse(remove_me(api, API_VIEWER, WRONG), "current_password", "wrong");
    api_must_refuse(remove_me(api, API_VIEWER, WRONG), "current_password", "wrong");
    api_must_fail(remove_me(api, API_VIEWER, RIGHT), "RATE_LIMITED");
    api_must_fail(remove_me(api, API_ANYBODY, RIGHT), "UNAUTHORIZED");
    assert_string_equal(api_ask(api, COUNTED), "1");
}

static void the_last_admin_stays(void **state)
{
    struct api *api = *state;

    api_must_fail(remove_me(api, API_ADMIN, "{\"current_password\":\"admin-password-1\"}"),
                  "CONFLICT");
    api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_ADMIN], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(the_account_goes_with_its_sessions_and_links),
        api_unit_test(its_address_is_free_again),
        api_unit_test(a_token_alone_removes_nothing),
        api_unit_test(the_last_admin_stays),
    };

    return cmocka_run_group_tests_name("removing one's account", tests, NULL, NULL);
}
