/* sessions_test.c - tests of refreshing, listing and ending sessions */
#include "../support/api.h"

#define PASSWORD "viewer-password-1"

struct tokens {
    const char *token, *refresh_token;
};

static struct tokens tokens_of(const struct api_reply *reply)
{
    return (struct tokens){api_text(reply, "/data/token"), api_text(reply, "/data/refresh_token")};
}

static struct tokens sign_in(struct api *api)
{
    return tokens_of(api_expect(api, 200, "POST", "/api/auth/login", NULL,
                                "{\"email\":\"viewer@example.com\",\"password\":\"" PASSWORD
                                "\"}"));
}

static const struct api_reply *refresh(struct api *api, int status, const char *token)
{
    return api_expect(api, status, "POST", "/api/auth/refresh", NULL,
                      api_format(api, "{\"refresh_token\":\"%s\"}", token));
}

static void must_be(struct api *api, int status, const char *token)
{
    api_expect(api, status, "GET", "/api/users/me", token, NULL);
}

/* Moves every use of a token so far into the past. */
static void let_pass(struct api *api, int seconds)
{
    api_ask(api, api_format(
                     api, "UPDATE refresh_tokens SET used_at = used_at - make_interval(secs => %d)",
                     seconds));
}

static void a_refresh_token_gives_a_new_pair_and_is_used_up(void **state)
{
    struct api *api = *state;
    struct tokens first = sign_in(api);
    struct tokens second = tokens_of(refresh(api, 200, first.refresh_token));

    assert_string_not_equal(first.refresh_token, second.refresh_token);
    must_be(api, 200, second.token);
    struct tokens third = tokens_of(refresh(api, 200, second.refresh_token));

    must_be(api, 200, third.token);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL "
                                     "AND session_id = (SELECT max(id) FROM sessions)"),
                        "1");
}

static void a_lost_answer_is_given_again_however_late(void **state)
{
    struct api *api = *state;
    struct tokens first = sign_in(api);
    struct tokens second = tokens_of(refresh(api, 200, first.refresh_token));

    let_pass(api, 86400);
    struct tokens again = tokens_of(refresh(api, 200, first.refresh_token));

    assert_string_equal(again.refresh_token, second.refresh_token);
    must_be(api, 200, again.token);
    refresh(api, 200, again.refresh_token);
}

static void within_the_grace_window_an_older_token_gives_the_newest(void **state)
{
    struct api *api = *state;
    struct tokens first = sign_in(api);
    struct tokens second = tokens_of(refresh(api, 200, first.refresh_token));
    struct tokens third = tokens_of(refresh(api, 200, second.refresh_token));
    struct tokens again = tokens_of(refresh(api, 200, first.refresh_token));

    assert_string_equal(again.refresh_token, third.refresh_token);
}

static void a_stolen_token_ends_its_family_and_no_other(void **state)
{
    struct api *api = *state;
    struct tokens other = sign_in(api);
    struct tokens first = sign_in(api);
    struct tokens second = tokens_of(refresh(api, 200, first.refresh_token));
    struct tokens third = tokens_of(refresh(api, 200, second.refresh_token));

    let_pass(api, 11);
    api_must_fail(refresh(api, 401, first.refresh_token), "UNAUTHORIZED");
    assert_string_equal(api_ask(api, "SELECT end_reason FROM sessions ORDER BY id DESC LIMIT 1"),
                        "reuse");
    must_be(api, 401, third.token);
    refresh(api, 401, third.refresh_token);
    must_be(api, 200, other.token);
    refresh(api, 200, other.refresh_token);
}

static void ten_at_once_converge_on_one_token(void **state)
{
    struct api *api = *state;
    struct tokens first = sign_in(api);
    struct api_request requests[10];
    const struct api_reply *replies[10];

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){
            .method = "POST",
            .target = "/api/auth/refresh",
            .body = api_format(api, "{\"refresh_token\":\"%s\"}", first.refresh_token)};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++) {
        assert_int_equal(replies[i]->status, 200);
        assert_string_equal(tokens_of(replies[i]).refresh_token,
                            tokens_of(replies[0]).refresh_token);
    }
    refresh(api, 200, tokens_of(replies[0]).refresh_token);
}

static void no_other_token_refreshes(void **state)
{
    struct api *api = *state;
    struct tokens pair = sign_in(api);
    const char *const wrong[] = {pair.token, "kr_", "x", "keel_1",
                                 "kr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

    for (size_t i = 0; i < COUNT(wrong); i++)
        api_must_fail(refresh(api, 401, wrong[i]), "UNAUTHORIZED");
    must_be(api, 401, pair.refresh_token);
    must_be(api, 200, pair.token);
}

static void a_session_ends_by_age_and_by_disuse(void **state)
{
    struct api *api = *state;
    struct tokens old = sign_in(api);

    api_ask(api, "UPDATE sessions SET created_at = now() - interval '91 days' "
                 "WHERE id = (SELECT max(id) FROM sessions)");
    must_be(api, 401, old.token);
    refresh(api, 401, old.refresh_token);
    struct tokens idle = sign_in(api);

    api_ask(api, "UPDATE sessions SET last_used_at = now() - interval '31 days' "
                 "WHERE id = (SELECT max(id) FROM sessions)");
    must_be(api, 401, idle.token);
    refresh(api, 401, idle.refresh_token);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM sessions WHERE end_reason IS NOT NULL"),
                        "0");
}

