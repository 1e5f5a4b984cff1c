/* api_keys_test.c - tests of API keys: what they stand for, where, how long, and their rotation */
#include "services/key_text.h"
#include "support/api_routes.h"

#include <stdlib.h>
#include <string.h>

struct key {
    int64_t id;
    const char *text;
};

static struct key key_of(const struct api_reply *reply)
{
    return (struct key){api_int(reply, "/data/id"), api_text(reply, "/data/key")};
}

/* `more` goes behind the name: ",\"scopes\":[]". */
static const struct api_reply *ask_for_key(struct api *api, int status, enum api_role role,
                                           const char *more)
{
    return api_expect(api, status, "POST", "/api/auth/keys", api->tokens[role],
                      api_format(api, "{\"name\":\"import\"%s}", more));
}

static struct key make(struct api *api, const char *more)
{
    return key_of(ask_for_key(api, 201, API_EDITOR, more));
}

static const struct api_reply *use_from(struct api *api, const char *address, const char *token)
{
    const char *const variables[] = {api_format(api, "REMOTE_ADDR=%s", address), NULL};

    return api_send(api, &(struct api_request){
                             .target = "/api/users/me", .token = token, .variables = variables});
}

static void must_be(struct api *api, int status, const char *token)
{
    api_expect(api, status, "GET", "/api/users/me", token, NULL);
}

static const struct api_reply *rotate(struct api *api, int status, int64_t id, const char *body)
{
    return api_expect(api, status, "POST",
                      api_format(api, "/api/auth/keys/%lld/rotate", (long long)id),
                      api->tokens[API_EDITOR], body);
}

static int add_item(struct api *api, const char *token)
{
    return api_call(api, "POST", "/api/items", token, "{\"name\":\"Pot\",\"price\":1}")->status;
}

static void a_key_stands_for_its_account_and_is_shown_once(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");
    const struct api_reply *me = api_expect(api, 200, "GET", "/api/users/me", key.text, NULL);
    const struct api_reply *list =
        api_expect(api, 200, "GET", "/api/auth/keys", api->tokens[API_EDITOR], NULL);
    const char *secret = key.text + KEY_TEXT_PREFIX_LENGTH + 1;

    assert_int_equal(api_int(me, "/data/id"), api->user_ids[API_EDITOR]);
    assert_int_equal(api_logged(me, "api_key"), key.id);
    assert_int_equal(api_count(list, "/data/keys"), 1);
    assert_string_equal(api_text(list, "/data/keys/0/name"), "import");
    assert_int_equal(
        strncmp(key.text, api_text(list, "/data/keys/0/prefix"), KEY_TEXT_PREFIX_LENGTH), 0);
    assert_string_equal(api_raw(list, "/data/keys/0/expires_at"), "null");
    assert_null(strstr(list->body, secret));
    assert_string_equal(
        api_ask(api,
                api_format(api, "SELECT count(*) FROM api_keys k WHERE k::text LIKE '%%%.20s%%'",
                           secret)),
        "0");
    list = api_expect(api, 200, "GET", "/api/auth/keys", api->tokens[API_ADMIN], NULL);
    assert_int_equal(api_count(list, "/data/keys"), 0);
}

static void its_scopes_are_those_of_its_owner_or_fewer(void **state)
{
    struct api *api = *state;
    struct key all = make(api, ""),
               some = make(api, ",\"scopes\":[\"items:write\",\"items:write\"]"),
               none = make(api, ",\"scopes\":[]");
    const char *category = "{\"name\":\"Shed\"}";

    assert_int_equal(add_item(api, all.text), 201);
    assert_int_equal(add_item(api, some.text), 201);
    assert_int_equal(add_item(api, none.text), 403);
    api_expect(api, 403, "POST", "/api/categories", some.text, category);
    api_expect(api, 201, "POST", "/api/categories", all.text, category);
    must_be(api, 200, none.text);
    assert_string_equal(api_ask(api, "SELECT scopes FROM api_keys ORDER BY id LIMIT 1 OFFSET 1"),
                        "{items:write}");
    api_must_refuse(
        ask_for_key(api, 400, API_EDITOR, ",\"scopes\":[\"items:write\",\"users:read\"]"),
        "scopes[1]", "not_permitted");
    api_must_refuse(ask_for_key(api, 400, API_EDITOR, ",\"scopes\":[\"nothing:such\"]"),
                    "scopes[0]", "not_permitted");
    api_must_refuse(ask_for_key(api, 400, API_VIEWER, ",\"scopes\":[\"items:write\"]"), "scopes[0]",
                    "not_permitted");
}

