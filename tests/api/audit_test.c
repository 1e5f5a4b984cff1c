/* audit_test.c - who did what to which row: what each kind of write leaves in the audit log */
#include "support/api_keys.h"

#include <stdlib.h>
#include <string.h>

#define KETTLE "{\"name\":\"Kettle\",\"price\":19.9,\"description\":null}"

/* What an entry says, without what differs from run to run. */
#define TOLD                                                                                       \
    "SELECT concat_ws(' ', user_id, session_id IS NOT NULL, route, method, status, table_name, "   \
    "row_id, changes, host(address)) FROM audit_log "

static const char *last(struct api *api)
{
    return api_ask(api, TOLD "ORDER BY id DESC LIMIT 1");
}

static int64_t count(struct api *api)
{
    return strtoll(api_ask(api, "SELECT count(*) FROM audit_log"), NULL, 10);
}

static const struct api_reply *edit(struct api *api, int status, const char *method,
                                    const char *path, const char *body)
{
    return api_expect(api, status, method, path, api->tokens[API_EDITOR], body);
}

static int64_t make_kettle(struct api *api)
{
    return api_int(edit(api, 201, "POST", "/api/items", KETTLE), "/data/id");
}

static const char *path_of(struct api *api, int64_t id)
{
    return api_format(api, "/api/items/%lld", (long long)id);
}

/* The last entry is the editor's, by a session, of this item. */
static void must_tell(struct api *api, const char *route, int64_t id, const char *changes)
{
    const char *expected = api_format(api, "%lld t %s items %lld %s%s" API_ADDRESS,
                                      (long long)api->user_ids[API_EDITOR], route, (long long)id,
                                      changes, *changes ? " " : "");

    assert_string_equal(last(api), expected);
}

static void each_kind_of_write_tells_what_it_changed(void **state)
{
    struct api *api = *state;
    int64_t id = make_kettle(api);
    const char *path = path_of(api, id);

    must_tell(
        api, "items.create POST 201", id,
        "{\"name\": {\"to\": \"Kettle\"}, \"price\": {\"to\": 19.9}, \"description\": {\"to\": "
        "null}}");
    edit(api, 200, "PATCH", path, "{\"price\":19.90,\"quantity\":7,\"category_id\":2}");
    must_tell(api, "items.update PATCH 200", id,
              "{\"quantity\": {\"to\": 7, \"from\": 0}, \"category_id\": {\"to\": 2, \"from\": "
              "null}}");
    edit(api, 200, "PATCH", path, "{}");
    must_tell(api, "items.update PATCH 200", id, "{}");
    edit(api, 200, "PUT", path, "{\"name\":\"Pot\",\"price\":20}");
    must_tell(api, "items.replace PUT 200", id,
              "{\"name\": {\"to\": \"Pot\", \"from\": \"Kettle\"}, \"price\": {\"to\": 20.00, "
              "\"from\": 19.90}, \"quantity\": {\"to\": 0, \"from\": 7}, \"category_id\": {\"to\": "
              "null, \"from\": 2}}");
    edit(api, 200, "POST", api_format(api, "%s/adjust", path), "{\"delta\":5}");
    must_tell(api, "items.adjust POST 200", id, "{\"quantity\": {\"to\": 5, \"from\": 0}}");
    edit(api, 200, "POST", api_format(api, "%s/adjust", path), "{\"delta\":0}");
    must_tell(api, "items.adjust POST 200", id, "{}");
    edit(api, 200, "DELETE", path, NULL);
    must_tell(api, "items.delete DELETE 200", id, "");
    edit(api, 200, "POST", api_format(api, "%s/restore", path), NULL);
    must_tell(api, "items.restore POST 200", id, "");
}

static void a_bulk_leaves_an_entry_for_each_row(void **state)
{
    struct api *api = *state;
    int64_t first = make_kettle(api), second = make_kettle(api);
    const struct api_reply *reply =
        edit(api, 200, "POST", "/api/items/bulk",
             api_format(api,
                        "{\"operations\":[{\"op\":\"update\",\"id\":%lld,\"data\":{\"price\":5,"
                        "\"name\":\"Kettle\"}},{\"op\":\"delete\",\"id\":%lld},{\"op\":\"create\","
                        "\"data\":{\"name\":\"Pan\",\"price\":0.5}},{\"op\":\"update\",\"id\":9,"
                        "\"data\":{}}]}",
                        (long long)first, (long long)second));
    const char *expected = api_format(
        api,
        "%lld {\"price\": {\"to\": 5.00, \"from\": 19.90}},%lld none,%lld {\"name\": {\"to\": "
        "\"Pan\"}, \"price\": {\"to\": 0.5}},9 none",
        (long long)first, (long long)second, (long long)api_int(reply, "/data/results/2/id"));

    assert_string_equal(
        api_ask(api, "SELECT string_agg(row_id || ' ' || coalesce(changes::text, 'none'), ',' "
                     "ORDER BY id) FROM audit_log WHERE route = 'items.bulk' AND table_name = "
                     "'items'"),
        expected);
}

