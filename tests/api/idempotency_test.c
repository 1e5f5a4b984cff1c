/* idempotency_test.c - POST with an Idempotency-Key: carried out once, answered the same each time
 */
#include "support/api.h"
#include "support/api_disturb.h"

#include <libpq-fe.h>
#include <string.h>
#include <unistd.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":1}"

/* A request of the editor's with a key. */
static struct api_request keyed(struct api *api, const char *target, const char *body,
                                const char *key)
{
    const char **variables = arena_alloc(&api->scope.arena, 2 * sizeof *variables);

    assert_non_null(variables);
    variables[0] = api_format(api, "HTTP_IDEMPOTENCY_KEY=%s", key);
    variables[1] = NULL;
    return (struct api_request){.method = "POST",
                                .target = target,
                                .token = api->tokens[API_EDITOR],
                                .body = body,
                                .variables = variables};
}

static const struct api_reply *post(struct api *api, const char *target, const char *body,
                                    const char *key)
{
    struct api_request request = keyed(api, target, body, key);

    return api_send(api, &request);
}

static const struct api_reply *post_item(struct api *api, const char *key)
{
    return post(api, "/api/items", ITEM, key);
}

static bool is_replay(struct api *api, const struct api_reply *reply)
{
    const char *said = api_header(api, reply, "Idempotency-Replayed");

    assert_int_equal(said != NULL, api_has_logged(reply, "replay"));
    assert_true(!said || strcmp(said, "true") == 0);
    return said != NULL;
}

static void must_be_same(struct api *api, const struct api_reply *first,
                         const struct api_reply *again)
{
    static const char *const names[] = {"Location", "ETag", "Content-Type", "Content-Length"};

    assert_int_equal(again->status, first->status);
    assert_int_equal(again->body_length, first->body_length);
    assert_memory_equal(again->body, first->body, first->body_length);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = api_header(api, first, names[i]);

        assert_int_equal(value != NULL, api_header(api, again, names[i]) != NULL);
        if (value)
            assert_string_equal(value, api_header(api, again, names[i]));
    }
}

static const char *count_kettles(struct api *api)
{
    return api_ask(api, "SELECT count(*) FROM items WHERE name = 'Kettle'");
}

static const char *count_keys(struct api *api)
{
    return api_ask(api, "SELECT count(*) FROM idempotency_keys");
}

static void a_repeated_request_gets_its_first_answer_byte_for_byte(void **state)
{
    struct api *api = *state;
    const struct api_reply *first = post_item(api, "one");

    assert_int_equal(first->status, 201);
    assert_false(is_replay(api, first));
    api_expect(api, 200, "PATCH", api_header(api, first, "Location"), api->tokens[API_EDITOR],
               "{\"quantity\":9}");
    /* The time in the answer is that of the first one, too. */
    usleep(1100000);
    for (int i = 0; i < 2; i++) {
        const struct api_reply *again = post_item(api, "one");

        assert_true(is_replay(api, again));
        must_be_same(api, first, again);
    }
    assert_string_equal(count_kettles(api), "1");
    assert_string_equal(count_keys(api), "1");
    assert_false(is_replay(api, post_item(api, "two")));
    assert_string_equal(count_kettles(api), "2");
}

static void steps_and_requests_without_a_body_can_be_repeated_too(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "DELETE", "/api/items/1", api->tokens[API_EDITOR], NULL);
    const struct api_reply *first = post(api, "/api/items/1/restore", NULL, "back");

    assert_int_equal(first->status, 200);
    must_be_same(api, first, post(api, "/api/items/1/restore", NULL, "back"));
    first = post(api, "/api/items/1/adjust", "{\"delta\":1}", "more");
    must_be_same(api, first, post(api, "/api/items/1/adjust", "{\"delta\":1}", "more"));
}

static void how_a_url_is_escaped_makes_no_other_request(void **state)
{
    static const char *const same[] = {"/api/items/", "/api/%69tems", "/api/items?"};
    struct api *api = *state;
    const struct api_reply *first = post_item(api, "one");

    for (size_t i = 0; i < COUNT(same); i++) {
        const struct api_reply *again = post(api, same[i], ITEM, "one");

        if (!is_replay(api, again))
            unit_fail("%s is another request: %s", same[i], again->body);
        must_be_same(api, first, again);
    }
}