static void it_never_has_more_than_its_owner_has_at_that_moment(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");

    api_ask(api, "UPDATE user_roles SET role = 'viewer' WHERE role = 'editor'");
    assert_int_equal(add_item(api, key.text), 403);
    must_be(api, 200, key.text);
    /* It was made with an editor's permissions, so an admin's are none of its own. */
    api_ask(api, "UPDATE user_roles SET role = 'admin' WHERE role = 'viewer'");
    assert_int_equal(add_item(api, key.text), 201);
    api_expect(api, 403, "GET", "/api/users", key.text, NULL);
}

static void must_be_refused(struct api *api, const struct api_reply *reply, const char *why)
{
    api_must_fail(reply, "UNAUTHORIZED");
    assert_string_equal(api_text(reply, "/error/message"), "The API key is not valid");
    if (!strstr(api_logged_text(reply, "detail"), why))
        unit_fail("the log says %s, not %s", api_logged_text(reply, "detail"), why);
    (void)api;
}

static void whatever_is_wrong_with_it_the_answer_is_the_same(void **state)
{
    struct api *api = *state;
    struct key key = make(api, ",\"networks\":[\"" API_ADDRESS "/32\"]");
    struct key other = make(api, "");
    char *typo = strdup(key.text);
    struct scope scope;

    assert_non_null(typo);
    typo[30] = typo[30] == 'x' ? 'y' : 'x';
    const struct api_reply *reply = use_from(api, API_ADDRESS, typo);

    must_be_refused(api, reply, "checksum");
    assert_int_equal(api_logged(reply, "queries"), 0);
    free(typo);
    /* A name that is known with a secret that is not. */
    scope_begin(&scope, NULL, NULL, NULL);
    const char *prefix = scope_copy(&scope, key.text, KEY_TEXT_PREFIX_LENGTH);
    const char *guess = key_text_make(&scope, prefix);

    must_be_refused(api, use_from(api, API_ADDRESS, guess), "unknown");
    scope_end(&scope);
    must_be_refused(api, use_from(api, "192.0.2.2", key.text), "networks");
    assert_int_equal(use_from(api, API_ADDRESS, key.text)->status, 200);
    api_ask(api, "UPDATE api_keys SET expires_at = now()");
    must_be_refused(api, use_from(api, API_ADDRESS, key.text), "over");
    api_ask(api, "UPDATE api_keys SET expires_at = NULL");
    api_ask(api, "UPDATE users SET is_active = false WHERE email = 'editor@example.com'");
    must_be_refused(api, use_from(api, API_ADDRESS, key.text), "active");
    must_be_refused(api, use_from(api, API_ADDRESS, other.text), "active");
    api_ask(api, "UPDATE users SET is_active = true WHERE email = 'editor@example.com'");
    assert_int_equal(use_from(api, API_ADDRESS, key.text)->status, 200);
    api_expect(api, 200, "DELETE", api_format(api, "/api/auth/keys/%lld", (long long)key.id),
               api->tokens[API_EDITOR], NULL);
    must_be_refused(api, use_from(api, API_ADDRESS, key.text), "unknown");
    assert_int_equal(use_from(api, API_ADDRESS, other.text)->status, 200);
}

static void it_counts_from_its_networks_alone(void **state)
{
    static const struct {
        const char *address;
        int status;
    } cases[] = {
        {"10.9.9.9", 200},
        {"11.0.0.1", 401},
        {"2001:db8:1::1", 200},
        {"2001:db9::1", 401},
        {"203.0.113.7", 200},
        {"203.0.113.8", 401},
        {"::ffff:203.0.113.7", 200},
        {"::ffff:203.0.113.8", 401},
        {"unix:", 401},
        {"", 401},
    };
    struct api *api = *state;
    const struct api_reply *reply = ask_for_key(
        api, 201, API_EDITOR,
        ",\"networks\":[\"10.1.2.3/8\",\"2001:db8::/32\",\"203.0.113.7\",\"10.0.0.0/8\"]");
    const char *key = key_of(reply).text;

    assert_string_equal(api_raw(reply, "/data/networks"),
                        "[\"10.0.0.0\\/8\",\"203.0.113.7\\/32\",\"2001:db8::\\/32\"]");
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (use_from(api, cases[i].address, key)->status != cases[i].status)
            unit_fail("from %s", cases[i].address);
    }
    /* One without networks needs no address. */
    assert_int_equal(use_from(api, "unix:", make(api, "").text)->status, 200);
}