static void own_sessions_are_listed_and_can_be_ended_one_by_one(void **state)
{
    struct api *api = *state;
    struct tokens first = sign_in(api), second = sign_in(api);
    const struct api_reply *list =
        api_expect(api, 200, "GET", "/api/auth/sessions", first.token, NULL);

    assert_int_equal(api_count(list, "/data/sessions"), 3);
    assert_false(api_bool(list, "/data/sessions/0/current"));
    assert_true(api_bool(list, "/data/sessions/1/current"));
    assert_string_equal(api_text(list, "/data/sessions/0/address"), API_ADDRESS);
    const char *path =
        api_format(api, "/api/auth/sessions/%lld", (long long)api_int(list, "/data/sessions/0/id"));

    api_expect(api, 404, "DELETE", path, api->tokens[API_EDITOR], NULL);
    must_be(api, 200, second.token);
    api_expect(api, 200, "DELETE", path, first.token, NULL);
    must_be(api, 401, second.token);
    refresh(api, 401, second.refresh_token);
    api_expect(api, 404, "DELETE", path, first.token, NULL);
    list = api_expect(api, 200, "GET", "/api/auth/sessions", first.token, NULL);
    assert_int_equal(api_count(list, "/data/sessions"), 2);
}

static void logging_out_ends_this_session_the_others_or_all(void **state)
{
    struct api *api = *state;
    struct tokens a = sign_in(api), b = sign_in(api), c = sign_in(api);

    api_expect(api, 200, "POST", "/api/auth/logout", a.token, NULL);
    must_be(api, 401, a.token);
    must_be(api, 200, b.token);
    api_expect(api, 200, "POST", "/api/auth/logout", b.token, "{\"scope\":\"others\"}");
    must_be(api, 401, c.token);
    must_be(api, 401, api->tokens[API_VIEWER]);
    must_be(api, 200, b.token);
    struct tokens d = sign_in(api);

    api_expect(api, 200, "POST", "/api/auth/logout", d.token, "{\"scope\":\"global\"}");
    must_be(api, 401, b.token);
    must_be(api, 401, d.token);
    must_be(api, 200, api->tokens[API_EDITOR]);
    api_must_refuse(api_call(api, "POST", "/api/auth/logout", api->tokens[API_EDITOR],
                             "{\"scope\":\"everywhere\"}"),
                    "scope", "unknown");
    must_be(api, 200, api->tokens[API_EDITOR]);
}

static void a_deactivated_account_is_out_at_once(void **state)
{
    struct api *api = *state;
    struct tokens pair = sign_in(api);

    api_ask(api, "UPDATE users SET is_active = false WHERE email = 'viewer@example.com'");
    must_be(api, 401, pair.token);
    refresh(api, 401, pair.refresh_token);
    api_ask(api, "UPDATE users SET is_active = true WHERE email = 'viewer@example.com'");
    must_be(api, 200, pair.token);
}

/* A web server that listens on a unix socket has no address to tell; a client may send any bytes.
 */
static void whatever_the_client_is_called_it_can_sign_in(void **state)
{
    static const char *const variables[][3] = {
        {"REMOTE_ADDR=unix:", NULL},
        {"REMOTE_ADDR=", NULL},
        {"HTTP_USER_AGENT=\xff\xfe", NULL},
        {"REMOTE_ADDR=unix:", "HTTP_USER_AGENT=caf\xc3", NULL},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(variables); i++) {
        const struct api_reply *reply =
            api_send(api, &(struct api_request){.method = "POST",
                                                .target = "/api/auth/login",
                                                .body = "{\"email\":\"viewer@example.com\","
                                                        "\"password\":\"" PASSWORD "\"}",
                                                .variables = variables[i]});

        if (reply->status != 200)
            unit_fail("%s: %s", variables[i][0], reply->body);
        refresh(api, 200, tokens_of(reply).refresh_token);
    }
}

static void authentication_costs_one_query(void **state)
{
    struct api *api = *state;
    int64_t without =
        api_logged(api_expect(api, 200, "GET", "/api/items/1", NULL, NULL), "queries");
    int64_t with = api_logged(
        api_expect(api, 200, "GET", "/api/items/1", api->tokens[API_VIEWER], NULL), "queries");

    assert_int_equal(with, without + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_refresh_token_gives_a_new_pair_and_is_used_up),
        api_unit_test(a_lost_answer_is_given_again_however_late),
        api_unit_test(within_the_grace_window_an_older_token_gives_the_newest),
        api_unit_test(a_stolen_token_ends_its_family_and_no_other),
        api_unit_test(ten_at_once_converge_on_one_token),
        api_unit_test(no_other_token_refreshes),
        api_unit_test(a_session_ends_by_age_and_by_disuse),
        api_unit_test(own_sessions_are_listed_and_can_be_ended_one_by_one),
        api_unit_test(logging_out_ends_this_session_the_others_or_all),
        api_unit_test(a_deactivated_account_is_out_at_once),
        api_unit_test(whatever_the_client_is_called_it_can_sign_in),
        api_unit_test(authentication_costs_one_query),
    };

    return cmocka_run_group_tests_name("api/sessions", tests, NULL, NULL);
}
