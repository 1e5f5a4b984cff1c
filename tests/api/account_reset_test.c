/* account_reset_test.c - a forgotten password: the mailed link, and what it is good for */
#include "support/api_mail.h"

#include <stdlib.h>
#include <string.h>

#define VIEWER "viewer@example.com"
#define OLD    "viewer-password-1"
#define NEW    "staple and another battery"

static const struct api_reply *forgot(struct api *api, const char *email)
{
    return api_expect(api, 202, "POST", "/api/auth/password/forgot", NULL,
                      api_format(api, "{\"email\":\"%s\"}", email));
}

static const char *reset_body(struct api *api, const char *token, const char *password)
{
    return api_format(api, "{\"token\":\"%s\",\"new_password\":\"%s\"}", token, password);
}

static const struct api_reply *reset(struct api *api, const char *token)
{
    return api_call(api, "POST", "/api/auth/password/reset", NULL, reset_body(api, token, NEW));
}

static int login(struct api *api, const char *password)
{
    return api_call(api, "POST", "/api/auth/login", NULL,
                    api_format(api, "{\"email\":\"" VIEWER "\",\"password\":\"%s\"}", password))
        ->status;
}

/* A link for the viewer, as it lies in the newest mail. */
static const char *ask_token(struct api *api)
{
    api_mail_wait_over(api);
    forgot(api, VIEWER);
    return api_mail_token(api, VIEWER);
}

static void the_link_sets_a_password_once(void **state)
{
    struct api *api = *state;
    const char *token = ask_token(api);

    assert_int_equal(strncmp(token, "kp_", 3), 0);
    assert_int_equal(reset(api, token)->status, 200);
    assert_int_equal(login(api, NEW), 200);
    assert_int_equal(login(api, OLD), 401);
    api_must_refuse(reset(api, token), "token", "invalid");
    assert_string_equal(api_mails_to(api, VIEWER), "reset password_changed");
}

static void all_sessions_end_and_the_address_is_confirmed(void **state)
{
    static const char verified[] =
        "SELECT email_verified FROM users WHERE email = 'viewer@example.com'";
    struct api *api = *state;

    assert_string_equal(api_ask(api, verified), "f");
    assert_int_equal(reset(api, ask_token(api))->status, 200);
    api_expect(api, 401, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL);
    api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_EDITOR], NULL);
    assert_string_equal(api_ask(api, verified), "t");
}

static void known_unknown_and_deactivated_addresses_get_one_answer(void **state)
{
    static const char *const others[] = {"nobody@example.com", "editor@example.com",
                                         "VIEWER@example.com"};
    struct api *api = *state;
    const char *mails = "SELECT count(*) FROM mail_outbox";

    api_ask(api, "UPDATE users SET is_active = false WHERE email = 'editor@example.com'");
    const struct api_reply *known = forgot(api, VIEWER);

    for (size_t i = 0; i < COUNT(others); i++) {
        const struct api_reply *reply = forgot(api, others[i]);

        assert_int_equal(reply->body_length, known->body_length);
        assert_string_equal(api_text(reply, "/message"), api_text(known, "/message"));
    }
    assert_string_equal(api_ask(api, mails), "1");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM single_use_tokens"), "1");
}

static int compare(const void *a, const void *b)
{
    int64_t difference = *(const int64_t *)a - *(const int64_t *)b;

    return (difference > 0) - (difference < 0);
}

#define ROUNDS 31

/* The middle of many, taken in turns: what else the machine does then hits both. */
static void an_unknown_address_costs_the_time_of_a_known_one(void **state)
{
    struct api *api = *state;
    int64_t known[ROUNDS], unknown[ROUNDS];

    api->app.config.account_mail_pause_s = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        known[i] = api_logged(forgot(api, VIEWER), "us");
        unknown[i] = api_logged(forgot(api, "nobody@example.com"), "us");
    }
    qsort(known, ROUNDS, sizeof *known, compare);
    qsort(unknown, ROUNDS, sizeof *unknown, compare);
    if (known[ROUNDS / 2] > unknown[ROUNDS / 2] * 2 || unknown[ROUNDS / 2] > known[ROUNDS / 2] * 2)
        unit_fail("%lld us for a known address, %lld for an unknown one",
                  (long long)known[ROUNDS / 2], (long long)unknown[ROUNDS / 2]);
}

static void an_account_gets_one_mail_a_minute(void **state)
{
    struct api *api = *state;
    struct api_request requests[8];
    const struct api_reply *replies[8];

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){.method = "POST",
                                           .target = "/api/auth/password/forgot",
                                           .body = "{\"email\":\"" VIEWER "\"}"};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++)
        assert_int_equal(replies[i]->status, 202);
    assert_string_equal(api_mails_to(api, VIEWER), "reset");
    api_mail_wait_over(api);
    forgot(api, VIEWER);
    assert_string_equal(api_mails_to(api, VIEWER), "reset reset");
}

static void a_newer_link_ends_the_older_one(void **state)
{
    struct api *api = *state;
    const char *older = ask_token(api), *newer = ask_token(api);

    assert_string_not_equal(older, newer);
    api_must_refuse(reset(api, older), "token", "invalid");
    assert_int_equal(reset(api, newer)->status, 200);
}