static void after_a_rotation_the_secret_before_is_good_for_a_while(void **state)
{
    struct api *api = *state;
    struct key first = make(api, "");
    const struct api_reply *reply = rotate(api, 200, first.id, NULL);
    struct key second = key_of(reply);

    assert_int_equal(second.id, first.id);
    assert_int_equal(strncmp(first.text, second.text, KEY_TEXT_PREFIX_LENGTH), 0);
    assert_string_equal(api_ask(api,
                                "SELECT previous_until - now() BETWEEN '86300 s' AND '86400 s' "
                                "FROM api_keys"),
                        "t");
    must_be(api, 200, first.text);
    must_be(api, 200, second.text);
    struct key third = key_of(rotate(api, 200, first.id, "{\"overlap_s\":60}"));

    must_be(api, 401, first.text);
    must_be(api, 200, second.text);
    must_be(api, 200, third.text);
    api_ask(api, "UPDATE api_keys SET previous_until = now()");
    must_be(api, 401, second.text);
    must_be(api, 200, third.text);
    struct key fourth = key_of(rotate(api, 200, first.id, "{\"overlap_s\":0}"));

    must_be(api, 401, third.text);
    must_be(api, 200, fourth.text);
    assert_string_equal(
        api_raw(api_expect(api, 200, "GET", "/api/auth/keys", api->tokens[API_EDITOR], NULL),
                "/data/keys/0/previous_until"),
        "null");
}

static void an_overlap_may_be_shorter_than_the_setting_and_not_longer(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");

    api->app.config.key_overlap_s = 3600;
    rotate(api, 200, key.id, "{\"overlap_s\":3600}");
    api_must_refuse(rotate(api, 400, key.id, "{\"overlap_s\":3601}"), "overlap_s", "too_large");
    api_must_refuse(rotate(api, 400, key.id, "{\"overlap_s\":-1}"), "overlap_s", "too_small");
    api->app.config.key_overlap_s = 0;
    struct key last = key_of(rotate(api, 200, key.id, "{}"));

    must_be(api, 401, key.text);
    must_be(api, 200, last.text);
    api->app.config.key_overlap_s = 86400;
}

static void nobody_rotates_or_deletes_the_key_of_another(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");
    const char *path = api_format(api, "/api/auth/keys/%lld", (long long)key.id);

    api_expect(api, 404, "DELETE", path, api->tokens[API_ADMIN], NULL);
    api_expect(api, 404, "POST", api_format(api, "%s/rotate", path), api->tokens[API_ADMIN], NULL);
    must_be(api, 200, key.text);
    api_expect(api, 200, "DELETE", path, api->tokens[API_EDITOR], NULL);
    api_expect(api, 404, "DELETE", path, api->tokens[API_EDITOR], NULL);
    rotate(api, 404, key.id, NULL);
}

/* Every row that wants somebody signed in, those of tomorrow too. */
static void check_key_is_kept_out(struct api *api, const struct route *route)
{
    struct key key = key_of(ask_for_key(api, 201, API_ADMIN, ""));
    struct api_request request = api_request_to(api, route, key.text);
    const struct api_reply *reply = api_send(api, &request);

    if (route->access == ACCESS_SIGNED_IN)
        api_must_fail(reply, "FORBIDDEN");
    else if (reply->status == 401 || reply->status == 403)
        unit_fail("%s gave %d to an admin's key", route->id, reply->status);
    if (strncmp(route->path, "/auth/", 6) == 0 && route->access != ACCESS_PUBLIC)
        assert_int_equal(route->access, ACCESS_SIGNED_IN);
    if (strcmp(route->path, "/users/me") == 0 && route->method != GET)
        assert_int_equal(route->access, ACCESS_SIGNED_IN);
    api_expect(api, 200, "DELETE", api_format(api, "/api/auth/keys/%lld", (long long)key.id),
               api->tokens[API_ADMIN], NULL);
}

