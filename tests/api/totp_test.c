/* totp_test.c - tests of the second factor: turning it on and off, and signing in with it */
#include "support/api.h"
#include "support/authenticator.h"

#include <stdlib.h>
#include <string.h>

#define EMAIL    "viewer@example.com"
#define PASSWORD "viewer-password-1"

static const struct api_reply *begin(struct api *api, int status)
{
    return api_expect(api, status, "POST", "/api/auth/totp", api->tokens[API_VIEWER],
                      "{\"current_password\":\"" PASSWORD "\"}");
}

/* What the app shows `offset` codes from now. */
static const char *show(struct api *api, const char *secret, int offset)
{
    char code[7];

    authenticator_show(secret, time(NULL) + 30 * offset, code);
    return api_format(api, "%s", code);
}

static const struct api_reply *confirm(struct api *api, int status, const char *code)
{
    return api_expect(api, status, "POST", "/api/auth/totp/confirm", api->tokens[API_VIEWER],
                      api_format(api, "{\"code\":\"%s\"}", code));
}

/* What an account with a second factor has in its hands. */
struct factor {
    const char *secret;
    const struct api_reply *codes;
};

static struct factor turn_on(struct api *api)
{
    const char *secret = api_text(begin(api, 200), "/data/secret");

    return (struct factor){secret, confirm(api, 200, show(api, secret, 0))};
}

static const char *recovery_code(struct api *api, const struct factor *factor, int place)
{
    return api_text(factor->codes, api_format(api, "/data/recovery_codes/%d", place));
}

/* As if the last code had been used long ago: tests do not wait for the next one. */
static void forget_steps(struct api *api)
{
    api_ask(api, "UPDATE totp_factors SET last_step = 0");
}

static const struct api_reply *log_in(struct api *api)
{
    return api_expect(api, 200, "POST", "/api/auth/login", NULL,
                      "{\"email\":\"" EMAIL "\",\"password\":\"" PASSWORD "\"}");
}

static const char *first_step(struct api *api)
{
    return api_text(log_in(api), "/data/mfa_token");
}

static const struct api_reply *second_step(struct api *api, int status, const char *token,
                                           const char *code)
{
    return api_expect(api, status, "POST", "/api/auth/login/totp", NULL,
                      api_format(api, "{\"mfa_token\":\"%s\",\"code\":\"%s\"}", token, code));
}

static const struct api_reply *turn_off(struct api *api, int status, const char *password,
                                        const char *code)
{
    return api_expect(
        api, status, "DELETE", "/api/auth/totp", api->tokens[API_VIEWER],
        api_format(api, "{\"current_password\":\"%s\",\"code\":\"%s\"}", password, code));
}

static const struct api_reply *renew(struct api *api, int status, const char *code)
{
    return api_expect(
        api, status, "POST", "/api/auth/totp/recovery-codes", api->tokens[API_VIEWER],
        api_format(api, "{\"current_password\":\"" PASSWORD "\",\"code\":\"%s\"}", code));
}

static const struct api_reply *look(struct api *api)
{
    return api_expect(api, 200, "GET", "/api/auth/totp", api->tokens[API_VIEWER], NULL);
}

/* Six digits that no clock of ours shows. */
static const char *wrong_code(struct api *api, const char *secret)
{
    for (int guess = 0;; guess++) {
        const char *code = api_format(api, "%06d", guess);
        bool shown = false;

        for (int offset = -2; offset <= 2; offset++)
            shown = shown || strcmp(show(api, secret, offset), code) == 0;
        if (!shown)
            return code;
    }
}

static void it_is_on_once_a_code_of_the_app_has_confirmed_it(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = begin(api, 200);
    const char *secret = api_text(reply, "/data/secret");

    assert_int_equal(strlen(secret), 32);
    assert_string_equal(api_text(reply, "/data/uri"),
                        api_format(api,
                                   "otpauth://totp/Keel:viewer%%40example.com?secret=%s&issuer=Keel"
                                   "&algorithm=SHA1&digits=6&period=30",
                                   secret));
    assert_non_null(api_text(log_in(api), "/data/token"));
    assert_false(api_bool(look(api), "/data/enabled"));
    api_must_refuse(confirm(api, 400, wrong_code(api, secret)), "code", "wrong");
    api_must_refuse(confirm(api, 400, "abc"), "code", "wrong");
    assert_false(api_bool(look(api), "/data/enabled"));
    reply = confirm(api, 200, show(api, secret, 0));
    assert_int_equal(api_count(reply, "/data/recovery_codes"), 10);
    assert_true(api_bool(look(api), "/data/enabled"));
    assert_int_equal(api_int(look(api), "/data/recovery_codes_left"), 10);
    api_must_fail(confirm(api, 409, show(api, secret, 1)), "CONFLICT");
    api_must_fail(begin(api, 409), "CONFLICT");
}