static void what_is_refused_or_rolled_back_leaves_no_entry(void **state)
{
    static const struct {
        int status;
        const char *method, *path, *body;
    } cases[] = {
        {400, "POST", "/api/items", "{\"name\":\"\"}"},
        {400, "POST", "/api/items", "{\"name\":\"a\",\"price\":1,\"category_id\":99999}"},
        {404, "PATCH", "/api/items/99999", "{\"price\":1}"},
        {404, "DELETE", "/api/items/99999", NULL},
        {409, "POST", "/api/categories", "{\"name\":\"Kitchen\"}"},
        {409, "POST", "/api/items/10/adjust", "{\"delta\":-1000}"},
        {404, "POST", "/api/items/bulk",
         "{\"operations\":[{\"op\":\"create\",\"data\":{\"name\":\"a\",\"price\":1}},{\"op\":"
         "\"delete\",\"id\":99999}]}"},
        {404, "DELETE", "/api/auth/sessions/99999", NULL},
        {401, "POST", "/api/auth/refresh", "{\"refresh_token\":\"kr_unknown\"}"},
        {401, "POST", "/api/auth/login", "{\"email\":\"a@b.cd\",\"password\":\"wrong password\"}"},
        {403, "GET", "/api/audit", NULL},
        {200, "GET", "/api/items/10", NULL},
    };
    struct api *api = *state;
    int64_t before;

    if (!*api_ask(api, "SELECT 1 FROM categories WHERE name = 'Kitchen'"))
        edit(api, 201, "POST", "/api/categories", "{\"name\":\"Kitchen\"}");
    before = count(api);
    for (size_t i = 0; i < COUNT(cases); i++)
        edit(api, cases[i].status, cases[i].method, cases[i].path, cases[i].body);
    assert_int_equal(count(api), before);
}

static void a_request_that_is_repeated_is_told_once(void **state)
{
    struct api *api = *state;
    const struct api_reply *first = api_post_keyed(api, "/api/items", KETTLE, "once");
    int64_t before = count(api);
    const struct api_reply *again = api_post_keyed(api, "/api/items", KETTLE, "once");

    assert_true(api_is_replay(api, again));
    assert_string_equal(api_raw(first, "/data"), api_raw(again, "/data"));
    assert_int_equal(count(api), before);
}

static void long_texts_are_cut(void **state)
{
    struct api *api = *state;
    const char *path = path_of(api, make_kettle(api));
    char text[1002 * 2 + 1];

    for (size_t i = 0; i < 1002; i++)
        memcpy(text + 2 * i, "é", sizeof "é");
    edit(api, 200, "PATCH", path, api_format(api, "{\"description\":\"%s\"}", text));
    edit(api, 200, "PATCH", path, api_format(api, "{\"description\":\"%.*s\"}", 2000, text));
    /* Characters of what was told: the first thousand and an ellipsis, or all. */
    assert_string_equal(api_ask(api,
                                "SELECT concat_ws(' ', length(changes #>> '{description,from}'), "
                                "right(changes #>> '{description,from}', 2), length(changes #>> "
                                "'{description,to}')) FROM audit_log ORDER BY id DESC LIMIT 1"),
                        "1001 é… 1000");
}

static const char *sign_in(struct api *api, const char **refresh_token)
{
    const struct api_reply *reply =
        api_expect(api, 200, "POST", "/api/auth/login", NULL,
                   "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}");

    *refresh_token = api_text(reply, "/data/refresh_token");
    return api_text(reply, "/data/token");
}

/* The last entry is of the viewer's newest session. */
static void must_tell_session(struct api *api, const char *route, const char *changes)
{
    const char *session = api_ask(api, "SELECT max(id) FROM sessions");

    assert_string_equal(last(api), api_format(api, "%lld t %s sessions %s %s%s" API_ADDRESS,
                                              (long long)api->user_ids[API_VIEWER], route, session,
                                              changes, *changes ? " " : ""));
    assert_string_equal(
        api_ask(api, "SELECT session_id = row_id FROM audit_log ORDER BY id DESC LIMIT 1"), "t");
}