static void a_key_reaches_nothing_that_makes_keys_sessions_or_passwords(void **state)
{
    api_each_route(*state, check_key_is_kept_out);
}

static void no_other_token_is_a_key_nor_a_key_another_token(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");
    const struct api_reply *grant =
        api_expect(api, 200, "POST", "/api/auth/login", NULL,
                   "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}");

    must_be(api, 401, api_text(grant, "/data/refresh_token"));
    must_be(api, 401, api_format(api, "keel_%s", api_text(grant, "/data/token")));
    must_be(api, 401, api_format(api, "%s ", key.text));
    api_expect(api, 401, "POST", "/api/auth/refresh", NULL,
               api_format(api, "{\"refresh_token\":\"%s\"}", key.text));
    api_expect(api, 401, "POST", "/api/auth/login/totp", NULL,
               api_format(api, "{\"mfa_token\":\"%s\",\"code\":\"123456\"}", key.text));
    api_expect(api, 401, "GET", api_format(api, "/api/users/me?token=%s", key.text), NULL, NULL);
    must_be(api, 200, key.text);
}

static void an_end_is_in_the_future_and_said_once(void **state)
{
    static const struct {
        const char *more, *field, *code;
    } wrong[] = {
        {",\"expires_at\":\"2020-01-01T00:00:00Z\"", "expires_at", "past"},
        {",\"expires_at\":\"1970-01-01T00:00:00Z\"", "expires_at", "past"},
        {",\"expires_at\":\"1969-01-01T00:00:00Z\"", "expires_at", "past"},
        {",\"expires_at\":\"tomorrow\"", "expires_at", "invalid_time"},
        {",\"expires_in\":0", "expires_in", "too_small"},
        {",\"expires_in\":315360001", "expires_in", "too_large"},
        {",\"expires_in\":60,\"expires_at\":\"2999-01-01T00:00:00Z\"", "expires_in", "conflict"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(wrong); i++)
        api_must_refuse(ask_for_key(api, 400, API_EDITOR, wrong[i].more), wrong[i].field,
                        wrong[i].code);
    const struct api_reply *reply =
        ask_for_key(api, 201, API_EDITOR, ",\"expires_at\":\"2999-01-01T00:00:00Z\"");

    assert_string_equal(api_text(reply, "/data/expires_at"), "2999-01-01T00:00:00.000000Z");
    make(api, ",\"expires_in\":3600,\"expires_at\":null");
    assert_string_equal(api_ask(api, "SELECT expires_at - now() BETWEEN '3500 s' AND '3600 s' "
                                     "FROM api_keys ORDER BY id DESC LIMIT 1"),
                        "t");
}

static void what_a_key_is_made_of_is_checked(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } wrong[] = {
        {"{}", "name", "required"},
        {"{\"name\":\" \"}", "name", "blank"},
        {"{\"name\":null}", "name", "not_null"},
        {"{\"name\":\"a\",\"scopes\":\"items:write\"}", "scopes", "not_a_list"},
        {"{\"name\":\"a\",\"scopes\":[1]}", "scopes[0]", "not_a_text"},
        {"{\"name\":\"a\",\"scopes\":[\"\"]}", "scopes[0]", "blank"},
        {"{\"name\":\"a\",\"networks\":[\"::1\",\"10.0.0.0/33\"]}", "networks[1]",
         "invalid_network"},
        {"{\"name\":\"a\",\"networks\":[\"localhost\"]}", "networks[0]", "invalid_network"},
        {"{\"name\":\"a\",\"key\":\"keel_mine\"}", "key", "unknown_field"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(wrong); i++)
        api_must_refuse(
            api_call(api, "POST", "/api/auth/keys", api->tokens[API_EDITOR], wrong[i].body),
            wrong[i].field, wrong[i].code);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM api_keys"), "0");
}

static void an_account_has_a_hundred_keys_at_most_whoever_comes_at_once(void **state)
{
    struct api *api = *state;
    struct api_request requests[4];
    const struct api_reply *replies[4];
    int made = 0;

    api_ask(api, "INSERT INTO api_keys (user_id, name, prefix, hash, scopes) "
                 "SELECT (SELECT id FROM users WHERE email = 'editor@example.com'), 'k', 'p' || n, "
                 "sha256(n::text::bytea), '{}' FROM generate_series(1, 98) n");
    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){.method = "POST",
                                           .target = "/api/auth/keys",
                                           .token = api->tokens[API_EDITOR],
                                           .body = "{\"name\":\"k\"}"};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++) {
        made += replies[i]->status == 201;
        if (replies[i]->status != 201)
            api_must_fail(replies[i], "CONFLICT");
    }
    assert_int_equal(made, 2);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM api_keys"), "100");
    ask_for_key(api, 409, API_EDITOR, "");
    ask_for_key(api, 201, API_VIEWER, "");
}