static void a_key_that_was_used_for_another_request_is_422(void **state)
{
    static const struct {
        const char *target, *body;
    } others[] = {
        {"/api/items", "{\"name\":\"Kettle\",\"price\":1.0}"},
        {"/api/items", "{\"name\":\"Kettle\",\"price\":1} "},
        {"/api/items", "{\"price\":1,\"name\":\"Kettle\"}"},
        {"/api/categories", "{\"name\":\"Kettles\"}"},
        {"/api/items/1/adjust", "{\"delta\":1}"},
        {"/api/items/23/restore", NULL},
    };
    struct api *api = *state;

    assert_int_equal(post_item(api, "one")->status, 201);
    for (size_t i = 0; i < COUNT(others); i++)
        api_must_fail(post(api, others[i].target, others[i].body, "one"), "IDEMPOTENCY_MISMATCH");
    assert_true(is_replay(api, post_item(api, "one")));
    assert_string_equal(count_kettles(api), "1");
}

static void a_key_is_its_callers_own(void **state)
{
    struct api *api = *state;
    struct api_request request = keyed(api, "/api/items", ITEM, "one");

    assert_int_equal(post_item(api, "one")->status, 201);
    request.token = api->tokens[API_ADMIN];
    const struct api_reply *other = api_send(api, &request);

    assert_int_equal(other->status, 201);
    assert_false(is_replay(api, other));
    assert_string_equal(count_kettles(api), "2");
}

static void whoever_may_not_do_it_any_more_gets_no_answer_of_before(void **state)
{
    struct api *api = *state;

    assert_int_equal(post_item(api, "one")->status, 201);
    api_ask(api, "UPDATE user_roles SET role = 'viewer' WHERE role = 'editor'");
    api_must_fail(post_item(api, "one"), "FORBIDDEN");
}

static void an_error_is_not_kept(void **state)
{
    struct api *api = *state;

    api_disturb(api, "RAISE EXCEPTION 'no' USING ERRCODE = 'unique_violation';");
    api_must_fail(post_item(api, "one"), "CONFLICT");
    api_calm(api);
    api_must_fail(
        post(api, "/api/items", "{\"name\":\"Kettle\",\"price\":1,\"category_id\":999}", "one"),
        "VALIDATION_ERROR");
    api_must_fail(post(api, "/api/items", "{\"name\":7}", "one"), "VALIDATION_ERROR");
    assert_string_equal(count_keys(api), "0");
    const struct api_reply *reply = post_item(api, "one");

    assert_int_equal(reply->status, 201);
    assert_false(is_replay(api, reply));
    assert_string_equal(count_kettles(api), "1");
}

static void ten_at_once_make_one_row_and_ten_equal_answers(void **state)
{
    struct api *api = *state;
    struct api_request requests[10];
    const struct api_reply *replies[10];
    size_t replays = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = keyed(api, "/api/items", ITEM, "one");
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++) {
        assert_int_equal(replies[i]->status, 201);
        must_be_same(api, replies[0], replies[i]);
        replays += is_replay(api, replies[i]);
    }
    assert_int_equal(replays, 9);
    assert_string_equal(count_kettles(api), "1");
}

static void of_two_requests_with_one_key_at_once_one_is_422(void **state)
{
    struct api *api = *state;
    const struct api_request requests[] = {
        keyed(api, "/api/items", ITEM, "one"),
        keyed(api, "/api/items", "{\"name\":\"Kettle\",\"price\":2}", "one")};
    const struct api_reply *replies[2];

    api_race(api, requests, 2, replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 201 + 422);
    assert_string_equal(count_kettles(api), "1");
}

static void a_key_whose_request_still_runs_is_409_after_the_lock_timeout(void **state)
{
    struct api *api = *state;
    const char *claim = api_format(api,
                                   "INSERT INTO idempotency_keys (user_id, key, request_hash) "
                                   "VALUES (%lld, 'one', decode(repeat('00', 32), 'hex'))",
                                   (long long)api->user_ids[API_EDITOR]);

    api->app.config.db_lock_timeout_ms = 50;
    api_reconnect(api);
    PGconn *other = PQconnectdb(api->url);

    PQclear(PQexec(other, "BEGIN"));
    PGresult *result = PQexec(other, claim);

    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    const struct api_reply *reply = post_item(api, "one");

    assert_int_equal(reply->status, 409);
    api_must_fail(reply, "CONFLICT");
    assert_non_null(strstr(api_logged_text(reply, "detail"), "55P03"));
    PQfinish(other);
    /* It never came to its end, so the key is free. */
    assert_int_equal(post_item(api, "one")->status, 201);
    assert_string_equal(count_kettles(api), "1");
}

static void a_key_is_free_again_after_its_hours(void **state)
{
    struct api *api = *state;

    assert_int_equal(api->app.config.idempotency_hours, 24);
    assert_int_equal(post_item(api, "one")->status, 201);
    api_ask(api, "UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes'");
    assert_true(is_replay(api, post_item(api, "one")));
    api_ask(api, "UPDATE idempotency_keys SET created_at = now() - interval '24 hours'");
    const struct api_reply *other = post(api, "/api/categories", "{\"name\":\"Kettles\"}", "one");

    assert_int_equal(other->status, 201);
    assert_false(is_replay(api, other));
    must_be_same(api, other, post(api, "/api/categories", "{\"name\":\"Kettles\"}", "one"));
    api_must_fail(post_item(api, "one"), "IDEMPOTENCY_MISMATCH");
    assert_string_equal(count_keys(api), "1");
}

