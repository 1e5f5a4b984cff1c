/* audit_accounts_test.c - what changes of accounts leave in the audit log: who, whose, and no
 * secret */
#include "support/api_mail.h"

#include <string.h>

#define VIEWER   "viewer@example.com"
#define PASSWORD "viewer-password-1"

/* Who did what to which row, by a session or a key, and what changed. */
static void must_tell(struct api *api, int64_t who, const char *what, const char *row,
                      const char *changes)
{
    assert_string_equal(
        api_ask(api, "SELECT concat_ws(' ', user_id, route, status, table_name || '/' || row_id, "
                     "changes) FROM audit_log ORDER BY id DESC LIMIT 1"),
        api_format(api, "%lld %s%s%s%s%s", (long long)who, what, *row ? " " : "", row,
                   *changes ? " " : "", changes));
}

static const char *user_row(struct api *api, int64_t id)
{
    return api_format(api, "users/%lld", (long long)id);
}

static const char *path_of(struct api *api, int64_t id, const char *rest)
{
    return api_format(api, "/api/users/%lld%s", (long long)id, rest);
}

static void those_who_look_after_accounts_tell_what_they_changed(void **state)
{
    struct api *api = *state;
    int64_t admin = api->user_ids[API_ADMIN];
    const char *token = api->tokens[API_ADMIN];
    int64_t id = api_int(api_expect(api, 201, "POST", "/api/users", token,
                                    "{\"email\":\"told@example.org\",\"password\":\"a password of "
                                    "nobody\",\"roles\":[\"viewer\"]}"),
                         "/data/id");
    const char *row = user_row(api, id);

    must_tell(api, admin, "users.create 201", row,
              "{\"email\": {\"to\": \"told@example.org\"}, \"roles\": {\"to\": [\"viewer\"]}}");
    api_expect(api, 200, "PATCH", path_of(api, id, ""), token,
               "{\"is_active\":false,\"email\":\"moved@example.org\",\"name\":null}");
    must_tell(api, admin, "users.update 200", row,
              "{\"email\": {\"to\": \"moved@example.org\", \"from\": \"told@example.org\"}, "
              "\"is_active\": {\"to\": false, \"from\": true}}");
    api_expect(api, 200, "PUT", path_of(api, id, "/roles"), token,
               "{\"roles\":[\"viewer\",\"editor\",\"viewer\"]}");
    must_tell(api, admin, "users.set_roles 200", row,
              "{\"roles\": {\"to\": [\"editor\", \"viewer\"], \"from\": [\"viewer\"]}}");
    api_expect(api, 200, "PUT", path_of(api, id, "/roles"), token,
               "{\"roles\":[\"editor\",\"viewer\"]}");
    must_tell(api, admin, "users.set_roles 200", row, "{}");
    api_expect(api, 200, "DELETE", path_of(api, id, ""), token, NULL);
    must_tell(api, admin, "users.delete 200", row, "");
}

static void one_s_own_profile_tells_too(void **state)
{
    struct api *api = *state;
    int64_t viewer = api->user_ids[API_VIEWER];

    api_expect(api, 200, "PATCH", "/api/users/me", api->tokens[API_VIEWER], "{\"name\":\"Vi\"}");
    must_tell(api, viewer, "users.update_me 200", user_row(api, viewer),
              "{\"name\": {\"to\": \"Vi\", \"from\": null}}");
}

static void a_changed_password_is_told_and_so_is_a_wrong_guess_at_it(void **state)
{
    struct api *api = *state;
    int64_t viewer = api->user_ids[API_VIEWER];
    const char *row = user_row(api, viewer);

    api_expect(api, 400, "POST", "/api/auth/password", api->tokens[API_VIEWER],
               "{\"current_password\":\"no, not this one\",\"new_password\":\"" PASSWORD "-2\"}");
    must_tell(api, viewer, "account.password 400", row, "");
    api_expect(api, 200, "POST", "/api/auth/password", api->tokens[API_VIEWER],
               "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"" PASSWORD "-2\"}");
    must_tell(api, viewer, "account.password 200", row, "{}");
}

