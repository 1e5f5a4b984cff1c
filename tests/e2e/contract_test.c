/* contract_test.c - the HTTP contract as a client meets it: through nginx, the workers and
 * PostgreSQL */
#include "support/site.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_LIMIT 65536

static int begin(void **state)
{
    static const char *const settings[] = {"KEEL_MAX_BODY_BYTES=65536", NULL};

    return site_begin(state, 2, settings);
}

static void test_health(void **state)
{
    struct site *site = *state;
    struct http *http = &site->http;

    assert_string_equal(
        http_text(http_expect(http, 200, "GET", "/api/health", NULL, NULL), "/data/status"), "ok");
    assert_string_equal(
        http_text(http_expect(http, 200, "GET", "/api/health/ready", NULL, NULL), "/data/status"),
        "ready");
    assert_true(http_int(http_expect(http, 200, "GET", "/api/version", NULL, NULL),
                         "/data/schema_version") > 0);
}

static const char *sign_up(struct http *http)
{
    static const char account[] =
        "{\"email\":\"New.Client@Example.com\",\"password\":\"a-long-password-1\"}";

    http_expect(http, 201, "POST", "/api/auth/register", NULL, account);
    http_must_fail(http_expect(http, 409, "POST", "/api/auth/register", NULL, account), 409,
                   "CONFLICT");
    const char *token = http_login(http, "new.client@example.com", "a-long-password-1");
    const struct http_reply *me = http_expect(http, 200, "GET", "/api/users/me", token, NULL);

    assert_int_equal(strcasecmp(http_text(me, "/data/email"), "new.client@example.com"), 0);
    return token;
}

/* Found in the list of the newest, as the next page of a shop would. */
static void find_in_list(struct http *http, int64_t id)
{
    const struct http_reply *list =
        http_expect(http, 200, "GET", "/api/items?per_page=5", NULL, NULL);

    assert_int_equal(http_int(list, "/data/pagination/per_page"), 5);
    for (int i = 0; i < 5; i++) {
        if (http_int(list, http_format(http, "/data/items/%d/id", i)) == id)
            return;
    }
    unit_fail("item %lld is not in %s", (long long)id, list->body);
}

static void test_life_of_an_item(void **state)
{
    struct site *site = *state;
    struct http *http = &site->http;
    const char *token = sign_up(http);
    const struct http_reply *reply = http_expect(http, 201, "POST", "/api/items", token,
                                                 "{\"name\":\"Enamel mug\",\"price\":19.99}");
    int64_t id = http_int(reply, "/data/id");
    const char *path = http_format(http, "/api/items/%lld", (long long)id);
    const char *restore = http_format(http, "%s/restore", path);

    assert_string_equal(http_header(http, reply, "Location"), path);
    assert_string_equal(http_text(reply, "/message"), "Item created successfully");
    reply = http_expect(http, 200, "GET", path, NULL, NULL);
    assert_non_null(strstr(reply->body, "\"price\":19.99,"));
    find_in_list(http, id);
    reply = http_expect(http, 200, "PUT", path, token,
                        "{\"name\":\"Enamel mug, blue\",\"price\":20,\"quantity\":3}");
    assert_int_equal(http_int(reply, "/data/quantity"), 3);
    reply = http_expect(http, 200, "PATCH", path, token, "{\"quantity\":4}");
    assert_int_equal(http_int(reply, "/data/quantity"), 4);
    assert_string_equal(http_text(reply, "/data/name"), "Enamel mug, blue");
    http_expect(http, 200, "DELETE", path, token, NULL);
    http_expect(http, 404, "GET", path, NULL, NULL);
    http_expect(http, 404, "DELETE", path, token, NULL);
    reply = http_expect(http, 200, "POST", restore, token, NULL);
    assert_int_equal(http_int(reply, "/data/quantity"), 4);
    http_expect(http, 200, "GET", path, NULL, NULL);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *method, *target, *body;
        int status;
        const char *code;
    } cases[] = {
        {"POST", "/api/items", "{\"name\":\"x\",\"price\":1}", 401, "UNAUTHORIZED"},
        {"GET", "/api/items/999999999", NULL, 404, "NOT_FOUND"},
        {"GET", "/api/nothing", NULL, 404, "NOT_FOUND"},
        {"PUT", "/api/items", "{}", 405, "METHOD_NOT_ALLOWED"},
        {"GET", "/api/items?colour=red", NULL, 400, "VALIDATION_ERROR"},
        {"GET", "/api/items?page=%zu", NULL, 400, "MALFORMED_REQUEST"},
        {"POST", "/api/auth/login", "{'email':1}", 400, "MALFORMED_REQUEST"},
    };
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        http_must_fail(http_expect(&site->http, cases[i].status, cases[i].method, cases[i].target,
                                   NULL, cases[i].body),
                       cases[i].status, cases[i].code);
    http_must_fail(http_expect(&site->http, 403, "POST", "/api/items", site->viewer,
                               "{\"name\":\"x\",\"price\":1}"),
                   403, "FORBIDDEN");
    http_must_fail(http_call(&site->http, &(struct http_request){.target = "/api/items",
                                                                 .token = site->editor,
                                                                 .body = "<item/>",
                                                                 .content_type = "text/xml"}),
                   415, "UNSUPPORTED_MEDIA_TYPE");
}

