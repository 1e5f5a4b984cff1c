/* servers_test.c - the same answers through every web server that there is a configuration for */
#include "support/through.h"

#include "keel/core/buffer.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <string.h>

#define BODY_LIMIT (1 << 20)

static void test_paths(void **state)
{
    static const struct {
        const char *target;
        int status;
        const char *code;
    } cases[] = {
        {"/api/items/1", 200, NULL},
        {"/api/items/1/", 200, NULL},
        {"/api/items/%31", 200, NULL},
        {"/api/items/1?", 200, NULL},
        {"/api/items%2F1", 404, "NOT_FOUND"},
        {"/api//items/1", 404, "NOT_FOUND"},
        {"/api/./items/1", 404, "NOT_FOUND"},
        {"/api/x/../items/1", 404, "NOT_FOUND"},
        {"/api/x/%2e%2e/items/1", 404, "NOT_FOUND"},
        {"/x/../api/items/1", 404, "NOT_FOUND"},
        {"/%61pi/items/1", 404, "NOT_FOUND"},
        {"/api/items/%c3%a9", 404, "NOT_FOUND"},
        {"/api/items%0d%0aX-Evil:%20yes", 404, "NOT_FOUND"},
        {"/api/items/1.php", 404, "NOT_FOUND"},
        {"/api", 404, "NOT_FOUND"},
        {"/api/", 404, "NOT_FOUND"},
        {"/api/.keel-error", 404, "NOT_FOUND"},
        {"/api/%zz", 400, "MALFORMED_REQUEST"},
        {"/api/items?q=%zu", 400, "MALFORMED_REQUEST"},
        {"/api/items?colour=red", 400, "VALIDATION_ERROR"},
    };
    struct through *through = through_begin(state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct http_reply *reply = through_ask(through, "GET", cases[i].target, NULL);

        if (reply->status != cases[i].status)
            unit_fail("%s: %d %s", cases[i].target, reply->status, reply->body);
        through_must(reply, cases[i].status, cases[i].code);
        assert_null(http_header(&through->http, reply, "X-Evil"));
    }
}

static void test_outside(void **state)
{
    static const char *const targets[] = {"/apix", "/apix/items", "/elsewhere", "/.keel-error",
                                          "/keel-error.shtml"};
    struct through *through = through_begin(state);

    for (size_t i = 0; i < COUNT(targets); i++)
        through_must(through_ask(through, "GET", targets[i], NULL), 404, "NOT_FOUND");
}

static void test_query(void **state)
{
    static const char body[] = "{\"name\":\"50 % + a&b=c? #1/2 \\u00e9\",\"price\":1}";
    static const char target[] = "/api/items?q=50+%25%20%2B+a%26b=c?+%231%2f2+%C3%A9&sort=-id";
    struct through *through = through_begin(state);
    int64_t id = http_int(through_post(through, body, 0, false), "/data/id");

    assert_int_equal(http_int(through_ask(through, "GET", target, NULL), "/data/items/0/id"), id);
}

static void test_methods(void **state)
{
    static const struct {
        const char *method;
        int status;
    } cases[] = {{"DELETE", 405},   {"PATCH", 405}, {"BREW", 405},
                 {"PROPFIND", 405}, {"TRACE", 405}, {"OPTIONS", 204}};
    struct through *through = through_begin(state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct http_reply *reply = through_ask(through, cases[i].method, "/api/items", NULL);

        if (reply->status != cases[i].status)
            unit_fail("%s: %d", cases[i].method, reply->status);
        assert_non_null(strstr(http_header(&through->http, reply, "Allow"), "GET"));
    }
}

static void test_authorization(void **state)
{
    static const char item[] = "{\"name\":\"Through a web server\",\"price\":1.50}";
    struct through *through = through_begin(state);
    struct http *http = &through->http;
    const struct http_reply *made = through_post(through, item, 0, false);

    through_must(made, 201, NULL);
    assert_string_equal(
        http_header(http, made, "Location"),
        http_format(http, "/api/items/%lld", (long long)http_int(made, "/data/id")));
    through_must(
        through_ask(through, "GET", "/api/users/me",
                    http_format(http, "Authorization: bearer %s", through_site(through)->viewer)),
        200, NULL);
    through_must(through_ask(through, "GET", "/api/users/me", NULL), 401, "UNAUTHORIZED");
    through_must(through_ask(through, "GET", "/api/items/1", "Authorization: Bearer x.y.z"), 401,
                 "UNAUTHORIZED");
    through_must(through_ask(through, "GET", "/api/items/1", "Authorization: Basic eDp5"), 401,
                 "UNAUTHORIZED");
    through_must(
        http_expect(http, 403, "DELETE", "/api/items/1", through_site(through)->viewer, NULL), 403,
        "FORBIDDEN");
    /* The last one's words are not the next one's. */
    assert_string_equal(http_text(http_expect(http, 200, "GET", "/api/users/me",
                                              through_site(through)->editor, NULL),
                                  "/data/email"),
                        "editor@example.com");
}

