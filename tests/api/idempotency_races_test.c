/* idempotency_races_test.c - one Idempotency-Key at the same time, and when things go wrong */
#include "support/api_disturb.h"
#include "support/api_keys.h"

#include <libpq-fe.h>
#include <string.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":1}"

static const struct api_reply *post_item(struct api *api, const char *key)
{
    return api_post_keyed(api, "/api/items", ITEM, key);
}

static const char *count_kettles(struct api *api)
{
    return api_ask(api, "SELECT count(*) FROM items WHERE name = 'Kettle'");
}

static const char *count_keys(struct api *api)
{
    return api_ask(api, "SELECT count(*) FROM idempotency_keys");
}

static void ten_at_once_make_one_row_and_ten_equal_answers(void **state)
{
    struct api *api = *state;
    struct api_request requests[10];
    const struct api_reply *replies[10];
    size_t replays = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = api_keyed(api, "/api/items", ITEM, "one");
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++) {
        assert_int_equal(replies[i]->status, 201);
        api_must_be_same(api, replies[0], replies[i]);
        replays += api_is_replay(api, replies[i]);
    }
    assert_int_equal(replays, 9);
    assert_string_equal(count_kettles(api), "1");
}

static void of_two_requests_with_one_key_at_once_one_is_422(void **state)
{
    struct api *api = *state;
    const struct api_request requests[] = {
        api_keyed(api, "/api/items", ITEM, "one"),
        api_keyed(api, "/api/items", "{\"name\":\"Kettle\",\"price\":2}", "one")};
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

static void ten_at_once_with_a_key_that_is_over_make_one_row(void **state)
{
    struct api *api = *state;
    struct api_request requests[10];
    const struct api_reply *replies[10];

    api_post_keyed(api, "/api/categories", "{\"name\":\"Kettles\"}", "one");
    api_ask(api, "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'");
    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = api_keyed(api, "/api/items", ITEM, "one");
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++)
        api_must_be_same(api, replies[0], replies[i]);
    assert_string_equal(count_kettles(api), "1");
}

static void an_error_is_not_kept(void **state)
{
    struct api *api = *state;

    api_disturb(api, "RAISE EXCEPTION 'no' USING ERRCODE = 'unique_violation';");
    api_must_fail(post_item(api, "one"), "CONFLICT");
    api_calm(api);
    api_must_fail(api_post_keyed(api, "/api/items",
                                 "{\"name\":\"Kettle\",\"price\":1,\"category_id\":999}", "one"),
                  "VALIDATION_ERROR");
    api_must_fail(api_post_keyed(api, "/api/items", "{\"name\":7}", "one"), "VALIDATION_ERROR");
    assert_string_equal(count_keys(api), "0");
    const struct api_reply *reply = post_item(api, "one");

    assert_int_equal(reply->status, 201);
    assert_false(api_is_replay(api, reply));
    assert_string_equal(count_kettles(api), "1");
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
    assert_false(api_is_replay(api, first));
    api_must_be_same(api, first, post_item(api, "one"));
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
    assert_true(api_is_replay(api, again));
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
    assert_false(api_is_replay(api, again));
    assert_string_equal(count_kettles(api), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(ten_at_once_make_one_row_and_ten_equal_answers),
        api_unit_test(of_two_requests_with_one_key_at_once_one_is_422),
        api_unit_test(a_key_whose_request_still_runs_is_409_after_the_lock_timeout),
        api_unit_test(ten_at_once_with_a_key_that_is_over_make_one_row),
        api_unit_test(an_error_is_not_kept),
        api_unit_test(a_transaction_that_is_run_again_keeps_the_answer_of_the_last_run),
        api_unit_test(after_a_commit_of_unknown_outcome_a_repetition_is_safe),
        api_unit_test(after_a_commit_that_was_lost_a_repetition_carries_it_out),
    };

    return cmocka_run_group_tests_name("idempotency keys at once", tests, NULL, NULL);
}
