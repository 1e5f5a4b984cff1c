/* users_admin_test.c - accounts made, changed and removed by those who look after them */
#include "support/api.h"

#include <string.h>

static const char *user_path(struct api *api, int64_t id)
{
    return api_format(api, "/api/users/%lld", (long long)id);
}

static const struct api_reply *as_admin(struct api *api, int status, const char *method,
                                        const char *path, const char *body)
{
    return api_expect(api, status, method, path, api->tokens[API_ADMIN], body);
}

static const struct api_reply *change(struct api *api, int status, int64_t id, const char *body)
{
    return as_admin(api, status, "PATCH", user_path(api, id), body);
}

static int64_t add(struct api *api, const char *email)
{
    return api_int(as_admin(api, 201, "POST", "/api/users",
                            api_format(api, "{\"email\":\"%s\",\"password\":\"a password for %s\"}",
                                       email, email)),
                   "/data/id");
}

static const struct api_reply *log_in(struct api *api, int status, const char *email)
{
    return api_expect(
        api, status, "POST", "/api/auth/login", NULL,
        api_format(api, "{\"email\":\"%s\",\"password\":\"a password for %s\"}", email, email));
}

static void an_account_is_made_with_what_it_is_given(void **state)
{
    struct api *api = *state;
    const struct api_reply *made =
        as_admin(api, 201, "POST", "/api/users",
                 "{\"email\":\" Ada@Example.org \",\"password\":\"a password for ada\","
                 "\"name\":\"Ada\",\"roles\":[\"viewer\",\"editor\",\"viewer\"],"
                 "\"email_verified\":true}");

    assert_string_equal(api_text(made, "/message"), "User created successfully");
    assert_string_equal(api_text(made, "/data/email"), "Ada@Example.org");
    assert_string_equal(api_text(made, "/data/name"), "Ada");
    assert_string_equal(api_raw(made, "/data/roles"), "[\"editor\",\"viewer\"]");
    assert_true(api_bool(made, "/data/is_active"));
    assert_true(api_bool(made, "/data/email_verified"));
    assert_string_equal(api_header(api, made, "ETag"), "\"1\"");
    assert_string_equal(api_header(api, made, "Location"),
                        user_path(api, api_int(made, "/data/id")));
    as_admin(api, 200, "GET", api_header(api, made, "Location"), NULL);
    api_expect(api, 200, "POST", "/api/auth/login", NULL,
               "{\"email\":\"ada@example.org\",\"password\":\"a password for ada\"}");
}

static void without_roles_it_has_the_usual_one_and_with_none_it_has_none(void **state)
{
    struct api *api = *state;
    const struct api_reply *usual =
        as_admin(api, 201, "POST", "/api/users", "{\"email\":\"usual@example.org\"}");
    const struct api_reply *none =
        as_admin(api, 201, "POST", "/api/users", "{\"email\":\"none@example.org\",\"roles\":[]}");

    assert_string_equal(api_raw(usual, "/data/roles"), "[\"editor\"]");
    assert_false(api_bool(usual, "/data/email_verified"));
    assert_string_equal(api_raw(none, "/data/roles"), "[]");
}

static void without_a_password_nobody_signs_in(void **state)
{
    struct api *api = *state;

    as_admin(api, 201, "POST", "/api/users",
             "{\"email\":\"later@example.org\",\"password\":null,\"name\":null}");
    assert_string_equal(api_text(log_in(api, 401, "later@example.org"), "/error/message"),
                        api_text(log_in(api, 401, "nobody@example.org"), "/error/message"));
    assert_string_equal(api_ask(api, "SELECT count(*) FROM users WHERE email = "
                                     "'later@example.org' AND password_hash LIKE '$argon2id$%'"),
                        "1");
}

static void without_a_password_its_owner_is_invited_to_choose_one(void **state)
{
    struct api *api = *state;

    as_admin(api, 201, "POST", "/api/users", "{\"email\":\" Later@Example.org\"}");
    as_admin(api, 201, "POST", "/api/users",
             "{\"email\":\"now@example.org\",\"password\":\"a password of today\"}");
    assert_string_equal(
        api_ask(api, "SELECT string_agg(kind || ' ' || recipient, ',') FROM mail_outbox"),
        "invite Later@Example.org");
    const char *mail = api_ask(api, "SELECT text_body FROM mail_outbox");
    const char *link = strstr(mail, "/reset#token=kp_");

    assert_non_null(link);
    assert_non_null(strstr(mail, "good for 7 days"));
    api_keep_secret(api, api_format(api, "%.*s", 43, strstr(link, "kp_") + 3));
    assert_string_equal(
        api_ask(api, "SELECT purpose || ' ' || round(extract(epoch FROM expires_at - now()) / "
                     "86400) FROM single_use_tokens"),
        "reset 7");
    api_must_refuse(as_admin(api, 400, "POST", "/api/users", "{\"email\":\"x@example..org\"}"),
                    "email", "format");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM users WHERE email LIKE '%..%'"), "0");
}