static void it_is_begun_with_the_password_and_can_be_begun_again(void **state)
{
    struct api *api = *state;

    api_must_refuse(api_call(api, "POST", "/api/auth/totp", api->tokens[API_VIEWER],
                             "{\"current_password\":\"viewer-password-2\"}"),
                    "current_password", "wrong");
    api_must_fail(confirm(api, 409, "123456"), "CONFLICT");
    const char *first = api_text(begin(api, 200), "/data/secret");
    const char *second = api_text(begin(api, 200), "/data/secret");

    assert_string_not_equal(first, second);
    api_must_refuse(confirm(api, 400, show(api, first, 0)), "code", "wrong");
    confirm(api, 200, show(api, second, 0));
}

static void signing_in_then_takes_two_steps(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const struct api_reply *first = log_in(api);
    const char *token = api_text(first, "/data/mfa_token");
    static const char *const empty[] = {"token", "token_type", "expires_in", "refresh_token",
                                        "user"};

    for (size_t i = 0; i < COUNT(empty); i++)
        assert_string_equal(api_raw(first, api_format(api, "/data/%s", empty[i])), "null");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM sessions s JOIN users u ON u.id = "
                                     "s.user_id WHERE email = '" EMAIL "'"),
                        "1");
    const struct api_reply *reply = second_step(api, 200, token, show(api, factor.secret, 1));

    assert_string_equal(api_raw(reply, "/data/mfa_token"), "null");
    api_expect(api, 200, "GET", "/api/users/me", api_text(reply, "/data/token"), NULL);
    api_expect(
        api, 200, "POST", "/api/auth/refresh", NULL,
        api_format(api, "{\"refresh_token\":\"%s\"}", api_text(reply, "/data/refresh_token")));
    /* The token was good once. */
    forget_steps(api);
    api_must_fail(second_step(api, 401, token, show(api, factor.secret, 1)), "UNAUTHORIZED");
}

static void a_code_counts_once_and_none_before_it(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    /* Looked at once: on a slow machine the app may show the next one in between. */
    const char *now = show(api, factor.secret, 0), *next = show(api, factor.secret, 1);

    forget_steps(api);
    second_step(api, 200, first_step(api), next);
    second_step(api, 401, first_step(api), next);
    second_step(api, 401, first_step(api), now);
    forget_steps(api);
    const char *before = show(api, factor.secret, -1);

    now = show(api, factor.secret, 0);
    second_step(api, 200, first_step(api), now);
    second_step(api, 401, first_step(api), before);
    /* The clock of the app runs on. */
    second_step(api, 200, first_step(api), show(api, factor.secret, 1));
}

static void a_code_of_another_time_or_app_is_wrong(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);

    forget_steps(api);
    second_step(api, 401, first_step(api), show(api, factor.secret, -3));
    second_step(api, 401, first_step(api), show(api, factor.secret, 3));
    second_step(api, 401, first_step(api), show(api, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 0));
    const char *code = show(api, factor.secret, 0);

    second_step(api, 200, first_step(api), api_format(api, "%.3s %s", code, code + 3));
}

static void after_five_wrong_codes_the_sign_in_is_over(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *token = first_step(api);

    forget_steps(api);
    for (int i = 0; i < 5; i++)
        api_must_fail(second_step(api, 401, token, wrong_code(api, factor.secret)), "UNAUTHORIZED");
    second_step(api, 401, token, show(api, factor.secret, 0));
    token = first_step(api);
    for (int i = 0; i < 4; i++)
        second_step(api, 401, token, wrong_code(api, factor.secret));
    second_step(api, 200, token, show(api, factor.secret, 0));
}