static void test_head(void **state)
{
    struct site *site = *state;
    struct http *http = &site->http;
    const struct http_reply *get = http_expect(http, 200, "GET", "/api/items/1", NULL, NULL);
    const struct http_reply *head = http_expect(http, 200, "HEAD", "/api/items/1", NULL, NULL);

    assert_int_equal(head->body_length, 0);
    assert_string_equal(http_header(http, head, "Content-Length"),
                        http_header(http, get, "Content-Length"));
    assert_int_equal(http_expect(http, 404, "HEAD", "/api/items/0", NULL, NULL)->body_length, 0);
}

static void test_paths(void **state)
{
    static const struct {
        const char *target;
        int status;
    } cases[] = {
        {"/api/items/", 200},          {"/api/items/1/", 200},  {"/api/health/", 200},
        {"/api/items%2F1", 404},       {"/api/items/%31", 200}, {"/api/./items", 404},
        {"/api/health/../items", 404}, {"/api//items", 404},
    };
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        http_expect(&site->http, cases[i].status, "GET", cases[i].target, NULL, NULL);
}

/* An item whose JSON is exactly so long; blanks behind it make up the length. */
static const char *make_body(struct http *http, const char *name, size_t length)
{
    char *body = arena_alloc(&http->scope.arena, length + 1);
    const char *json = http_format(http, "{\"name\":\"%s\",\"price\":1}", name);

    assert_non_null(body);
    memset(body, ' ', length);
    memcpy(body, json, strlen(json));
    return body;
}

static void test_body_limit(void **state)
{
    struct site *site = *state;
    struct http *http = &site->http;

    for (int chunked = 0; chunked <= 1; chunked++) {
        struct http_request request = {.target = "/api/items",
                                       .token = site->editor,
                                       .body = make_body(http, "Full", BODY_LIMIT),
                                       .chunked = chunked};

        request.method = "POST";
        assert_int_equal(http_call(http, &request)->status, 201);
        request.body = make_body(http, "Too full", BODY_LIMIT + 1);
        http_must_fail(http_call(http, &request), 413, "PAYLOAD_TOO_LARGE");
    }
    assert_string_equal(
        instance_ask(&site->instance, "SELECT count(*) FROM items WHERE name = 'Too full'"), "0");
}

static void test_chunked(void **state)
{
    struct site *site = *state;
    const struct http_reply *reply = http_call(
        &site->http, &(struct http_request){.method = "POST",
                                            .target = "/api/items",
                                            .token = site->editor,
                                            .body = "{\"name\":\"In pieces\",\"price\":2}",
                                            .chunked = true});

    assert_int_equal(reply->status, 201);
    assert_string_equal(http_text(reply, "/data/name"), "In pieces");
}

static void test_request_id_in_both_logs(void **state)
{
    static const char *const headers[] = {"X-Request-Id: a-client.s_own-id", NULL};
    struct site *site = *state;
    const struct http_reply *reply = http_call(
        &site->http, &(struct http_request){.target = "/api/items/1", .headers = headers});

    assert_string_equal(http_header(&site->http, reply, "X-Request-Id"), "a-client.s_own-id");
    assert_string_equal(site_log_text(site_logged(site, reply), "route"), "items.get");
    struct json_object *line = instance_logged_by_nginx(&site->instance, "a-client.s_own-id");

    assert_non_null(line);
    assert_int_equal(site_log_int(line, "status"), 200);
}

static void test_bad_request_id(void **state)
{
    static const char *const ids[] = {
        "short", "has blanks in it", "has\"quote-in-it",
        "12345678901234567890123456789012345678901234567890123456789012345"};
    struct site *site = *state;
    struct http *http = &site->http;

    for (size_t i = 0; i < COUNT(ids); i++) {
        const char *const headers[] = {http_format(http, "X-Request-Id: %s", ids[i]), NULL};
        const struct http_reply *reply =
            http_call(http, &(struct http_request){.target = "/api/health", .headers = headers});
        const char *id = http_header(http, reply, "X-Request-Id");

        assert_string_not_equal(id, ids[i]);
        assert_int_equal(strlen(id), 32);
        assert_string_equal(site_log_text(site_logged(site, reply), "route"), "system.health");
    }
}

static void test_forwarded_for(void **state)
{
    static const char *const headers[] = {"X-Forwarded-For: 203.0.113.7",
                                          "X-Forwarded-For: 198.51.100.9", "X-Real-IP: 203.0.113.7",
                                          "Forwarded: for=203.0.113.7", NULL};
    struct site *site = *state;
    const struct http_reply *reply = http_call(
        &site->http, &(struct http_request){.target = "/api/items/1", .headers = headers});

    assert_string_equal(site_log_text(site_logged(site, reply), "client"), "127.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "health, readiness and version answer", .test_func = test_health},
        {.name = "a new client makes, lists, changes, deletes and restores an item",
         .test_func = test_life_of_an_item},
        {.name = "what is refused is refused with its code", .test_func = test_refusals},
        {.name = "HEAD says what GET says, without a body", .test_func = test_head},
        {.name = "a slash at the end changes nothing, an escaped one does not split",
         .test_func = test_paths},
        {.name = "a body of exactly the limit passes, one byte more is 413",
         .test_func = test_body_limit},
        {.name = "a body without a length is taken", .test_func = test_chunked},
        {.name = "the caller's request id is in the answer and in both logs",
         .test_func = test_request_id_in_both_logs},
        {.name = "a request id that is none is replaced", .test_func = test_bad_request_id},
        {.name = "a client cannot say where it comes from", .test_func = test_forwarded_for},
    };

    return cmocka_run_group_tests_name("contract", tests, begin, site_end);
}