static void what_is_wrong_with_a_new_account_is_told_and_nothing_is_left(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{\"password\":\"long enough it is\"}", "email", "required"},
        {"{\"email\":\"nonsense\"}", "email", "invalid_email"},
        {"{\"email\":\"a@example.org\",\"password\":\"short\"}", "password", "too_short"},
        {"{\"email\":\"a@example.org\",\"name\":\"  \"}", "name", "blank"},
        {"{\"email\":\"a@example.org\",\"roles\":\"editor\"}", "roles", "not_a_list"},
        {"{\"email\":\"a@example.org\",\"roles\":null}", "roles", "not_null"},
        {"{\"email\":\"a@example.org\",\"roles\":[\"editor\",\"emperor\"]}", "roles[1]",
         "not_found"},
        {"{\"email\":\"a@example.org\",\"roles\":[\"{a,b}\"]}", "roles[0]", "not_found"},
        {"{\"email\":\"a@example.org\",\"is_active\":false}", "is_active", "unknown_field"},
        {"{\"email\":\"a@example.org\",\"id\":7}", "id", "unknown_field"},
        {"{\"email\":\"a@example.org\",\"password_hash\":\"x\"}", "password_hash", "unknown_field"},
    };
    struct api *api = *state;
    const char *before = api_ask(api, "SELECT count(*) FROM users");

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(as_admin(api, 400, "POST", "/api/users", cases[i].body), cases[i].field,
                        cases[i].code);
    as_admin(api, 409, "POST", "/api/users", "{\"email\":\"VIEWER@example.com\"}");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM users"), before);
}

static void two_new_accounts_of_one_address_at_once_become_one(void **state)
{
    struct api *api = *state;
    const struct api_reply *replies[6];
    struct api_request requests[6];
    int made = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){.method = "POST",
                                           .target = "/api/users",
                                           .token = api->tokens[API_ADMIN],
                                           .body = i % 2 ? "{\"email\":\"twice@example.org\"}"
                                                         : "{\"email\":\"Twice@Example.org\"}"};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++) {
        assert_true(replies[i]->status == 201 || replies[i]->status == 409);
        made += replies[i]->status == 201;
    }
    assert_int_equal(made, 1);
}

static void a_change_touches_what_it_names(void **state)
{
    struct api *api = *state;
    int64_t id = add(api, "bob@example.org");
    const struct api_reply *changed = change(api, 200, id, "{\"name\":\"Bob\"}");

    assert_string_equal(api_text(changed, "/data/name"), "Bob");
    assert_string_equal(api_text(changed, "/data/email"), "bob@example.org");
    assert_string_equal(api_text(changed, "/message"), "User updated");
    assert_string_equal(api_header(api, changed, "ETag"), "\"2\"");
    changed = change(api, 200, id, "{\"name\":null,\"email_verified\":true}");
    assert_string_equal(api_raw(changed, "/data/name"), "null");
    assert_true(api_bool(changed, "/data/email_verified"));
    changed = change(api, 200, id, "{}");
    assert_string_equal(api_header(api, changed, "ETag"), "\"3\"");
    api_must_refuse(change(api, 400, id, "{\"roles\":[]}"), "roles", "unknown_field");
    api_must_refuse(change(api, 400, id, "{\"password\":\"another password\"}"), "password",
                    "unknown_field");
    api_must_refuse(change(api, 400, id, "{\"email\":null}"), "email", "not_null");
    api_must_refuse(change(api, 400, id, "{\"is_active\":\"no\"}"), "is_active", "not_a_boolean");
    change(api, 404, 987654, "{\"name\":\"Bob\"}");
}