static void a_mailed_token_tells_whose_account_it_was(void **state)
{
    struct api *api = *state;
    int64_t viewer = api->user_ids[API_VIEWER];
    const char *row = user_row(api, viewer);

    api_expect(api, 202, "POST", "/api/auth/password/forgot", NULL, "{\"email\":\"" VIEWER "\"}");
    api_expect(api, 200, "POST", "/api/auth/password/reset", NULL,
               api_format(api, "{\"token\":\"%s\",\"new_password\":\"" PASSWORD "-3\"}",
                          api_mail_token(api, VIEWER)));
    must_tell(api, viewer, "account.reset_password 200", row, "{}");
    const char *token =
        api_text(api_expect(api, 200, "POST", "/api/auth/login", NULL,
                            "{\"email\":\"" VIEWER "\",\"password\":\"" PASSWORD "-3\"}"),
                 "/data/token");

    api_expect(api, 202, "POST", "/api/auth/email", token,
               "{\"email\":\"vi@example.org\",\"current_password\":\"" PASSWORD "-3\"}");
    must_tell(api, viewer, "account.change_email 202", row,
              "{\"email\": {\"to\": \"vi@example.org\"}}");
    api_expect(api, 200, "POST", "/api/auth/email/verify", NULL,
               api_format(api, "{\"token\":\"%s\"}", api_mail_token(api, "vi@example.org")));
    must_tell(api, viewer, "account.verify_email 200", row,
              "{\"email\": {\"to\": \"vi@example.org\", \"from\": \"" VIEWER "\"}}");
}

/* A program does it with a key: the account and the key are told, and no session. */
static void what_a_key_does_is_told_of_the_key(void **state)
{
    struct api *api = *state;
    int64_t editor = api->user_ids[API_EDITOR];
    const struct api_reply *made = api_expect(
        api, 201, "POST", "/api/auth/keys", api->tokens[API_EDITOR],
        "{\"name\":\"import\",\"scopes\":[\"items:write\"],\"networks\":[\"192.0.2.0/24\"]}");
    const char *row = api_format(api, "api_keys/%lld", (long long)api_int(made, "/data/id"));

    must_tell(api, editor, "keys.create 201", row,
              "{\"name\": {\"to\": \"import\"}, \"scopes\": {\"to\": [\"items:write\"]}, "
              "\"networks\": {\"to\": [\"192.0.2.0/24\"]}}");
    api_expect(api, 201, "POST", "/api/items", api_text(made, "/data/key"),
               "{\"name\":\"Pot\",\"price\":1}");
    assert_string_equal(api_ask(api,
                                "SELECT concat_ws(' ', user_id, session_id IS NULL, 'api_keys/' || "
                                "api_key_id, route) FROM audit_log ORDER BY id DESC LIMIT 1"),
                        api_format(api, "%lld t %s items.create", (long long)editor, row));
    api_expect(api, 200, "DELETE", api_format(api, "/api/auth/keys/%s", row + strlen("api_keys/")),
               api->tokens[API_EDITOR], NULL);
    must_tell(api, editor, "keys.delete 200", row, "");
}

/* Whoever has the password and no code is known, although nobody is signed in. */
static void a_wrong_code_tells_whose_sign_in_it_was(void **state)
{
    struct api *api = *state;
    int64_t viewer = api->user_ids[API_VIEWER];
    const char *row = user_row(api, viewer);

    api_expect(api, 200, "POST", "/api/auth/totp", api->tokens[API_VIEWER],
               "{\"current_password\":\"" PASSWORD "\"}");
    must_tell(api, viewer, "totp.begin 200", row, "{}");
    api_ask(api, "UPDATE totp_factors SET confirmed_at = now()");
    const struct api_reply *asked =
        api_expect(api, 200, "POST", "/api/auth/login", NULL,
                   "{\"email\":\"" VIEWER "\",\"password\":\"" PASSWORD "\"}");

    must_tell(api, viewer, "auth.login 200", "{}", "");
    api_expect(api, 401, "POST", "/api/auth/login/totp", NULL,
               api_format(api, "{\"mfa_token\":\"%s\",\"code\":\"not-a-code-at-all\"}",
                          api_text(asked, "/data/mfa_token")));
    must_tell(api, viewer, "auth.login_totp 401", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_look_after_accounts_tell_what_they_changed),
        cmocka_unit_test(what_a_key_does_is_told_of_the_key),
        api_unit_test(one_s_own_profile_tells_too),
        api_unit_test(a_changed_password_is_told_and_so_is_a_wrong_guess_at_it),
        api_unit_test(a_mailed_token_tells_whose_account_it_was),
        api_unit_test(a_wrong_code_tells_whose_sign_in_it_was),
    };

    return cmocka_run_group_tests_name("audit of accounts", tests, api_make, api_drop);
}
