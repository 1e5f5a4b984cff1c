/* roles_test.c - roles: who gives them, who stays in charge, and that nobody rises by them */
#include "support/api.h"

#include <stdlib.h>
#include <string.h>

static const char *roles_path(struct api *api, int64_t id)
{
    return api_format(api, "/api/users/%lld/roles", (long long)id);
}

static const char *user_path(struct api *api, int64_t id)
{
    return api_format(api, "/api/users/%lld", (long long)id);
}

static const struct api_reply *set_roles(struct api *api, int status, const char *token, int64_t id,
                                         const char *roles)
{
    return api_expect(api, status, "PUT", roles_path(api, id), token,
                      api_format(api, "{\"roles\":%s}", roles));
}

static void roles_are_shown_with_their_permissions(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 200, "GET", "/api/roles", api->tokens[API_ADMIN], NULL);

    assert_int_equal(api_count(reply, "/data/roles"), 3);
    assert_string_equal(api_text(reply, "/data/roles/0/name"), "admin");
    assert_string_equal(api_text(reply, "/data/roles/1/name"), "editor");
    assert_string_equal(api_raw(reply, "/data/roles/1/permissions"),
                        "[\"categories:deleted\",\"categories:write\",\"imports:read\",\"imports:"
                        "write\",\"items:deleted\",\"items:write\",\"reports:read\"]");
    assert_string_equal(api_raw(reply, "/data/roles/2/permissions"), "[]");
    api_expect(api, 403, "GET", "/api/roles", api->tokens[API_EDITOR], NULL);
    api_expect(api, 401, "GET", "/api/roles", NULL, NULL);
}

static void an_account_has_just_the_roles_that_were_set(void **state)
{
    struct api *api = *state;
    const char *admin = api->tokens[API_ADMIN];
    int64_t id = api->user_ids[API_VIEWER];
    const struct api_reply *reply = set_roles(api, 200, admin, id, "[\"editor\",\"viewer\"]");
    const char *tag = api_header(api, reply, "ETag");

    assert_string_equal(api_text(reply, "/message"), "Roles set");
    assert_string_equal(api_raw(reply, "/data/roles"), "[\"editor\",\"viewer\"]");
    /* At once, and with a token from before. */
    api_expect(api, 200, "PATCH", "/api/items/1", api->tokens[API_VIEWER], "{}");
    reply = set_roles(api, 200, admin, id, "[\"viewer\",\"editor\"]");
    assert_string_equal(api_header(api, reply, "ETag"), tag);
    reply = set_roles(api, 200, admin, id, "[]");
    assert_string_equal(api_raw(reply, "/data/roles"), "[]");
    assert_string_not_equal(api_header(api, reply, "ETag"), tag);
    api_expect(api, 403, "PATCH", "/api/items/1", api->tokens[API_VIEWER], "{}");
    set_roles(api, 404, admin, 987654, "[]");
    api_must_refuse(set_roles(api, 400, admin, id, "[\"viewer\",\"emperor\"]"), "roles[1]",
                    "not_found");
    api_must_refuse(set_roles(api, 400, admin, id, "[7]"), "roles[0]", "not_a_text");
    api_must_refuse(set_roles(api, 400, admin, id, "[\"\"]"), "roles[0]", "blank");
    api_must_refuse(set_roles(api, 400, admin, id, "null"), "roles", "not_null");
    set_roles(api, 403, api->tokens[API_EDITOR], id, "[]");
}

/* A role that looks after accounts and does nothing else; the editor gets it. */
static const char *make_helper(struct api *api)
{
    api_ask(api, "INSERT INTO roles (name, summary) VALUES ('helper', '')");
    api_ask(api, "INSERT INTO role_permissions (role, permission) VALUES ('helper', 'users:read'), "
                 "('helper', 'users:write')");
    set_roles(api, 200, api->tokens[API_ADMIN], api->user_ids[API_EDITOR], "[\"helper\"]");
    return api->tokens[API_EDITOR];
}