static void ten_at_once_with_a_key_that_is_over_make_one_row(void **state)
{
    struct api *api = *state;
    struct api_request requests[10];
    const struct api_reply *replies[10];

    post(api, "/api/categories", "{\"name\":\"Kettles\"}", "one");
    api_ask(api, "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'");
    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = keyed(api, "/api/items", ITEM, "one");
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++)
        must_be_same(api, replies[0], replies[i]);
    assert_string_equal(count_kettles(api), "1");
}

static void keys_that_are_over_go_with_those_that_come(void **state)
{
    struct api *api = *state;

    api_ask(api, "INSERT INTO idempotency_keys (user_id, key, request_hash, created_at) "
                 "SELECT 1, 'old' || n, decode(repeat('00', 32), 'hex'), "
                 "now() - n * interval '20 hours' FROM generate_series(1, 6) n");
    post_item(api, "one");
    assert_string_equal(api_ask(api, "SELECT string_agg(key, ' ' ORDER BY key) "
                                     "FROM idempotency_keys"),
                        "old1 old2 old3 old4 one");
    post_item(api, "two");
    post_item(api, "three");
    post_item(api, "four");
    assert_string_equal(api_ask(api, "SELECT string_agg(key, ' ' ORDER BY key) "
                                     "FROM idempotency_keys"),
                        "four old1 one three two");
}

static void a_key_that_is_none_is_refused_by_name(void **state)
{
    static const char *const wrong[] = {"",     "two words", "tab\there", "d\xc3\xa9j\xc3\xa0",
                                        "\x7f", "one\x01"};
    static const char *const right[] = {"x", "!", "~", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""};
    struct api *api = *state;
    char longest[257];

    for (size_t i = 0; i < COUNT(wrong); i++)
        api_must_refuse(post_item(api, wrong[i]), "Idempotency-Key", "malformed");
    for (size_t i = 0; i < COUNT(right); i++)
        assert_int_equal(post_item(api, right[i])->status, 201);
    memset(longest, 'k', 256);
    longest[256] = '\0';
    api_must_refuse(post_item(api, longest), "Idempotency-Key", "malformed");
    longest[255] = '\0';
    assert_int_equal(post_item(api, longest)->status, 201);
    assert_true(is_replay(api, post_item(api, longest)));
}

static void a_key_sent_twice_is_refused(void **state)
{
    static const char *const variables[] = {"HTTP_IDEMPOTENCY_KEY=one", "HTTP_IDEMPOTENCY_KEY=two",
                                            NULL};
    struct api *api = *state;
    struct api_request request = keyed(api, "/api/items", ITEM, "one");

    request.variables = variables;
    api_must_refuse(api_send(api, &request), "Idempotency-Key", "malformed");
}

static void other_requests_do_not_look_at_it(void **state)
{
    static const struct {
        const char *method, *target, *body;
        int status;
    } cases[] = {
        {"GET", "/api/items/1", NULL, 200},
        {"PATCH", "/api/items/1", "{}", 200},
        {"PUT", "/api/items/1", ITEM, 200},
        {"DELETE", "/api/items/1", NULL, 200},
        {"POST", "/api/auth/login",
         "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}", 200},
        {"POST", "/api/auth/register",
         "{\"email\":\"new@example.com\",\"password\":\"new-password-1\"}", 201},
    };
    static const char *const keys[] = {"one", "no key at all"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct api_request request =
            keyed(api, cases[i].target, cases[i].body, keys[i % COUNT(keys)]);

        request.method = cases[i].method;
        const struct api_reply *reply = api_send(api, &request);

        assert_int_equal(reply->status, cases[i].status);
        assert_false(is_replay(api, reply));
    }
    assert_string_equal(count_keys(api), "0");
}

static void what_a_browser_is_told_belongs_to_each_answer(void **state)
{
    static const char *const variables[] = {"HTTP_IDEMPOTENCY_KEY=one",
                                            "HTTP_ORIGIN=https://shop.example",
                                            "HTTP_X_REQUEST_ID=the-second-one", NULL};
    struct api *api = *state;
    struct api_request request = keyed(api, "/api/items", ITEM, "one");

    api->app.config.cors_origins = "https://shop.example";
    const struct api_reply *first = api_send(api, &request);

    request.variables = variables;
    const struct api_reply *again = api_send(api, &request);

    must_be_same(api, first, again);
    assert_null(api_header(api, first, "Access-Control-Allow-Origin"));
    assert_string_equal(api_header(api, again, "Access-Control-Allow-Origin"),
                        "https://shop.example");
    assert_string_equal(api_header(api, again, "X-Request-Id"), "the-second-one");
}