static void signing_in_and_out_tells_whose_session_it_is(void **state)
{
    struct api *api = *state;
    const char *refresh_token;
    const char *token = sign_in(api, &refresh_token);

    must_tell_session(api, "auth.login POST 200", "{}");
    api_expect(api, 200, "POST", "/api/auth/refresh", NULL,
               api_format(api, "{\"refresh_token\":\"%s\"}", refresh_token));
    must_tell_session(api, "auth.refresh POST 200", "{}");
    api_expect(api, 200, "POST", "/api/auth/logout", token, "{\"scope\":\"local\"}");
    must_tell_session(api, "auth.logout POST 200", "{\"scope\": {\"to\": \"local\"}}");
}

static void a_stolen_refresh_token_is_told_although_it_was_refused(void **state)
{
    struct api *api = *state;
    const char *first, *next;

    sign_in(api, &first);
    next = first;
    for (int i = 0; i < 2; i++)
        next = api_text(api_expect(api, 200, "POST", "/api/auth/refresh", NULL,
                                   api_format(api, "{\"refresh_token\":\"%s\"}", next)),
                        "/data/refresh_token");
    api_ask(api, "UPDATE refresh_tokens SET used_at = used_at - interval '1 hour'");
    api_expect(api, 401, "POST", "/api/auth/refresh", NULL,
               api_format(api, "{\"refresh_token\":\"%s\"}", first));
    must_tell_session(api, "auth.refresh POST 401", "");
}

static void registering_tells_the_new_account_and_no_password(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 201, "POST", "/api/auth/register", NULL,
                   "{\"email\":\"told@example.org\",\"password\":\"a password to be kept\"}");
    long long id = (long long)api_int(reply, "/data/id");

    assert_string_equal(last(api),
                        api_format(api,
                                   "%lld f auth.register POST 201 users %lld "
                                   "{\"email\": {\"to\": \"told@example.org\"}} " API_ADDRESS,
                                   id, id));
}

/* A web server that listens on a unix socket has no address to tell. */
static void a_request_from_no_address_is_told_too(void **state)
{
    static const char *const variables[] = {"REMOTE_ADDR=unix:", NULL};
    struct api *api = *state;
    struct api_request request = {.method = "POST",
                                  .target = "/api/items",
                                  .token = api->tokens[API_EDITOR],
                                  .body = KETTLE,
                                  .variables = variables};

    assert_int_equal(api_send(api, &request)->status, 201);
    assert_string_equal(api_ask(api, "SELECT address IS NULL FROM audit_log ORDER BY id DESC "
                                     "LIMIT 1"),
                        "t");
    request.target = "/api/auth/login";
    request.body = "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}";
    assert_int_equal(api_send(api, &request)->status, 200);
}

/* Whoever waits for the row sees what the one before made of it. */
static void changes_at_once_follow_one_another(void **state)
{
    struct api *api = *state;
    int64_t id = make_kettle(api);
    struct api_request requests[8];
    const struct api_reply *replies[8];

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){.method = "PATCH",
                                           .target = path_of(api, id),
                                           .token = api->tokens[API_EDITOR],
                                           .body = api_format(api, "{\"quantity\":%zu}", i + 1)};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(replies); i++)
        assert_int_equal(replies[i]->status, 200);
    /* From 0 to the last one, each step beginning where another one ended. */
    assert_string_equal(
        api_ask(api, api_format(api,
                                "WITH steps AS (SELECT changes #>> '{quantity,from}' AS a, changes "
                                "#>> '{quantity,to}' AS b FROM audit_log WHERE row_id = %lld AND "
                                "method = 'PATCH') SELECT count(*) = 8 AND count(DISTINCT a) = 8 "
                                "AND count(*) FILTER (WHERE a = '0') = 1 AND bool_and(a = '0' OR "
                                "EXISTS (SELECT FROM steps AS s WHERE s.b = steps.a)) FROM steps",
                                (long long)id)),
        "t");
}

static const struct api_reply *ask(struct api *api, int status, const char *query)
{
    return api_expect(api, status, "GET", api_format(api, "/api/audit%s", query),
                      api->tokens[API_ADMIN], NULL);
}

