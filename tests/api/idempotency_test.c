/* idempotency_test.c - POST with an Idempotency-Key: carried out once, answered the same each time
 */
#include "support/api_keys.h"

#include <string.h>
#include <unistd.h>

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

static void a_repeated_request_gets_its_first_answer_byte_for_byte(void **state)
{
    struct api *api = *state;
    const struct api_reply *first = post_item(api, "one");

    assert_int_equal(first->status, 201);
    assert_false(api_is_replay(api, first));
    api_expect(api, 200, "PATCH", api_header(api, first, "Location"), api->tokens[API_EDITOR],
               "{\"quantity\":9}");
    /* The time in the answer is that of the first one, too. */
    usleep(1100000);
    for (int i = 0; i < 2; i++) {
        const struct api_reply *again = post_item(api, "one");

        assert_true(api_is_replay(api, again));
        api_must_be_same(api, first, again);
    }
    assert_string_equal(count_kettles(api), "1");
    assert_string_equal(count_keys(api), "1");
    assert_false(api_is_replay(api, post_item(api, "two")));
    assert_string_equal(count_kettles(api), "2");
}

static void steps_and_requests_without_a_body_can_be_repeated_too(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "DELETE", "/api/items/1", api->tokens[API_EDITOR], NULL);
    const struct api_reply *first = api_post_keyed(api, "/api/items/1/restore", NULL, "back");

    assert_int_equal(first->status, 200);
    api_must_be_same(api, first, api_post_keyed(api, "/api/items/1/restore", NULL, "back"));
    first = api_post_keyed(api, "/api/items/1/adjust", "{\"delta\":1}", "more");
    api_must_be_same(api, first,
                     api_post_keyed(api, "/api/items/1/adjust", "{\"delta\":1}", "more"));
}

static void how_a_url_is_escaped_makes_no_other_request(void **state)
{
    static const char *const same[] = {"/api/items/", "/api/%69tems", "/api/items?"};
    struct api *api = *state;
    const struct api_reply *first = post_item(api, "one");

    for (size_t i = 0; i < COUNT(same); i++) {
        const struct api_reply *again = api_post_keyed(api, same[i], ITEM, "one");

        if (!api_is_replay(api, again))
            unit_fail("%s is another request: %s", same[i], again->body);
        api_must_be_same(api, first, again);
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
        api_must_fail(api_post_keyed(api, others[i].target, others[i].body, "one"),
                      "IDEMPOTENCY_MISMATCH");
    assert_true(api_is_replay(api, post_item(api, "one")));
    assert_string_equal(count_kettles(api), "1");
}

static void a_key_is_its_callers_own(void **state)
{
    struct api *api = *state;
    struct api_request request = api_keyed(api, "/api/items", ITEM, "one");

    assert_int_equal(post_item(api, "one")->status, 201);
    request.token = api->tokens[API_ADMIN];
    const struct api_reply *other = api_send(api, &request);

    assert_int_equal(other->status, 201);
    assert_false(api_is_replay(api, other));
    assert_string_equal(count_kettles(api), "2");
}

static void whoever_may_not_do_it_any_more_gets_no_answer_of_before(void **state)
{
    struct api *api = *state;

    assert_int_equal(post_item(api, "one")->status, 201);
    api_ask(api, "UPDATE user_roles SET role = 'viewer' WHERE role = 'editor'");
    api_must_fail(post_item(api, "one"), "FORBIDDEN");
}

static void a_key_is_free_again_after_its_hours(void **state)
{
    struct api *api = *state;

    assert_int_equal(api->app.config.idempotency_hours, 24);
    assert_int_equal(post_item(api, "one")->status, 201);
    api_ask(api, "UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes'");
    assert_true(api_is_replay(api, post_item(api, "one")));
    api_ask(api, "UPDATE idempotency_keys SET created_at = now() - interval '24 hours'");
    const struct api_reply *other =
        api_post_keyed(api, "/api/categories", "{\"name\":\"Kettles\"}", "one");

    assert_int_equal(other->status, 201);
    assert_false(api_is_replay(api, other));
    api_must_be_same(api, other,
                     api_post_keyed(api, "/api/categories", "{\"name\":\"Kettles\"}", "one"));
    api_must_fail(post_item(api, "one"), "IDEMPOTENCY_MISMATCH");
    assert_string_equal(count_keys(api), "1");
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
    assert_true(api_is_replay(api, post_item(api, longest)));
}

static void a_key_sent_twice_is_refused(void **state)
{
    static const char *const variables[] = {"HTTP_IDEMPOTENCY_KEY=one", "HTTP_IDEMPOTENCY_KEY=two",
                                            NULL};
    struct api *api = *state;
    struct api_request request = api_keyed(api, "/api/items", ITEM, "one");

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
            api_keyed(api, cases[i].target, cases[i].body, keys[i % COUNT(keys)]);

        request.method = cases[i].method;
        const struct api_reply *reply = api_send(api, &request);

        assert_int_equal(reply->status, cases[i].status);
        assert_false(api_is_replay(api, reply));
    }
    assert_string_equal(count_keys(api), "0");
}

static void what_a_browser_is_told_belongs_to_each_answer(void **state)
{
    static const char *const variables[] = {"HTTP_IDEMPOTENCY_KEY=one",
                                            "HTTP_ORIGIN=https://shop.example",
                                            "HTTP_X_REQUEST_ID=the-second-one", NULL};
    struct api *api = *state;
    struct api_request request = api_keyed(api, "/api/items", ITEM, "one");

    api->app.config.cors_origins = "https://shop.example";
    const struct api_reply *first = api_send(api, &request);

    request.variables = variables;
    const struct api_reply *again = api_send(api, &request);

    api_must_be_same(api, first, again);
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
    const struct api_reply *first = api_post_keyed(api, "/api/items", body, "one");

    assert_int_equal(first->status, 201);
    assert_true(first->body_length > size);
    api_must_be_same(api, first, api_post_keyed(api, "/api/items", body, "one"));
}

/* A thousand rows and their answer in one transaction with the key. */
static void a_bulk_is_carried_out_once(void **state)
{
    struct api *api = *state;
    struct buffer body;

    buffer_init(&body, &api->scope.arena);
    buffer_add_text(&body, "{\"operations\":[");
    for (int i = 0; i < 1000; i++)
        buffer_add_format(&body,
                          "%s{\"op\":\"create\",\"data\":{\"name\":\"Kettle\",\"price\":%d}}",
                          i ? "," : "", i);
    buffer_add_text(&body, "]}");
    assert_false(body.failed);
    const struct api_reply *first = api_post_keyed(api, "/api/items/bulk", body.data, "one");
    const struct api_reply *again = api_post_keyed(api, "/api/items/bulk", body.data, "one");

    assert_int_equal(first->status, 200);
    assert_true(api_is_replay(api, again));
    api_must_be_same(api, first, again);
    assert_string_equal(count_kettles(api), "1000");
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
        api_unit_test(a_key_is_free_again_after_its_hours),
        api_unit_test(keys_that_are_over_go_with_those_that_come),
        api_unit_test(a_key_that_is_none_is_refused_by_name),
        api_unit_test(a_key_sent_twice_is_refused),
        api_unit_test(other_requests_do_not_look_at_it),
        api_unit_test(what_a_browser_is_told_belongs_to_each_answer),
        api_unit_test(a_large_answer_is_kept_whole),
        api_unit_test(a_bulk_is_carried_out_once),
    };

    return cmocka_run_group_tests_name("idempotency keys", tests, NULL, NULL);
}