static void a_large_answer_is_kept_whole(void **state)
{
    struct api *api = *state;
    size_t size = 300000;
    char *text = arena_alloc(&api->scope.arena, size + 1);

    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i * i % 23);
    const char *body =
        api_format(api, "{\"name\":\"Kettle\",\"price\":1,\"description\":\"\\u20ac %s\"}", text);
    const struct api_reply *first = post(api, "/api/items", body, "one");

    assert_int_equal(first->status, 201);
    assert_true(first->body_length > size);
    must_be_same(api, first, post(api, "/api/items", body, "one"));
}

static void a_transaction_that_is_run_again_keeps_the_answer_of_the_last_run(void **state)
{
    struct api *api = *state;

    api_ask(api, "CREATE SEQUENCE attempts");
    api_disturb_commit(api, "IF nextval('attempts') <= 2 THEN RAISE EXCEPTION 'again' "
                            "USING ERRCODE = '40001'; END IF;");
    const struct api_reply *first = post_item(api, "one");

    assert_int_equal(first->status, 201);
    assert_string_equal(api_ask(api, "SELECT last_value FROM attempts"), "3");
    assert_false(is_replay(api, first));
    must_be_same(api, first, post_item(api, "one"));
    assert_string_equal(count_kettles(api), "1");
}

/* The server saves it after this side has given up listening: nobody here can know. */
static void after_a_commit_of_unknown_outcome_a_repetition_is_safe(void **state)
{
    struct api *api = *state;
    int64_t deadline = api->app.config.db_deadline_ms;

    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    api->app.config.db_deadline_ms = 300;
    api_disturb_commit(api, "PERFORM pg_sleep(0.8);");
    const struct api_reply *lost = post_item(api, "one");

    assert_int_equal(lost->status, 503);
    assert_non_null(strstr(api_logged_text(lost, "detail"), "outcome unknown"));
    api->app.config.db_deadline_ms = deadline;
    const struct api_reply *again = post_item(api, "one");

    assert_int_equal(again->status, 201);
    assert_true(is_replay(api, again));
    assert_string_equal(count_kettles(api), "1");
    assert_string_equal(api_header(api, again, "Location"),
                        api_format(api, "/api/items/%s", api_raw(again, "/data/id")));
}

static void after_a_commit_that_was_lost_a_repetition_carries_it_out(void **state)
{
    struct api *api = *state;

    api_disturb_commit(api, "PERFORM pg_terminate_backend(pg_backend_pid());");
    assert_int_equal(post_item(api, "one")->status, 503);
    api_calm(api);
    const struct api_reply *again = post_item(api, "one");

    assert_int_equal(again->status, 201);
    assert_false(is_replay(api, again));
    assert_string_equal(count_kettles(api), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_repeated_request_gets_its_first_answer_byte_for_byte),
        api_unit_test(steps_and_requests_without_a_body_can_be_repeated_too),
        api_unit_test(how_a_url_is_escaped_makes_no_other_request),
        api_unit_test(a_key_that_was_used_for_another_request_is_422),
        api_unit_test(a_key_is_its_callers_own),
        api_unit_test(whoever_may_not_do_it_any_more_gets_no_answer_of_before),
        api_unit_test(an_error_is_not_kept),
        api_unit_test(ten_at_once_make_one_row_and_ten_equal_answers),
        api_unit_test(of_two_requests_with_one_key_at_once_one_is_422),
        api_unit_test(a_key_whose_request_still_runs_is_409_after_the_lock_timeout),
        api_unit_test(a_key_is_free_again_after_its_hours),
        api_unit_test(ten_at_once_with_a_key_that_is_over_make_one_row),
        api_unit_test(keys_that_are_over_go_with_those_that_come),
        api_unit_test(a_key_that_is_none_is_refused_by_name),
        api_unit_test(a_key_sent_twice_is_refused),
        api_unit_test(other_requests_do_not_look_at_it),
        api_unit_test(what_a_browser_is_told_belongs_to_each_answer),
        api_unit_test(a_large_answer_is_kept_whole),
        api_unit_test(a_transaction_that_is_run_again_keeps_the_answer_of_the_last_run),
        api_unit_test(after_a_commit_of_unknown_outcome_a_repetition_is_safe),
        api_unit_test(after_a_commit_that_was_lost_a_repetition_carries_it_out),
    };

    return cmocka_run_group_tests_name("idempotency keys", tests, NULL, NULL);
}