static void the_log_is_listed_newest_first_to_those_who_may(void **state)
{
    struct api *api = *state;
    int64_t id = make_kettle(api);
    const struct api_reply *reply = ask(api, 200, "?per_page=2");

    assert_int_equal(api_count(reply, "/data/entries"), 2);
    assert_int_equal(api_int(reply, "/data/entries/0/row_id"), id);
    assert_int_equal(api_int(reply, "/data/entries/0/user_id"), api->user_ids[API_EDITOR]);
    assert_string_equal(api_text(reply, "/data/entries/0/route"), "items.create");
    assert_string_equal(api_text(reply, "/data/entries/0/address"), API_ADDRESS);
    assert_string_equal(api_raw(reply, "/data/entries/0/changes/price/to"), "19.9");
    assert_string_equal(api_raw(reply, "/data/entries/0/api_key_id"), "null");
    const struct api_reply *next = ask(
        api, 200,
        api_format(api, "?per_page=2&cursor=%s", api_text(reply, "/data/pagination/next_cursor")));

    assert_string_equal(
        api_raw(next, "/data/entries/0/id"),
        api_ask(api, "SELECT id FROM audit_log ORDER BY at DESC, id DESC OFFSET 2 LIMIT 1"));
    api_expect(api, 403, "GET", "/api/audit", api->tokens[API_EDITOR], NULL);
    api_expect(api, 401, "GET", "/api/audit", NULL, NULL);
}

static void the_list_can_say_who_it_was(void **state)
{
    struct api *api = *state;

    make_kettle(api);
    assert_string_equal(
        api_text(ask(api, 200, "?per_page=1&include=user"), "/data/entries/0/user/email"),
        "editor@example.com");
}

/* As many as PostgreSQL itself finds. */
static void must_find(struct api *api, const char *query, const char *where)
{
    const struct api_reply *reply = ask(api, 200, api_format(api, "?%s&count=exact", query));
    const char *expected =
        api_ask(api, api_format(api, "SELECT count(*) FROM audit_log WHERE %s", where));

    assert_string_equal(api_raw(reply, "/data/pagination/total"), expected);
    assert_string_not_equal(expected, "0");
}

static void the_log_is_filtered_by_account_row_route_and_time(void **state)
{
    struct api *api = *state;
    long long id = (long long)make_kettle(api), editor = (long long)api->user_ids[API_EDITOR];

    must_find(api, api_format(api, "user_id=%lld", editor),
              api_format(api, "user_id = %lld", editor));
    must_find(api, api_format(api, "table_name=items&row_id=%lld", id),
              api_format(api, "table_name = 'items' AND row_id = %lld", id));
    must_find(api, "route=items.create", "route = 'items.create'");
    api_ask(api, api_format(api,
                            "INSERT INTO audit_log (at, user_id, api_key_id, route, method, status)"
                            " VALUES ('2020-01-01 10:00Z', %lld, 4711, 'a.b', 'PUT', 200), "
                            "('2020-01-03 10:00Z', NULL, NULL, 'a.b', 'PUT', 200)",
                            editor));
    must_find(api, "at_before=2020-01-02T00:00:00Z", "at < '2020-01-02 00:00Z'");
    must_find(api, "at_after=2020-01-02T00:00:00Z", "at > '2020-01-02 00:00Z'");
    must_find(api, "api_key_id=4711", "api_key_id = 4711");
    must_find(api, "user_id=null&at_after=2019-01-01T00:00:00Z", "user_id IS NULL");
    api_must_refuse(ask(api, 400, "?at_after=yesterday"), "at_after", "invalid_time");
    api_must_refuse(ask(api, 400, "?user_id=me"), "user_id", "not_an_integer");
    api_must_refuse(ask(api, 400, "?changes=1"), "changes", "unknown_parameter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_write_tells_what_it_changed),
        cmocka_unit_test(a_bulk_leaves_an_entry_for_each_row),
        cmocka_unit_test(what_is_refused_or_rolled_back_leaves_no_entry),
        cmocka_unit_test(a_request_that_is_repeated_is_told_once),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(signing_in_and_out_tells_whose_session_it_is),
        cmocka_unit_test(a_stolen_refresh_token_is_told_although_it_was_refused),
        cmocka_unit_test(registering_tells_the_new_account_and_no_password),
        cmocka_unit_test(a_request_from_no_address_is_told_too),
        cmocka_unit_test(changes_at_once_follow_one_another),
        cmocka_unit_test(the_log_is_listed_newest_first_to_those_who_may),
        cmocka_unit_test(the_list_can_say_who_it_was),
        cmocka_unit_test(the_log_is_filtered_by_account_row_route_and_time),
    };

    return cmocka_run_group_tests_name("audit", tests, api_make, api_drop);
}
