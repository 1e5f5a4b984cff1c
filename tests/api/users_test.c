/* users_test.c - the caller's own account, and all accounts for those who may see them */
#include "support/api.h"

static const struct api_reply *patch_me(struct api *api, const char *body)
{
    return api_call(api, "PATCH", "/api/users/me", api->tokens[API_VIEWER], body);
}

static void everybody_signed_in_reads_their_own_account(void **state)
{
    static const char *const emails[] = {NULL, "viewer@example.com", "editor@example.com",
                                         "admin@example.com"};
    struct api *api = *state;

    for (enum api_role role = API_VIEWER; role < API_ROLE_COUNT; role++) {
        const struct api_reply *me =
            api_expect(api, 200, "GET", "/api/users/me", api->tokens[role], NULL);

        assert_string_equal(api_text(me, "/data/email"), emails[role]);
        assert_int_equal(api_int(me, "/data/id"), api->user_ids[role]);
    }
    api_expect(api, 401, "GET", "/api/users/me", NULL, NULL);
}

static void a_name_can_be_set_and_taken_away(void **state)
{
    struct api *api = *state;
    const struct api_reply *me = patch_me(api, "{\"name\":\"Zoë 🐋\"}");

    assert_int_equal(me->status, 200);
    assert_string_equal(api_text(me, "/data/name"), "Zoë 🐋");
    assert_string_equal(api_text(me, "/message"), "Profile updated");
    assert_string_equal(api_text(patch_me(api, "{}"), "/data/name"), "Zoë 🐋");
    assert_string_equal(api_raw(patch_me(api, "{\"name\":null}"), "/data/name"), "null");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM users WHERE name IS NOT NULL"), "0");
}

static void nothing_else_of_the_own_account_can_be_set(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{\"id\":3}", "id", "read_only"},
        {"{\"email\":\"admin@example.com\"}", "email", "read_only"},
        {"{\"roles\":[\"admin\"]}", "roles", "read_only"},
        {"{\"is_active\":false}", "is_active", "read_only"},
        {"{\"email_verified\":true}", "email_verified", "read_only"},
        {"{\"version\":7}", "version", "read_only"},
        {"{\"created_at\":\"2026-01-01T00:00:00Z\"}", "created_at", "read_only"},
        {"{\"password\":\"another password\"}", "password", "unknown_field"},
        {"{\"password_hash\":\"x\"}", "password_hash", "unknown_field"},
        {"{\"email_folded\":\"x\"}", "email_folded", "unknown_field"},
        {"{\"name\":\" \"}", "name", "blank"},
        {"{\"name\":7}", "name", "not_a_text"},
    };
    struct api *api = *state;
    const char *before = api_raw(patch_me(api, "{}"), "/data");

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(patch_me(api, cases[i].body), cases[i].field, cases[i].code);
    assert_string_equal(api_raw(patch_me(api, "{}"), "/data"), before);
}

static void accounts_are_listed_for_those_who_may(void **state)
{
    struct api *api = *state;
    const char *admin = api->tokens[API_ADMIN];
    const struct api_reply *reply =
        api_expect(api, 200, "GET", "/api/users?sort=email", admin, NULL);

    assert_int_equal(api_int(reply, "/data/pagination/total"), 3);
    assert_string_equal(api_text(reply, "/data/users/0/email"), "admin@example.com");
    assert_string_equal(api_raw(reply, "/data/users/1/roles"), "[\"editor\"]");
    reply = api_expect(api, 200, "GET", "/api/users?is_active=false", admin, NULL);
    assert_int_equal(api_int(reply, "/data/pagination/total"), 0);
    reply = api_expect(api, 200, "GET", "/api/users?email_verified=false&per_page=2", admin, NULL);
    assert_int_equal(api_count(reply, "/data/users"), 2);
    api_must_refuse(api_call(api, "GET", "/api/users?is_active=maybe", admin, NULL), "is_active",
                    "not_a_boolean");
    api_must_refuse(api_call(api, "GET", "/api/users?email=x", admin, NULL), "email",
                    "unknown_parameter");
    api_must_refuse(api_call(api, "GET", "/api/users?sort=password_hash", admin, NULL), "sort",
                    "unknown_column");
    api_expect(api, 403, "GET", "/api/users", api->tokens[API_EDITOR], NULL);
    api_expect(api, 401, "GET", "/api/users", NULL, NULL);
}

static void one_account_is_read_by_its_id_for_those_who_may(void **state)
{
    struct api *api = *state;
    const char *path = api_format(api, "/api/users/%lld", (long long)api->user_ids[API_VIEWER]);
    const struct api_reply *reply = api_expect(api, 200, "GET", path, api->tokens[API_ADMIN], NULL);

    assert_string_equal(api_text(reply, "/data/email"), "viewer@example.com");
    /* Not even one's own: that is what /users/me is for. */
    api_expect(api, 403, "GET", path, api->tokens[API_VIEWER], NULL);
    api_expect(api, 404, "GET", "/api/users/987654", api->tokens[API_ADMIN], NULL);
    /* Who may not see accounts is not told which exist. */
    api_expect(api, 403, "GET", "/api/users/987654", api->tokens[API_VIEWER], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_signed_in_reads_their_own_account),
        cmocka_unit_test(a_name_can_be_set_and_taken_away),
        cmocka_unit_test(nothing_else_of_the_own_account_can_be_set),
        cmocka_unit_test(accounts_are_listed_for_those_who_may),
        cmocka_unit_test(one_account_is_read_by_its_id_for_those_who_may),
    };

    return cmocka_run_group_tests_name("users", tests, api_make, api_drop);
}