static void guesses_at_codes_lock_the_account_s_second_step(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);

    api->app.config.login_failures = 6;
    forget_steps(api);
    for (int i = 0; i < 2; i++) {
        const char *token = first_step(api);

        for (int j = 0; j < 2; j++)
            second_step(api, 401, token, wrong_code(api, factor.secret));
    }
    for (int i = 0; i < 2; i++)
        turn_off(api, 400, PASSWORD, wrong_code(api, factor.secret));
    /* The password is another count: it is still asked for. */
    api_must_fail(second_step(api, 429, first_step(api), show(api, factor.secret, 0)),
                  "RATE_LIMITED");
    api_must_fail(turn_off(api, 429, PASSWORD, recovery_code(api, &factor, 0)), "RATE_LIMITED");
    api_ask(api, "DELETE FROM login_throttle");
    second_step(api, 200, first_step(api), show(api, factor.secret, 0));
}

static void however_many_guess_at_once_five_are_looked_at(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *token = first_step(api);
    const char *body = api_format(api, "{\"mfa_token\":\"%s\",\"code\":\"%s\"}", token,
                                  wrong_code(api, factor.secret));
    struct api_request requests[12];
    const struct api_reply *replies[12];
    int looked_at = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] =
            (struct api_request){.method = "POST", .target = "/api/auth/login/totp", .body = body};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++) {
        api_must_fail(replies[i], "UNAUTHORIZED");
        looked_at += strstr(api_text(replies[i], "/error/message"), "code is wrong") != NULL;
    }
    assert_int_equal(looked_at, 5);
}

/* Sends the same second step from several places at once, and gives how many came in. */
static int race(struct api *api, const char *const *tokens, size_t count, const char *code)
{
    struct api_request requests[4];
    const struct api_reply *replies[4];
    int came_in = 0;

    assert_true(count <= COUNT(requests));
    for (size_t i = 0; i < count; i++)
        requests[i] = (struct api_request){
            .method = "POST",
            .target = "/api/auth/login/totp",
            .body = api_format(api, "{\"mfa_token\":\"%s\",\"code\":\"%s\"}", tokens[i], code)};
    api_race(api, requests, count, replies);
    for (size_t i = 0; i < count; i++) {
        came_in += replies[i]->status == 200;
        assert_true(replies[i]->status == 200 || replies[i]->status == 401);
    }
    return came_in;
}

/* Two sign-ins at once may both have their token; a later one would end the one before. */
static void copy_token(struct api *api, const char *token)
{
    api_ask(api, api_format(api,
                            "INSERT INTO single_use_tokens (hash, user_id, purpose, expires_at) "
                            "SELECT sha256('%s'), user_id, purpose, expires_at "
                            "FROM single_use_tokens WHERE purpose = 'mfa' LIMIT 1",
                            token));
}

static void of_two_with_the_same_code_at_once_one_comes_in(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *token = first_step(api);
    const char *const same[] = {token, token, token};

    forget_steps(api);
    assert_int_equal(race(api, same, COUNT(same), show(api, factor.secret, 0)), 1);
    token = first_step(api);
    const char *const different[] = {token, "km_second", "km_third"};

    copy_token(api, "km_second");
    copy_token(api, "km_third");
    forget_steps(api);
    assert_int_equal(race(api, different, COUNT(different), show(api, factor.secret, 0)), 1);
    token = first_step(api);
    const char *const others[] = {token, "km_fourth", "km_fifth"};

    copy_token(api, "km_fourth");
    copy_token(api, "km_fifth");
    assert_int_equal(race(api, others, COUNT(others), recovery_code(api, &factor, 0)), 1);
    assert_int_equal(api_int(look(api), "/data/recovery_codes_left"), 9);
}

static void a_recovery_code_stands_in_once_however_it_is_typed(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *code = recovery_code(api, &factor, 0);
    const char *plain = api_format(api, "%.4s%.4s%.4s%.4s", code, code + 5, code + 10, code + 15);

    assert_int_equal(strlen(code), 19);
    second_step(api, 200, first_step(api), code);
    second_step(api, 401, first_step(api), code);
    second_step(api, 401, first_step(api), plain);
    code = recovery_code(api, &factor, 1);
    char *typed = strdup(code);

    assert_non_null(typed);
    for (char *at = typed; *at; at++)
        *at = *at == '0' ? 'O' : *at == '1' ? 'L' : *at == '-' ? ' ' : *at;
    second_step(api, 200, first_step(api), typed);
    free(typed);
    second_step(api, 401, first_step(api), "0000-0000-0000-0000");
    second_step(api, 401, first_step(api), "zzzz");
    assert_int_equal(api_int(look(api), "/data/recovery_codes_left"), 8);
}