static void its_use_is_noted_once_a_minute_and_costs_one_query_else(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");
    int64_t without =
        api_logged(api_expect(api, 200, "GET", "/api/items/1", NULL, NULL), "queries");
    const struct api_reply *reply = api_expect(api, 200, "GET", "/api/items/1", key.text, NULL);

    assert_int_equal(api_logged(reply, "queries"), without + 2);
    assert_string_equal(api_ask(api, "SELECT host(last_used_address) || "
                                     "(last_used_at > now() - interval '1 minute') FROM api_keys"),
                        API_ADDRESS "true");
    reply = api_expect(api, 200, "GET", "/api/items/1", key.text, NULL);
    assert_int_equal(api_logged(reply, "queries"), without + 1);
    api_ask(api, "UPDATE api_keys SET last_used_at = now() - interval '61 seconds'");
    reply = api_expect(api, 200, "GET", "/api/items/1", key.text, NULL);
    assert_int_equal(api_logged(reply, "queries"), without + 2);
    /* A use that was refused is none. */
    api_ask(api, "UPDATE api_keys SET last_used_at = NULL, networks = '{10.0.0.0/8}'");
    must_be(api, 401, key.text);
    assert_string_equal(api_ask(api, "SELECT coalesce(last_used_at::text, 'never') FROM api_keys"),
                        "never");
}

static void rotated_at_once_the_last_two_secrets_are_good(void **state)
{
    struct api *api = *state;
    struct key key = make(api, "");
    struct api_request requests[5];
    const struct api_reply *replies[5];
    int good = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){
            .method = "POST",
            .target = api_format(api, "/api/auth/keys/%lld/rotate", (long long)key.id),
            .token = api->tokens[API_EDITOR]};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++) {
        assert_int_equal(replies[i]->status, 200);
        good += use_from(api, API_ADDRESS, key_of(replies[i]).text)->status == 200;
    }
    assert_int_equal(good, 2);
    must_be(api, 401, key.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_key_stands_for_its_account_and_is_shown_once),
        api_unit_test(its_scopes_are_those_of_its_owner_or_fewer),
        api_unit_test(it_never_has_more_than_its_owner_has_at_that_moment),
        api_unit_test(whatever_is_wrong_with_it_the_answer_is_the_same),
        api_unit_test(it_counts_from_its_networks_alone),
        api_unit_test(after_a_rotation_the_secret_before_is_good_for_a_while),
        api_unit_test(an_overlap_may_be_shorter_than_the_setting_and_not_longer),
        api_unit_test(nobody_rotates_or_deletes_the_key_of_another),
        api_unit_test(a_key_reaches_nothing_that_makes_keys_sessions_or_passwords),
        api_unit_test(no_other_token_is_a_key_nor_a_key_another_token),
        api_unit_test(an_end_is_in_the_future_and_said_once),
        api_unit_test(what_a_key_is_made_of_is_checked),
        api_unit_test(an_account_has_a_hundred_keys_at_most_whoever_comes_at_once),
        api_unit_test(its_use_is_noted_once_a_minute_and_costs_one_query_else),
        api_unit_test(rotated_at_once_the_last_two_secrets_are_good),
    };

    return cmocka_run_group_tests_name("api/api_keys", tests, NULL, NULL);
}