static void nobody_gives_what_they_do_not_have(void **state)
{
    struct api *api = *state;
    const char *helper = make_helper(api);
    int64_t self = api->user_ids[API_EDITOR], other = api->user_ids[API_VIEWER];

    set_roles(api, 403, helper, self, "[\"helper\",\"admin\"]");
    set_roles(api, 403, helper, self, "[\"editor\"]");
    set_roles(api, 403, helper, other, "[\"admin\"]");
    set_roles(api, 200, helper, other, "[\"helper\",\"viewer\"]");
    api_expect(api, 403, "POST", "/api/users", helper,
               "{\"email\":\"mine@example.org\",\"roles\":[\"admin\"]}");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM users WHERE email LIKE 'mine%'"), "0");
    /* What everybody gets who registers is no rise. */
    api_expect(api, 201, "POST", "/api/users", helper, "{\"email\":\"mine@example.org\"}");
}

/* With an admin's address one would have the admin's account. */
static void nobody_changes_who_may_do_more(void **state)
{
    struct api *api = *state;
    const char *helper = make_helper(api);
    int64_t admin = api->user_ids[API_ADMIN];
    const char *before = api_ask(api, "SELECT users::text FROM users WHERE email LIKE 'admin%'");

    api_expect(api, 403, "PATCH", user_path(api, admin), helper,
               "{\"email\":\"mine@example.org\",\"email_verified\":true}");
    api_expect(api, 403, "PATCH", user_path(api, admin), helper, "{\"is_active\":false}");
    api_expect(api, 403, "PATCH", user_path(api, admin), helper, "{}");
    api_expect(api, 403, "DELETE", user_path(api, admin), helper, NULL);
    set_roles(api, 403, helper, admin, "[]");
    assert_string_equal(api_ask(api, "SELECT users::text FROM users WHERE email LIKE 'admin%'"),
                        before);
    api_expect(api, 200, "PATCH", user_path(api, api->user_ids[API_VIEWER]), helper,
               "{\"name\":\"Vi\"}");
    api_expect(api, 200, "DELETE", user_path(api, api->user_ids[API_VIEWER]), helper, NULL);
}

static void the_last_active_admin_stays(void **state)
{
    struct api *api = *state;
    const char *admin = api->tokens[API_ADMIN];
    int64_t id = api->user_ids[API_ADMIN], second = api->user_ids[API_EDITOR];

    set_roles(api, 409, admin, id, "[\"editor\"]");
    api_expect(api, 409, "PATCH", user_path(api, id), admin, "{\"is_active\":false}");
    api_must_fail(api_expect(api, 409, "DELETE", user_path(api, id), admin, NULL), "CONFLICT");
    /* One that is not active is nobody in charge. */
    set_roles(api, 200, admin, second, "[\"admin\"]");
    api_expect(api, 200, "PATCH", user_path(api, second), admin, "{\"is_active\":false}");
    set_roles(api, 409, admin, id, "[]");
    api_expect(api, 200, "GET", "/api/users", admin, NULL);
    api_expect(api, 200, "PATCH", user_path(api, second), admin, "{\"is_active\":true}");
    set_roles(api, 200, admin, id, "[\"viewer\"]");
    api_expect(api, 403, "GET", "/api/users", admin, NULL);
}

/* Where nobody was in charge before, taking away others does not fail for it. */
static void without_any_admin_the_others_can_still_go(void **state)
{
    struct api *api = *state;
    const char *helper = make_helper(api);

    api_ask(api, "DELETE FROM user_roles WHERE role = 'admin'");
    api_expect(api, 200, "DELETE", user_path(api, api->user_ids[API_VIEWER]), helper, NULL);
    api_expect(api, 200, "PATCH", user_path(api, api->user_ids[API_ADMIN]), helper,
               "{\"is_active\":false}");
}

#define ADMINS 6