static void codes_and_secret_are_not_in_the_database(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);

    assert_string_equal(api_ask(api, "SELECT left(secret, 3) FROM totp_factors"), "v1.");
    assert_string_equal(
        api_ask(api, api_format(api, "SELECT count(*) FROM totp_factors WHERE secret LIKE '%%%s%%'",
                                factor.secret)),
        "0");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM recovery_codes r WHERE r::text LIKE "
                                     "'%-%'"),
                        "0");
    /* Moved to another account, the secret is none: its owner could sign in there. */
    api_ask(api, "INSERT INTO totp_factors (user_id, secret, confirmed_at) "
                 "SELECT u.id, f.secret, now() FROM totp_factors f, users u "
                 "WHERE u.email = 'editor@example.com'");
    const char *token = api_text(
        api_expect(api, 200, "POST", "/api/auth/login", NULL,
                   "{\"email\":\"editor@example.com\",\"password\":\"editor-password-1\"}"),
        "/data/mfa_token");

    second_step(api, 500, token, show(api, factor.secret, 0));
}

static void it_is_turned_off_with_password_and_code(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);

    forget_steps(api);
    api_must_refuse(turn_off(api, 400, "viewer-password-2", show(api, factor.secret, 0)),
                    "current_password", "wrong");
    api_must_refuse(turn_off(api, 400, PASSWORD, wrong_code(api, factor.secret)), "code", "wrong");
    assert_non_null(first_step(api));
    turn_off(api, 200, PASSWORD, show(api, factor.secret, 0));
    assert_non_null(api_text(log_in(api), "/data/token"));
    api_must_fail(turn_off(api, 409, PASSWORD, show(api, factor.secret, 1)), "CONFLICT");
    api_must_fail(turn_off(api, 409, PASSWORD, recovery_code(api, &factor, 0)), "CONFLICT");
    renew(api, 409, recovery_code(api, &factor, 0));
    assert_string_equal(api_ask(api, "SELECT count(*) FROM recovery_codes"), "0");
    factor = turn_on(api);
    turn_off(api, 200, PASSWORD, recovery_code(api, &factor, 9));
}

/* The kinds of mails that wait for the account, in the order they were written. */
static const char *mails(struct api *api)
{
    return api_ask(api, "SELECT coalesce(string_agg(kind, ' ' ORDER BY id), '') FROM mail_outbox "
                        "WHERE recipient = '" EMAIL "' AND kind LIKE 'totp%'");
}

static void the_owner_is_told_when_it_goes_on_and_off(void **state)
{
    struct api *api = *state;
    const char *secret = api_text(begin(api, 200), "/data/secret");

    confirm(api, 400, wrong_code(api, secret));
    assert_string_equal(mails(api), "");
    confirm(api, 200, show(api, secret, 0));
    assert_string_equal(mails(api), "totp_on");
    turn_off(api, 400, PASSWORD, wrong_code(api, secret));
    assert_string_equal(mails(api), "totp_on");
    forget_steps(api);
    turn_off(api, 200, PASSWORD, show(api, secret, 0));
    assert_string_equal(mails(api), "totp_on totp_off");
    assert_string_equal(api_ask(api, api_format(api,
                                                "SELECT count(*) FROM mail_outbox WHERE "
                                                "text_body || html_body LIKE '%%%s%%'",
                                                secret)),
                        "0");
}

static void new_recovery_codes_end_the_old_ones(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *old = recovery_code(api, &factor, 0);

    forget_steps(api);
    factor.codes = renew(api, 200, show(api, factor.secret, 0));
    api_must_refuse(renew(api, 400, old), "code", "wrong");
    second_step(api, 401, first_step(api), old);
    second_step(api, 200, first_step(api), recovery_code(api, &factor, 0));
    assert_int_equal(api_int(look(api), "/data/recovery_codes_left"), 9);
}