static void test_head(void **state)
{
    static const char *const names[] = {"Content-Length", "Content-Type", "ETag", "Cache-Control"};
    struct through *through = through_begin(state);
    const struct http_reply *get = through_ask(through, "GET", "/api/items/1", NULL);
    const struct http_reply *head = through_ask(through, "HEAD", "/api/items/1", NULL);

    through_must(head, 200, NULL);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = http_header(&through->http, head, names[i]);

        assert_non_null(value);
        assert_string_equal(value, http_header(&through->http, get, names[i]));
    }
    through_must(through_ask(through, "HEAD", "/api/items/0", NULL), 404, NULL);
}

/* Exactly so many bytes of JSON. */
static char *make_body(struct through *through, size_t size)
{
    static const char item[] = "{\"name\":\"At the limit\",\"price\":1}";
    char *body = scope_alloc(&through->http.scope, size + 1);

    assert_non_null(body);
    memset(body, ' ', size);
    memcpy(body + size - (sizeof item - 1), item, sizeof item);
    return body;
}

static void test_limit(void **state)
{
    struct through *through = through_begin(state);

    for (int chunked = 0; chunked <= 1; chunked++) {
        through_must(through_post(through, make_body(through, 100), 0, chunked), 201, NULL);
        through_must(through_post(through, make_body(through, BODY_LIMIT), 0, chunked), 201, NULL);
        through_must(through_post(through, make_body(through, BODY_LIMIT + 1), 0, chunked), 413,
                     "PAYLOAD_TOO_LARGE");
        through_must(through_post(through, make_body(through, 3 * BODY_LIMIT), 0, chunked), 413,
                     "PAYLOAD_TOO_LARGE");
    }
    through_must(
        http_expect(&through->http, 400, "POST", "/api/items", through_site(through)->editor, ""),
        400, "MALFORMED_REQUEST");
}

static void test_conditions(void **state)
{
    struct through *through = through_begin(state);
    struct http *http = &through->http;
    int64_t id = http_int(through_post(through, make_body(through, 100), 0, false), "/data/id");
    const char *target = http_format(http, "/api/items/%lld", (long long)id);
    const char *const old[] = {"If-Match: \"7\"", NULL}, *const now[] = {"If-Match: \"1\"", NULL};
    struct http_request change = {.method = "PATCH",
                                  .target = target,
                                  .token = through_site(through)->editor,
                                  .body = "{\"quantity\":2}",
                                  .headers = old};

    through_must(through_ask(through, "GET", target, "If-None-Match: \"1\""), 304, NULL);
    through_must(through_ask(through, "GET", target, "If-None-Match: W/\"1\""), 304, NULL);
    through_must(through_ask(through, "GET", target, "If-None-Match: \"2\""), 200, NULL);
    through_must(
        through_ask(through, "GET", target, "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"),
        200, NULL);
    through_must(through_ask(through, "GET", target, "Range: bytes=0-3"), 200, NULL);
    through_must(http_call(http, &change), 412, "PRECONDITION_FAILED");
    change.headers = now;
    through_must(http_call(http, &change), 200, NULL);
    through_must(through_ask(through, "GET", target, "If-None-Match: \"1\""), 200, NULL);
}

static void test_client(void **state)
{
    static const struct {
        const char *const headers[3];
        const char *client;
    } cases[] = {
        {{NULL}, "127.0.0.1"},
        {{"X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 198.51.100.7"}, "198.51.100.7"},
        {{"X-Forwarded-For: 203.0.113.9, 198.51.100.7, 127.0.0.1"}, "198.51.100.7"},
        {{"X_Forwarded_For: 203.0.113.9", "Remote-Addr: 203.0.113.9"}, "127.0.0.1"},
        {{"Proxy: http://203.0.113.9/"}, "127.0.0.1"},
    };
    struct through *through = through_begin(state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct http_reply *reply =
            http_call(&through->http, &(struct http_request){.target = "/api/items/1?",
                                                             .headers = cases[i].headers});
        struct json_object *line = site_logged(through_site(through), reply);

        assert_string_equal(site_log_text(line, "client"), cases[i].client);
        assert_string_equal(site_log_text(line, "route"), "items.get");
    }
}

