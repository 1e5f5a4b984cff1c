/* faults_test.c - whichever allocation or statement of a request fails, the answer is whole */
#include "support/api_parts.h"
#include "support/faults.h"
#include "support/query_faults.h"

#include "keel/middleware/pipeline.h"

/* The request, made while nothing fails yet, and what came of it. */
struct attempt {
    const struct api_request *request;
    struct memory_transport memory;
};

static struct attempt prepare(struct api *api, const struct api_request *request)
{
    struct attempt attempt = {.request = request};

    assert_true(api_prepare(&api->scope, request, &attempt.memory));
    return attempt;
}

static const struct api_reply *finish(struct api *api, const struct attempt *attempt)
{
    const struct buffer *answer = &attempt->memory.answer;
    const struct api_reply *reply =
        api_receive(api, attempt->request, answer->data, answer->length);

    api_log_advance(api);
    return reply;
}

/* What came of all rounds. */
struct tally {
    unsigned failures; /* rounds in which something was made to fail */
    unsigned successes;
};

static void count_answer(struct tally *tally, const struct api_reply *reply, int success,
                         bool failed)
{
    tally->failures += failed;
    tally->successes += reply->status == success;
    if (reply->status == success)
        return;
    if (!failed || (reply->status != 503 && reply->status != 500 && reply->status != 504))
        unit_fail("%d: %s", reply->status, reply->body);
}

static struct tally fail_each_allocation(struct api *api, const struct api_request *request,
                                         int success)
{
    struct attempt attempt = prepare(api, request);
    struct tally tally = {0};

    faults_begin();
    while (faults_next()) {
        api_serve(&api->app, &attempt.memory.transport);
        faults_stop();
        const struct api_reply *reply = finish(api, &attempt);

        count_answer(&tally, reply, success, faults_hit());
        /* So that the worker makes room for one that has more. */
        assert_true(reply->status != 503 || api->app.short_of_memory);
        api->app.short_of_memory = false;
        attempt = prepare(api, request);
    }
    return tally;
}

static struct tally fail_each_statement(struct api *api, const struct api_request *request,
                                        int success, const char *sqlstate)
{
    struct attempt attempt = prepare(api, request);
    struct tally tally = {0};

    query_faults_begin(sqlstate);
    while (query_faults_next()) {
        api_serve(&api->app, &attempt.memory.transport);
        query_faults_stop();
        count_answer(&tally, finish(api, &attempt), success, query_faults_hit());
        attempt = prepare(api, request);
    }
    return tally;
}

static struct tally lose_connection(struct api *api, const struct api_request *request, int success)
{
    return fail_each_statement(api, request, success, NULL);
}

static struct tally refuse_statement(struct api *api, const struct api_request *request,
                                     int success)
{
    return fail_each_statement(api, request, success, "XX000");
}

typedef struct tally fault_check(struct api *api, const struct api_request *request, int success);

/* One that nobody else here needs; gives its id. */
static const char *add_account(struct api *api)
{
    api_ask(api, "DELETE FROM users WHERE email LIKE '%@example.org'");
    return api_ask(api, "INSERT INTO users (email, password_hash) VALUES ('y@example.org', 'none') "
                        "RETURNING id");
}