static void another_address_is_unverified_unless_said_otherwise(void **state)
{
    struct api *api = *state;
    int64_t id = add(api, "old@example.org");

    change(api, 200, id, "{\"email_verified\":true}");
    api_ask(api, api_format(api,
                            "INSERT INTO single_use_tokens (hash, user_id, purpose, expires_at) "
                            "VALUES (sha256('a'), %lld, 'reset', now() + interval '1 hour')",
                            (long long)id));
    const struct api_reply *same = change(api, 200, id, "{\"email\":\" OLD@example.org\"}");

    assert_string_equal(api_text(same, "/data/email"), "OLD@example.org");
    assert_true(api_bool(same, "/data/email_verified"));
    assert_string_equal(api_ask(api, "SELECT count(*) FROM single_use_tokens"), "1");
    assert_false(
        api_bool(change(api, 200, id, "{\"email\":\"new@example.org\"}"), "/data/email_verified"));
    assert_string_equal(api_ask(api, "SELECT count(*) FROM single_use_tokens"), "0");
    assert_string_equal(api_ask(api, "SELECT kind || ' ' || recipient || ' ' || (text_body ~ "
                                     "'new@example.org') FROM mail_outbox"),
                        "email_changed OLD@example.org true");
    assert_true(
        api_bool(change(api, 200, id, "{\"email\":\"sure@example.org\",\"email_verified\":true}"),
                 "/data/email_verified"));
    assert_string_equal(
        api_text(change(api, 409, id, "{\"email\":\"Viewer@Example.com\"}"), "/error/message"),
        "Another User with this email exists already");
    log_in(api, 401, "old@example.org");
}

static void who_is_deactivated_is_out_and_comes_back_by_signing_in(void **state)
{
    struct api *api = *state;
    int64_t id = add(api, "eve@example.org");
    const struct api_reply *grant = log_in(api, 200, "eve@example.org");
    const char *token = api_text(grant, "/data/token");
    const char *refresh =
        api_format(api, "{\"refresh_token\":\"%s\"}", api_text(grant, "/data/refresh_token"));

    api_keep_secret(api, api_text(grant, "/data/refresh_token"));
    api_expect(api, 200, "GET", "/api/users/me", token, NULL);
    assert_false(api_bool(change(api, 200, id, "{\"is_active\":false}"), "/data/is_active"));
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
    log_in(api, 401, "eve@example.org");
    as_admin(api, 409, "POST", "/api/users", "{\"email\":\"eve@example.org\"}");
    change(api, 200, id, "{\"is_active\":false}");
    change(api, 200, id, "{\"is_active\":true}");
    /* The sessions from before stay ended. */
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
    api_expect(api, 401, "POST", "/api/auth/refresh", NULL, refresh);
    log_in(api, 200, "eve@example.org");
    assert_string_equal(
        api_ask(api, api_format(api,
                                "SELECT end_reason FROM sessions WHERE user_id = %lld "
                                "ORDER BY id LIMIT 1",
                                (long long)id)),
        "account");
}

static void a_removed_account_is_gone_and_its_address_is_free(void **state)
{
    struct api *api = *state;
    int64_t id = add(api, "gone@example.org");
    const char *token = api_text(log_in(api, 200, "gone@example.org"), "/data/token");
    const struct api_reply *removed = as_admin(api, 200, "DELETE", user_path(api, id), NULL);

    assert_string_equal(api_text(removed, "/message"), "User removed");
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
    as_admin(api, 404, "GET", user_path(api, id), NULL);
    as_admin(api, 404, "DELETE", user_path(api, id), NULL);
    change(api, 404, id, "{}");
    assert_string_equal(
        api_ask(api, api_format(api, "SELECT count(*) FROM sessions WHERE user_id = %lld",
                                (long long)id)),
        "0");
    assert_true(add(api, "gone@example.org") > id);
    /* Who comes after has nothing of who was before. */
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
}

static void an_account_that_rows_refer_to_stays(void **state)
{
    struct api *api = *state;
    int64_t id = add(api, "owner@example.org");

    api_ask(api, "CREATE TABLE boats (id bigint PRIMARY KEY, owner_id bigint CONSTRAINT "
                 "boats_owner_id_fkey REFERENCES users)");
    api_ask(api, api_format(api, "INSERT INTO boats VALUES (1, %lld)", (long long)id));
    as_admin(api, 409, "DELETE", user_path(api, id), NULL);
    as_admin(api, 200, "GET", user_path(api, id), NULL);
    api_ask(api, "DROP TABLE boats");
    as_admin(api, 200, "DELETE", user_path(api, id), NULL);
}