static void no_other_token_makes_the_second_step_nor_it_anything_else(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const struct api_reply *editor =
        api_expect(api, 200, "POST", "/api/auth/login", NULL,
                   "{\"email\":\"editor@example.com\",\"password\":\"editor-password-1\"}");
    const char *token = first_step(api);
    const char *const wrong[] = {api->tokens[API_VIEWER], api_text(editor, "/data/refresh_token"),
                                 "km_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"};

    forget_steps(api);
    for (size_t i = 0; i < COUNT(wrong); i++)
        second_step(api, 401, wrong[i], show(api, factor.secret, 0));
    /* A token of a mail, which lies in the same table. */
    api_ask(api, "INSERT INTO single_use_tokens (hash, user_id, purpose, expires_at) "
                 "SELECT sha256('kv_a-mail-of-ours'), id, 'verify', now() + interval '1 hour' "
                 "FROM users WHERE email = '" EMAIL "'");
    second_step(api, 401, "kv_a-mail-of-ours", show(api, factor.secret, 0));
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
    api_expect(api, 401, "POST", "/api/auth/refresh", NULL,
               api_format(api, "{\"refresh_token\":\"%s\"}", token));
    second_step(api, 200, token, show(api, factor.secret, 0));
}

static void a_sign_in_half_done_ends_with_time_and_with_the_account(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *token = first_step(api);

    forget_steps(api);
    api_ask(api, "UPDATE users SET is_active = false WHERE email = '" EMAIL "'");
    second_step(api, 401, token, show(api, factor.secret, 0));
    api_ask(api, "UPDATE users SET is_active = true WHERE email = '" EMAIL "'");
    api_ask(api, "UPDATE single_use_tokens SET expires_at = now()");
    second_step(api, 401, token, show(api, factor.secret, 0));
    token = first_step(api);
    const char *next = first_step(api);

    second_step(api, 401, token, show(api, factor.secret, 0));
    second_step(api, 200, next, show(api, factor.secret, 0));
    /* Whoever changed the password need not fear who knew the old one. */
    token = first_step(api);
    forget_steps(api);
    api_expect(api, 200, "POST", "/api/auth/password", api->tokens[API_VIEWER],
               "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"viewer-password-2\"}");
    second_step(api, 401, token, show(api, factor.secret, 0));
    api_expect(api, 200, "POST", "/api/auth/password", api->tokens[API_VIEWER],
               "{\"current_password\":\"viewer-password-2\",\"new_password\":\"" PASSWORD "\"}");
    token = first_step(api);
    api_ask(api, "DELETE FROM totp_factors");
    api_must_fail(second_step(api, 409, token, show(api, factor.secret, 1)), "CONFLICT");
}

static void another_session_secret_makes_it_unreadable_but_for_recovery_codes(void **state)
{
    struct api *api = *state;
    struct factor factor = turn_on(api);
    const char *before = api->app.config.session_secret;

    forget_steps(api);
    api->app.config.session_secret = "another session key of tests, as long as the first";
    api_must_fail(second_step(api, 500, first_step(api), show(api, factor.secret, 0)),
                  "INTERNAL_ERROR");
    second_step(api, 200, first_step(api), recovery_code(api, &factor, 0));
    api->app.config.session_secret = before;
    second_step(api, 200, first_step(api), show(api, factor.secret, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(it_is_on_once_a_code_of_the_app_has_confirmed_it),
        api_unit_test(it_is_begun_with_the_password_and_can_be_begun_again),
        api_unit_test(signing_in_then_takes_two_steps),
        api_unit_test(a_code_counts_once_and_none_before_it),
        api_unit_test(a_code_of_another_time_or_app_is_wrong),
        api_unit_test(after_five_wrong_codes_the_sign_in_is_over),
        api_unit_test(guesses_at_codes_lock_the_account_s_second_step),
        api_unit_test(however_many_guess_at_once_five_are_looked_at),
        api_unit_test(of_two_with_the_same_code_at_once_one_comes_in),
        api_unit_test(a_recovery_code_stands_in_once_however_it_is_typed),
        api_unit_test(codes_and_secret_are_not_in_the_database),
        api_unit_test(it_is_turned_off_with_password_and_code),
        api_unit_test(the_owner_is_told_when_it_goes_on_and_off),
        api_unit_test(new_recovery_codes_end_the_old_ones),
        api_unit_test(no_other_token_makes_the_second_step_nor_it_anything_else),
        api_unit_test(a_sign_in_half_done_ends_with_time_and_with_the_account),
        api_unit_test(another_session_secret_makes_it_unreadable_but_for_recovery_codes),
    };

    return cmocka_run_group_tests_name("api/totp", tests, NULL, NULL);
}