/* Requests that may be repeated: each round is one. */
static void each_request(struct api *api, fault_check *check)
{
    const char *editor = api->tokens[API_EDITOR], *admin = api->tokens[API_ADMIN];
    const char *other = api_format(api, "/api/users/%s", add_account(api));
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/auth/keys", editor, "{\"name\":\"import\"}");
    const char *key = api_text(made, "/data/key");
    const char *rotation =
        api_format(api, "/api/auth/keys/%lld/rotate", (long long)api_int(made, "/data/id"));
    unsigned failures = 0;
    const struct {
        struct api_request request;
        int success;
    } cases[] = {
        {{.target = "/api/health"}, 200},
        {{.target = "/api/health/ready"}, 200},
        {{.target = "/api/items/1"}, 200},
        {{.target = "/api/items?sort=price&min_price=0&per_page=100"}, 200},
        {{.target = "/api/items/1?fields=id,name&include=category"}, 200},
        {{.target = "/api/items?fields=name&include=category&ids=1,2&q=a+b&category_id=null"}, 200},
        {{.target = "/api/items?deleted=only&count=exact", .token = editor}, 200},
        {{.target = "/api/items?deleted=only", .token = api->tokens[API_VIEWER]}, 403},
        {{.target = "/api/items?q=kettle&per_page=1&include=category"}, 200},
        {{.target = "/api/items?min_price=0&per_page=1&count=estimated"}, 200},
        {{.target = "/api/items?category_id=1&page=500"}, 200},
        {{.target = "/api/nothing"}, 404},
        {{.method = "OPTIONS", .target = "/api/items"}, 204},
        {{.method = "PUT", .target = "/api/health"}, 405},
        {{.target = "/api/items?page=0&nothing=1"}, 400},
        {{.target = "/api/users/me", .token = editor}, 200},
        {{.target = "/api/users/me", .token = "a.b.c"}, 401},
        {{.target = "/api/users/me", .token = key}, 200},
        {{.target = "/api/auth/keys", .token = key}, 403},
        {{.target = "/api/auth/keys", .token = editor}, 200},
        {{.method = "POST",
          .target = "/api/auth/keys",
          .token = editor,
          .body = "{\"name\":\"a\",\"scopes\":[\"users:read\"],\"networks\":[\"::1\"]}"},
         400},
        {{.method = "POST",
          .target = "/api/auth/totp",
          .token = editor,
          .body = "{\"current_password\":\"editor-password-1\"}"},
         200},
        {{.method = "POST",
          .target = "/api/auth/totp/confirm",
          .token = editor,
          .body = "{\"code\":\"no code\"}"},
         400},
        {{.method = "POST",
          .target = "/api/items",
          .token = editor,
          .body = "{\"name\":\"Pot\",\"price\":1.5,\"category_id\":2}"},
         201},
        {{.method = "PATCH",
          .target = "/api/items/2",
          .token = editor,
          .body = "{\"quantity\":3,\"description\":null}"},
         200},
        {{.method = "POST",
          .target = "/api/items/2/adjust",
          .token = editor,
          .body = "{\"delta\":1}"},
         200},
        {{.method = "POST",
          .target = "/api/items/2/adjust",
          .token = editor,
          .body = "{\"delta\":-2147483647}"},
         409},
        {{.method = "POST",
          .target = "/api/categories",
          .token = editor,
          .body = "{\"name\":\"Kitchen\"}"},
         409},
        {{.method = "DELETE", .target = "/api/categories/1", .token = editor}, 409},
        {{.method = "POST",
          .target = "/api/items",
          .token = editor,
          .body = "{\"name\":\"Pot\",\"price\":1,\"category_id\":999}"},
         400},
        {{.method = "POST",
          .target = "/api/items/bulk",
          .token = editor,
          .body = "{\"operations\":[{\"op\":\"update\",\"id\":3,\"data\":{\"quantity\":3}},"
                  "{\"op\":\"create\",\"data\":{\"name\":\"Pan\",\"price\":2}}]}"},
         200},
        {{.method = "POST",
          .target = "/api/items/bulk",
          .token = editor,
          .body =
              "{\"operations\":[{\"op\":\"update\",\"id\":3,\"data\":{\"quantity\":3}},"
              "{\"op\":\"create\",\"data\":{\"name\":\"Pan\",\"price\":2,\"category_id\":999}}]}"},
         400},
        {{.method = "POST",
          .target = "/api/auth/login",
          .body = "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}"},
         200},
        {{.method = "POST",
          .target = "/api/auth/register",
          .body = "{\"email\":\"viewer@example.com\",\"password\":\"viewer-password-1\"}"},
         409},
        {{.method = "POST",
          .target = "/api/auth/password/forgot",
          .body = "{\"email\":\"viewer@example.com\"}"},
         202},
        {{.method = "POST",
          .target = "/api/auth/password/forgot",
          .body = "{\"email\":\"nobody@example.com\"}"},
         202},
        {{.method = "POST", .target = "/api/auth/email/resend", .token = editor}, 202},
        {{.method = "POST",
          .target = "/api/auth/email",
          .token = editor,
          .body = "{\"email\":\"x@example.org\",\"current_password\":\"editor-password-1\"}"},
         202},
        {{.method = "POST",
          .target = "/api/auth/password",
          .token = editor,
          .body = "{\"current_password\":\"editor-password-1\","
                  "\"new_password\":\"editor-password-1\"}"},
         200},
        {{.target = "/api/.well-known/jwks.json"}, 200},
        {{.target = "/api/users?role=viewer&q=example", .token = admin}, 200},
        {{.target = "/api/roles", .token = admin}, 200},
        {{.method = "POST",
          .target = "/api/users",
          .token = admin,
          .body = "{\"email\":\"viewer@example.com\",\"roles\":[\"viewer\"]}"},
         409},
        {{.method = "PATCH",
          .target = other,
          .token = admin,
          .body = "{\"name\":\"Vi\",\"email\":\"x@example.org\",\"is_active\":false}"},
         200},
        {{.method = "PUT",
          .target = api_format(api, "%s/roles", other),
          .token = admin,
          .body = "{\"roles\":[\"viewer\"]}"},
         200},
        {{.method = "DELETE",
          .target = api_format(api, "/api/users/%lld", (long long)api->user_ids[API_ADMIN]),
          .token = admin},
         409},
        /* Behind those that use the key: it has another secret then. */
        {{.method = "POST", .target = rotation, .token = editor, .body = "{\"overlap_s\":1}"}, 200},
    };

    api->app.config.account_mail_pause_s = 0;
    for (size_t i = 0; i < COUNT(cases); i++)
        failures += check(api, &cases[i].request, cases[i].success).failures;
    assert_true(failures >= 20);
}

