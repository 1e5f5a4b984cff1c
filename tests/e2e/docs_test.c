/* docs_test.c - the page at /api/docs as nginx serves it; tests/browser looks at it in a browser */
#include "support/site.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <string.h>

static int begin(void **state)
{
    return site_begin(state, 2, NULL);
}

/* The answer to a request for a file, which is in no envelope. */
static const struct http_reply *get(struct http *http, const struct http_request *request,
                                    int status)
{
    struct http_reply *reply = arena_alloc(&http->scope.arena, sizeof *reply);

    assert_non_null(reply);
    assert_true(http_send(http, request, reply));
    if (reply->status != status)
        unit_fail("%s: not %d, but %s", request->target, status, reply->head);
    assert_non_null(http_header(http, reply, "X-Request-Id"));
    return reply;
}

static void must_say(struct http *http, const struct http_reply *reply, const char *name,
                     const char *wanted)
{
    const char *value = http_header(http, reply, name);

    if (!value || strcmp(value, wanted) != 0)
        unit_fail("%s is not %s in %s", name, wanted, reply->head);
}

static void test_page(void **state)
{
    static const char *const targets[] = {"/api/docs", "/api/docs/", "/api/docs?from=a-link"};
    struct http *http = &((struct site *)*state)->http;

    for (size_t i = 0; i < COUNT(targets); i++) {
        const struct http_reply *page =
            get(http, &(struct http_request){.target = targets[i]}, 200);
        const char *policy = http_header(http, page, "Content-Security-Policy");

        must_say(http, page, "Content-Type", "text/html; charset=utf-8");
        must_say(http, page, "Cache-Control", "no-cache");
        must_say(http, page, "X-Content-Type-Options", "nosniff");
        must_say(http, page, "Referrer-Policy", "no-referrer");
        assert_non_null(strstr(page->body, "<title>Keel API</title>"));
        assert_non_null(policy);
        assert_non_null(strstr(policy, "default-src 'none'; script-src 'self'; style-src 'self';"));
        assert_non_null(strstr(policy, "frame-ancestors 'none'"));
        assert_null(strstr(policy, "unsafe"));
    }
}

/* Whatever src="..." or href="..." of the page names below /api/docs/. */
static void each_file(struct http *http, const char *page,
                      void (*check)(struct http *http, const char *target))
{
    size_t count = 0;

    for (const char *at = strstr(page, "=\"/api/docs/"); at; at = strstr(at + 2, "=\"/api/docs/")) {
        check(http, http_format(http, "%.*s", (int)strcspn(at + 2, "\""), at + 2));
        count++;
    }
    assert_true(count >= 5);
}

static void check_file(struct http *http, const char *target)
{
    static const char *const zipped[] = {"Accept-Encoding: gzip", NULL};
    bool is_package = strstr(target, "/swagger-ui-") != NULL;
    const struct http_reply *plain = get(http, &(struct http_request){.target = target}, 200);
    const struct http_reply *small =
        get(http, &(struct http_request){.target = target, .headers = zipped}, 200);

    must_say(http, plain, "Cache-Control",
             is_package ? "public, max-age=31536000, immutable" : "no-cache");
    must_say(http, plain, "X-Content-Type-Options", "nosniff");
    must_say(http, small, "Content-Encoding", "gzip");
    must_say(http, small, "Vary", "Accept-Encoding");
    assert_null(http_header(http, plain, "Content-Encoding"));
    if (strstr(target, ".js"))
        must_say(http, plain, "Content-Type", "text/javascript; charset=utf-8");
    if (strstr(target, ".css"))
        must_say(http, plain, "Content-Type", "text/css; charset=utf-8");
}

static void test_files(void **state)
{
    struct http *http = &((struct site *)*state)->http;
    const struct http_reply *page = get(http, &(struct http_request){.target = "/api/docs"}, 200);

    each_file(http, page->body, check_file);
}

static void test_unchanged(void **state)
{
    struct http *http = &((struct site *)*state)->http;
    const struct http_reply *page = get(http, &(struct http_request){.target = "/api/docs"}, 200);
    const char *const headers[] = {
        http_format(http, "If-None-Match: %s", http_header(http, page, "ETag")), NULL};

    page = get(http, &(struct http_request){.target = "/api/docs", .headers = headers}, 304);
    assert_int_equal(page->body_length, 0);
}

static void test_missing(void **state)
{
    static const char *const targets[] = {
        "/api/docs/nothing.js",         "/api/docs/swagger-ui-5.35.0",
        "/api/docs/swagger-ui-5.35.0/", "/api/docs/page.js/",
        "/api/docs/index.html.new",     "/api/docs/%2e%2e/keel.env",
        "/api/docs/..%2fkeel.env",      "/api/docsx",
    };
    struct http *http = &((struct site *)*state)->http;

    for (size_t i = 0; i < COUNT(targets); i++)
        http_must_fail(http_expect(http, 404, "GET", targets[i], NULL, NULL), 404, "NOT_FOUND");
}

static void test_methods(void **state)
{
    static const char *const targets[] = {"/api/docs", "/api/docs/", "/api/docs/page.js"};
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
    struct http *http = &((struct site *)*state)->http;

    for (size_t i = 0; i < COUNT(targets); i++) {
        for (size_t m = 0; m < COUNT(methods); m++) {
            const struct http_reply *reply =
                http_expect(http, 405, methods[m], targets[i], NULL, NULL);

            http_must_fail(reply, 405, "METHOD_NOT_ALLOWED");
            must_say(http, reply, "Allow", "GET, HEAD, OPTIONS");
        }
        must_say(http, http_expect(http, 204, "OPTIONS", targets[i], NULL, NULL), "Allow",
                 "GET, HEAD, OPTIONS");
        const struct http_reply *page =
            get(http, &(struct http_request){.target = targets[i]}, 200);
        const struct http_reply *head = http_expect(http, 200, "HEAD", targets[i], NULL, NULL);

        must_say(http, head, "Content-Length", http_header(http, page, "Content-Length"));
        assert_null(http_header(http, page, "Allow"));
    }
    /* What nginx itself refuses elsewhere has the methods of all paths. */
    assert_non_null(strstr(
        http_header(http, http_expect(http, 405, "TRACE", "/api/items", NULL, NULL), "Allow"),
        "PATCH"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "the page is there, under a policy without an exception", .test_func = test_page},
        {.name = "each file it names is there, compressed for those who take it",
         .test_func = test_files},
        {.name = "a page that has not changed is not sent again", .test_func = test_unchanged},
        {.name = "what is not there is a 404 in the envelope", .test_func = test_missing},
        {.name = "it can be read and not written to", .test_func = test_methods},
    };

    return cmocka_run_group_tests_name("docs", tests, begin, site_end);
}