static void a_link_dies_with_time(void **state)
{
    struct api *api = *state;
    const char *token = ask_token(api);

    api_ask(api, "UPDATE single_use_tokens SET expires_at = expires_at - interval '3600 seconds'");
    api_must_refuse(reset(api, token), "token", "invalid");
    assert_int_equal(login(api, OLD), 200);
}

static void a_link_dies_with_a_password_change_and_with_deactivation(void **state)
{
    struct api *api = *state;
    const char *token = ask_token(api);

    api_expect(api, 200, "POST", "/api/auth/password", api->tokens[API_VIEWER],
               "{\"current_password\":\"" OLD "\",\"new_password\":\"one more new one\"}");
    api_must_refuse(reset(api, token), "token", "invalid");
    assert_int_equal(login(api, "one more new one"), 200);
    token = ask_token(api);
    api_ask(api, "UPDATE users SET is_active = false WHERE email = '" VIEWER "'");
    api_must_refuse(reset(api, token), "token", "invalid");
}

static void of_two_at_once_one_works(void **state)
{
    struct api *api = *state;
    const char *token = ask_token(api);
    struct api_request requests[4];
    const struct api_reply *replies[4];
    size_t winner = COUNT(requests);

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){
            .method = "POST",
            .target = "/api/auth/password/reset",
            .body = reset_body(api, token, api_format(api, "the new one %zu", i))};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++) {
        if (replies[i]->status == 200) {
            assert_int_equal(winner, COUNT(requests));
            winner = i;
        } else {
            api_must_refuse(replies[i], "token", "invalid");
        }
    }
    assert_true(winner < COUNT(requests));
    assert_int_equal(login(api, api_format(api, "the new one %zu", winner)), 200);
}

/* What is refused keeps its link: its reader chooses again. */
static void a_password_that_may_not_be_chosen_leaves_the_link_good(void **state)
{
    static const char *const codes[][2] = {
        {"nine char", "too_short"}, {"1234567890", "too_common"}, {VIEWER, "too_common"}};
    struct api *api = *state;
    const char *token = ask_token(api);

    for (size_t i = 0; i < COUNT(codes); i++)
        api_must_refuse(api_call(api, "POST", "/api/auth/password/reset", NULL,
                                 reset_body(api, token, codes[i][0])),
                        "new_password", codes[i][1]);
    assert_int_equal(reset(api, token)->status, 200);
}

static void no_other_token_and_no_other_method_resets(void **state)
{
    struct api *api = *state;
    const char *token = ask_token(api);
    const char *const wrong[] = {api->tokens[API_VIEWER], "kp_", "x",
                                 "kp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                 api_format(api, "kv_%s", token + 3)};

    for (size_t i = 0; i < COUNT(wrong); i++)
        api_must_refuse(reset(api, wrong[i]), "token", "invalid");
    api_must_refuse(api_call(api, "POST", "/api/auth/email/verify", NULL,
                             api_format(api, "{\"token\":\"%s\"}", token)),
                    "token", "invalid");
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
    api_expect(api, 401, "POST", "/api/auth/refresh", NULL,
               api_format(api, "{\"refresh_token\":\"%s\"}", token));
    /* Whoever scans mails follows links. */
    api_expect(api, 405, "GET", "/api/auth/password/reset", NULL, NULL);
    api_expect(api, 405, "GET", api_format(api, "/api/auth/password/reset?token=%s", token), NULL,
               NULL);
    assert_int_equal(reset(api, token)->status, 200);
}

static void no_address_is_400(void **state)
{
    struct api *api = *state;

    api_must_refuse(api_call(api, "POST", "/api/auth/password/forgot", NULL, "{\"email\":\"x\"}"),
                    "email", "invalid_email");
    api_must_refuse(api_call(api, "POST", "/api/auth/password/forgot", NULL, "{}"), "email",
                    "required");
}

static void without_its_mail_there_is_no_link(void **state)
{
    struct api *api = *state;

    api_ask(api, "ALTER TABLE mail_outbox ADD CONSTRAINT mail_outbox_closed CHECK (false)");
    assert_true(
        api_call(api, "POST", "/api/auth/password/forgot", NULL, "{\"email\":\"" VIEWER "\"}")
            ->status >= 400);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM single_use_tokens"), "0");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM account_mails"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(the_link_sets_a_password_once),
        api_unit_test(all_sessions_end_and_the_address_is_confirmed),
        api_unit_test(known_unknown_and_deactivated_addresses_get_one_answer),
        api_unit_test(an_unknown_address_costs_the_time_of_a_known_one),
        api_unit_test(an_account_gets_one_mail_a_minute),
        api_unit_test(a_newer_link_ends_the_older_one),
        api_unit_test(a_link_dies_with_time),
        api_unit_test(a_link_dies_with_a_password_change_and_with_deactivation),
        api_unit_test(of_two_at_once_one_works),
        api_unit_test(a_password_that_may_not_be_chosen_leaves_the_link_good),
        api_unit_test(no_other_token_and_no_other_method_resets),
        api_unit_test(no_address_is_400),
        api_unit_test(without_its_mail_there_is_no_link),
    };

    return cmocka_run_group_tests_name("a forgotten password", tests, NULL, NULL);
}