static void without_memory_every_answer_is_whole(void **state)
{
    each_request(*state, fail_each_allocation);
}

static void a_connection_lost_at_any_statement_is_a_whole_answer(void **state)
{
    each_request(*state, lose_connection);
}

static void an_error_at_any_statement_is_a_whole_answer(void **state)
{
    each_request(*state, refuse_statement);
}

/* An answer that says "failed" must not stand for a row that is there, nor the other way round. */
static void rows_are_there_exactly_when_the_answer_says_so(void **state)
{
    static fault_check *const checks[] = {fail_each_allocation, lose_connection, refuse_statement};
    struct api *api = *state;
    const struct api_request request = {.method = "POST",
                                        .target = "/api/items",
                                        .token = api->tokens[API_EDITOR],
                                        .body = "{\"name\":\"Counted\",\"price\":1}"};
    unsigned made = 0;

    for (size_t i = 0; i < COUNT(checks); i++)
        made += checks[i](api, &request, 201).successes;
    assert_string_equal(api_ask(api, "SELECT count(*) FROM items WHERE name = 'Counted'"),
                        api_format(api, "%u", made));
}

/* The claim, the change and the kept answer fail one after the other, then so does each repetition.
 */
static void with_a_key_there_is_one_row_whatever_fails(void **state)
{
    static fault_check *const checks[] = {fail_each_allocation, lose_connection, refuse_statement};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(checks); i++) {
        const char *const variables[] = {api_format(api, "HTTP_IDEMPOTENCY_KEY=key-%zu", i), NULL};
        const struct api_request request = {
            .method = "POST",
            .target = "/api/items",
            .token = api->tokens[API_EDITOR],
            .body = api_format(api, "{\"name\":\"Keyed %zu\",\"price\":1}", i),
            .variables = variables};

        for (int round = 0; round < 2; round++) {
            struct tally tally = checks[i](api, &request, 201);

            assert_true(tally.failures > 3 && tally.successes > 0);
        }
    }
    assert_string_equal(api_ask(api, "SELECT string_agg(name, ',' ORDER BY name) FROM items "
                                     "WHERE name LIKE 'Keyed %'"),
                        "Keyed 0,Keyed 1,Keyed 2");
}

static void afterwards_everything_works(void **state)
{
    struct api *api = *state;
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR],
                   "{\"name\":\"Pot\",\"price\":1.5,\"category_id\":2}");

    api_expect(api, 200, "GET", api_header(api, made, "Location"), NULL, NULL);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                     "current_database() AND state LIKE 'idle in%'"),
                        "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_every_answer_is_whole),
        cmocka_unit_test(a_connection_lost_at_any_statement_is_a_whole_answer),
        cmocka_unit_test(an_error_at_any_statement_is_a_whole_answer),
        cmocka_unit_test(rows_are_there_exactly_when_the_answer_says_so),
        cmocka_unit_test(with_a_key_there_is_one_row_whatever_fails),
        cmocka_unit_test(afterwards_everything_works),
    };

    return cmocka_run_group_tests_name("faults", tests, api_make, api_drop);
}