static int status_if(struct api *api, const char *method, const char *path, const char *body,
                     const char *etag)
{
    const char *const variables[] = {api_format(api, "HTTP_IF_MATCH=%s", etag), NULL};

    return api_send(api, &(struct api_request){.method = method,
                                               .target = path,
                                               .token = api->tokens[API_ADMIN],
                                               .body = body,
                                               .variables = variables})
        ->status;
}

static void every_change_can_be_held_to_the_version_that_was_seen(void **state)
{
    struct api *api = *state;
    const char *path = user_path(api, add(api, "versions@example.org"));
    const char *roles = api_format(api, "%s/roles", path);

    assert_int_equal(status_if(api, "PATCH", path, "{\"name\":\"V\"}", "\"7\""), 412);
    assert_int_equal(status_if(api, "PATCH", path, "{\"name\":\"V\"}", "\"1\""), 200);
    assert_int_equal(status_if(api, "PUT", roles, "{\"roles\":[\"viewer\"]}", "\"1\""), 412);
    assert_int_equal(status_if(api, "PUT", roles, "{\"roles\":[\"viewer\"]}", "\"2\""), 200);
    assert_int_equal(status_if(api, "DELETE", path, NULL, "\"2\""), 412);
    assert_int_equal(status_if(api, "DELETE", path, NULL, "\"3\""), 200);
}

static void accounts_are_found_by_words_role_and_state(void **state)
{
    static const struct {
        const char *query;
        int64_t total;
    } cases[] = {
        {"q=zo%C3%AB", 1},
        {"q=ZOE", 1},
        {"q=example.net", 2},
        {"q=zoe+example.net", 1},
        {"q=100%25", 0},
        {"q=_", 0},
        {"role=admin", 1},
        {"role=viewer&q=example.net", 2},
        {"role=emperor", 0},
        {"role=viewer&is_active=false", 1},
        {"role=viewer,admin", 0},
        {"is_active=false", 1},
        {"role=%27+OR+true+--", 0},
        {"role=editor&count=exact", 1},
    };
    struct api *api = *state;
    int64_t id;

    as_admin(api, 201, "POST", "/api/users",
             "{\"email\":\"z@example.net\",\"name\":\"Zoë\",\"roles\":[\"viewer\"]}");
    id = api_int(as_admin(api, 201, "POST", "/api/users",
                          "{\"email\":\"y@example.net\",\"roles\":[\"viewer\"]}"),
                 "/data/id");
    change(api, 200, id, "{\"is_active\":false}");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *reply =
            as_admin(api, 200, "GET", api_format(api, "/api/users?%s", cases[i].query), NULL);

        if (api_int(reply, "/data/pagination/total") != cases[i].total)
            unit_fail("%s: %lld", cases[i].query,
                      (long long)api_int(reply, "/data/pagination/total"));
    }
    api_must_refuse(as_admin(api, 400, "GET", "/api/users?role=", NULL), "role", "blank");
    api_must_refuse(as_admin(api, 400, "GET", "/api/users?sort=role", NULL), "sort",
                    "unknown_column");
    api_must_refuse(as_admin(api, 400, "GET", "/api/users?fields=role", NULL), "fields",
                    "unknown_name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(an_account_is_made_with_what_it_is_given),
        api_unit_test(without_roles_it_has_the_usual_one_and_with_none_it_has_none),
        api_unit_test(without_a_password_nobody_signs_in),
        api_unit_test(without_a_password_its_owner_is_invited_to_choose_one),
        api_unit_test(what_is_wrong_with_a_new_account_is_told_and_nothing_is_left),
        api_unit_test(two_new_accounts_of_one_address_at_once_become_one),
        api_unit_test(a_change_touches_what_it_names),
        api_unit_test(another_address_is_unverified_unless_said_otherwise),
        api_unit_test(who_is_deactivated_is_out_and_comes_back_by_signing_in),
        api_unit_test(a_removed_account_is_gone_and_its_address_is_free),
        api_unit_test(an_account_that_rows_refer_to_stays),
        api_unit_test(every_change_can_be_held_to_the_version_that_was_seen),
        api_unit_test(accounts_are_found_by_words_role_and_state),
    };

    return cmocka_run_group_tests_name("users, looked after", tests, NULL, NULL);
}