/* Makes all of them admins; `tokens` and `ids` are theirs. */
static void make_admins(struct api *api, const char **tokens, int64_t *ids)
{
    for (int i = 0; i < ADMINS; i++) {
        const char *body = api_format(
            api, "{\"email\":\"boss%d@example.org\",\"password\":\"a good password %d\"", i, i);

        ids[i] = api_int(api_expect(api, 201, "POST", "/api/users", api->tokens[API_ADMIN],
                                    api_format(api, "%s,\"roles\":[\"admin\"]}", body)),
                         "/data/id");
        tokens[i] = api_text(
            api_expect(api, 200, "POST", "/api/auth/login", NULL, api_format(api, "%s}", body)),
            "/data/token");
    }
    set_roles(api, 200, tokens[0], api->user_ids[API_ADMIN], "[]");
}

/* One of three ways to take oneself out of charge. */
static struct api_request step_down(struct api *api, int way, const char *token, int64_t id)
{
    static const char *const methods[] = {"PUT", "PATCH", "DELETE"};
    static const char *const bodies[] = {"{\"roles\":[]}", "{\"is_active\":false}", NULL};

    return (struct api_request){.method = methods[way % 3],
                                .target = way % 3 ? user_path(api, id) : roles_path(api, id),
                                .token = token,
                                .body = bodies[way % 3]};
}

static void of_all_admins_who_step_down_at_once_one_stays(void **state)
{
    struct api *api = *state;
    const struct api_reply *replies[ADMINS];
    struct api_request requests[ADMINS];
    const char *tokens[ADMINS];
    int64_t ids[ADMINS];
    int gone = 0;

    make_admins(api, tokens, ids);
    for (int i = 0; i < ADMINS; i++)
        requests[i] = step_down(api, i, tokens[i], ids[i]);
    api_race(api, requests, ADMINS, replies);
    for (int i = 0; i < ADMINS; i++) {
        if (replies[i]->status != 200 && replies[i]->status != 409)
            unit_fail("%s gave %d", requests[i].method, replies[i]->status);
        gone += replies[i]->status == 200;
    }
    assert_int_equal(gone, ADMINS - 1);
    assert_string_equal(
        api_ask(api, "SELECT count(*) FROM users u JOIN user_roles r ON r.user_id = u.id WHERE "
                     "r.role = 'admin' AND u.is_active"),
        "1");
}

/* Each takes the next one out of charge: whoever comes late may no longer. */
static void of_admins_who_remove_each_other_at_once_one_stays(void **state)
{
    struct api *api = *state;
    const struct api_reply *replies[ADMINS];
    struct api_request requests[ADMINS];
    const char *tokens[ADMINS];
    int64_t ids[ADMINS];

    make_admins(api, tokens, ids);
    for (int i = 0; i < ADMINS; i++)
        requests[i] = step_down(api, i, tokens[i], ids[(i + 1) % ADMINS]);
    api_race(api, requests, ADMINS, replies);
    for (int i = 0; i < ADMINS; i++) {
        int status = replies[i]->status;

        if (status != 200 && status != 409 && status != 401 && status != 403)
            unit_fail("%s gave %d", requests[i].method, status);
    }
    assert_true(atoll(api_ask(api, "SELECT count(*) FROM users u JOIN user_roles r ON r.user_id = "
                                   "u.id WHERE r.role = 'admin' AND u.is_active")) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(roles_are_shown_with_their_permissions),
        api_unit_test(an_account_has_just_the_roles_that_were_set),
        api_unit_test(nobody_gives_what_they_do_not_have),
        api_unit_test(nobody_changes_who_may_do_more),
        api_unit_test(the_last_active_admin_stays),
        api_unit_test(without_any_admin_the_others_can_still_go),
        api_unit_test(of_all_admins_who_step_down_at_once_one_stays),
        api_unit_test(of_admins_who_remove_each_other_at_once_one_stays),
    };

    return cmocka_run_group_tests_name("roles", tests, NULL, NULL);
}