static void test_request_id(void **state)
{
    /* One of the program's and one of the web server's own. */
    static const char *const targets[] = {"/api/items/1", "/elsewhere"};
    struct through *through = through_begin(state);
    struct http *http = &through->http;

    for (size_t i = 0; i < COUNT(targets); i++) {
        const char *given = http_header(
            http, through_ask(through, "GET", targets[i], "X-Request-Id: mine.of-2026_1"),
            "X-Request-Id");
        const char *bad =
            http_header(http, through_ask(through, "GET", targets[i], "X-Request-Id: two words"),
                        "X-Request-Id");
        const char *other =
            http_header(http, through_ask(through, "GET", targets[i], NULL), "X-Request-Id");

        assert_string_equal(given, "mine.of-2026_1");
        assert_true(strlen(bad) >= 8 && strlen(bad) <= 64);
        assert_int_equal(strspn(bad, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789._-"),
                         strlen(bad));
        assert_string_not_equal(bad, other);
    }
}

static void test_large(void **state)
{
    struct through *through = through_begin(state);
    struct http *http = &through->http;
    struct http_reply reply;
    struct buffer body;

    assert_true(http_send(http, &(struct http_request){.target = "/api/openapi.json"}, &reply));
    assert_int_equal(reply.status, 200);
    assert_true(reply.body_length > 100000 && reply.json);
    buffer_init(&body, &http->scope.arena);
    buffer_add_text(&body, "{\"operations\":[");
    for (int i = 0; i < 1000; i++)
        buffer_add_format(&body,
                          "%s{\"op\":\"create\",\"data\":{\"name\":\"Of many\",\"price\":1,"
                          "\"description\":\"%0900d\"}}",
                          i ? "," : "", i);
    buffer_add_text(&body, "]}");
    assert_true(!body.failed && body.length > 900000);
    http_expect(http, 200, "POST", "/api/items/bulk", through_site(through)->editor, body.data);
}

static int64_t count_items(struct through *through)
{
    return http_int(through_ask(through, "GET", "/api/items?per_page=1", NULL),
                    "/data/pagination/total");
}

static size_t count_exported(struct http *http)
{
    struct http_reply reply;
    size_t lines = 0;

    assert_true(http_send(http, &(struct http_request){.target = "/api/items/export?format=ndjson"},
                          &reply));
    assert_int_equal(reply.status, 200);
    for (const char *at = reply.body; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    return lines;
}

/* A file larger than any other body may be, and all that is there as another. */
static void test_files(void **state)
{
    struct through *through = through_begin(state);
    struct http *http = &through->http;
    struct buffer rows;

    buffer_init(&rows, &http->scope.arena);
    buffer_add_text(&rows, "name,price,description\n");
    for (int i = 0; i < 3000; i++)
        buffer_add_format(&rows, "Of a file,1.50,%01000d\n", i);
    assert_true(!rows.failed && rows.length > 2 * BODY_LIMIT);
    for (int chunked = 0; chunked <= 1; chunked++) {
        const struct http_reply *taken =
            http_call(http, &(struct http_request){.method = "POST",
                                                   .target = "/api/items/import",
                                                   .token = through_site(through)->editor,
                                                   .body = rows.data,
                                                   .body_length = rows.length,
                                                   .content_type = "text/csv",
                                                   .chunked = chunked});

        through_must(taken, 202, NULL);
        assert_non_null(http_header(http, taken, "Location"));
    }
    /* The imports may be carried out meanwhile. */
    int64_t before, after = count_items(through);
    size_t lines;

    do {
        before = after;
        lines = count_exported(http);
        after = count_items(through);
    } while (before != after);
    assert_int_equal(lines, after);
}

static void test_docs(void **state)
{
    struct through *through = through_begin(state);
    struct http_reply page;

    assert_true(http_send(&through->http, &(struct http_request){.target = "/api/docs/"}, &page));
    assert_int_equal(page.status, 200);
    assert_string_equal(http_header(&through->http, &page, "Content-Type"),
                        "text/html; charset=utf-8");
    assert_non_null(strstr(page.body, "<title>Keel API</title>"));
    assert_non_null(strstr(http_header(&through->http, &page, "Content-Security-Policy"),
                           "script-src 'self'; style-src 'self'"));
    through_must(through_ask(through, "GET", "/api/docs/nothing.js", NULL), 404, "NOT_FOUND");
}

int main(void)
{
    static const struct through_check checks[] = {
        {"a path is the program's to judge, as it was sent", test_paths, 0},
        {"what is not below /api is 404", test_outside, 0},
        {"a query arrives as it was sent", test_query, 0},
        {"methods are allowed or named", test_methods, 0},
        {"Authorization arrives, and is nobody else's", test_authorization, 0},
        {"HEAD has the headers of GET", test_head, 0},
        {"a body passes up to the very limit, chunked or not", test_limit, 0},
        {"conditions are the program's to judge", test_conditions, 0},
        {"the client's address is the right one", test_client, 0},
        {"every answer has a request id", test_request_id, 0},
        {"large bodies and large answers arrive whole", test_large, 0},
        {"files are taken in and given out whole", test_files, 0},
        {"the page at /api/docs is there", test_docs, 0},
    };

    return through_run("servers", checks, COUNT(checks));
}
