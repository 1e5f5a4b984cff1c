/* nginx_test.c - what nginx does by itself: keeps public answers, and answers errors of its own */
#include "support/site.h"
#include "support/worker.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SHOP  "https://shop.example"
#define KEPT  2 /* seconds */
#define TRIES 5 /* as a busy machine may let an answer grow old between two requests */

static const char *const settings[] = {"KEEL_CACHE_SECONDS=2", "KEEL_CORS_ORIGINS=" SHOP, NULL};

static int begin(void **state)
{
    return site_begin(state, 2, settings);
}

static const struct http_reply *ask(struct site *site, const char *method, const char *target,
                                    const char *header)
{
    const char *const headers[] = {header, NULL};

    return http_call(&site->http, &(struct http_request){
                                      .method = method, .target = target, .headers = headers});
}

static const struct http_reply *read_item(struct site *site, int64_t id, const char *header)
{
    return ask(site, "GET", http_format(&site->http, "/api/items/%lld", (long long)id), header);
}

/* nginx counts whole seconds, so what it keeps may live for one more. */
static void wait_until_over(void)
{
    sleep_ms(KEPT * 1000 + 1100);
}

/* What is kept does not know of it. */
static void change(struct site *site, int64_t id, int64_t quantity)
{
    http_expect(&site->http, 200, "PATCH",
                http_format(&site->http, "/api/items/%lld", (long long)id), site->editor,
                http_format(&site->http, "{\"quantity\":%lld}", (long long)quantity));
}

/* Reads an item, changes it, and reads it with another header: whether that gives the old one. */
static bool is_old(struct site *site, int64_t id, const char *first, const char *second)
{
    static int64_t quantity;

    read_item(site, id, first);
    change(site, id, ++quantity);
    const struct http_reply *reply = read_item(site, id, second);

    assert_int_equal(reply->status, 200);
    return http_int(reply, "/data/quantity") != quantity;
}

static bool becomes_old(struct site *site, int64_t id, const char *first, const char *second)
{
    for (int i = 0; i < TRIES; i++) {
        if (is_old(site, id, first, second))
            return true;
    }
    return false;
}

static void test_kept(void **state)
{
    struct site *site = *state;
    int64_t id = site_make_item(site, "Kept");

    assert_true(becomes_old(site, id, NULL, NULL));
    assert_true(becomes_old(site, id, "Origin: " SHOP, "Origin: " SHOP));
}

static void test_not_asked(void **state)
{
    struct site *site = *state;
    const char *status = "";

    for (int i = 0; i < TRIES && strcmp(status, "HIT") != 0; i++) {
        ask(site, "GET", "/api/items?per_page=3", NULL);
        const struct http_reply *reply = ask(site, "GET", "/api/items?per_page=3", NULL);
        const char *id = http_header(&site->http, reply, "X-Request-Id");
        struct json_object *line = instance_logged_by_nginx(&site->instance, id);

        assert_non_null(line);
        status = site_log_text(line, "cache");
        if (strcmp(status, "HIT") == 0) {
            assert_string_equal(site_log_text(line, "upstream_status"), "");
            assert_null(strstr(instance_read(&site->instance, "log/keel/keel.log"), id));
        }
    }
    assert_string_equal(status, "HIT");
}

static void test_seen_soon(void **state)
{
    struct site *site = *state;
    int64_t id = site_make_item(site, "Changed");

    read_item(site, id, NULL);
    change(site, id, 7);
    wait_until_over();
    assert_int_equal(http_int(read_item(site, id, NULL), "/data/quantity"), 7);
}

/* Whoever says who they are, or might, is answered by a worker, and nobody gets that answer. */
static void test_credentials(void **state)
{
    struct site *site = *state;
    int64_t id = site_make_item(site, "Own");
    const char *token = http_format(&site->http, "Authorization: Bearer %s", site->viewer);
    const char *const others[] = {token, "Cookie: a=b", "If-Match: \"1\""};

    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(is_old(site, id, NULL, others[i]));
        wait_until_over();
        assert_false(is_old(site, id, others[i], NULL));
    }
    const struct http_reply *reply = read_item(site, id, token);

    assert_string_equal(http_header(&site->http, reply, "Cache-Control"), "private, no-cache");
    read_item(site, id, NULL);
    http_must_fail(read_item(site, id, "Authorization: 0"), 401, "UNAUTHORIZED");
}

static void test_errors(void **state)
{
    struct site *site = *state;

    for (int i = 0; i < TRIES; i++) {
        int64_t next = site_make_item(site, "Last") + 1;

        http_must_fail(read_item(site, next, NULL), 404, "NOT_FOUND");
        if (site_make_item(site, "Next") == next)
            assert_int_equal(read_item(site, next, NULL)->status, 200);
    }
}

/* HEAD goes by; whichever comes first, each gets what is its own. */
static void test_head(void **state)
{
    struct site *site = *state;
    int64_t id = site_make_item(site, "Headed");
    const char *path = http_format(&site->http, "/api/items/%lld", (long long)id);

    for (int i = 0; i < 2; i++) {
        const struct http_reply *head = ask(site, "HEAD", path, NULL);
        const struct http_reply *get = ask(site, "GET", path, NULL);

        assert_int_equal(head->body_length, 0);
        assert_int_equal(http_int(get, "/data/id"), id);
        assert_string_equal(http_header(&site->http, head, "Content-Length"),
                            http_header(&site->http, get, "Content-Length"));
        assert_string_equal(http_header(&site->http, head, "ETag"), "\"1\"");
    }
}

static void test_conditions(void **state)
{
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"If-None-Match: \"1\"", 304}, {"If-None-Match: W/\"1\"", 304},
        {"If-None-Match: *", 304},     {"If-None-Match: \"7\", \"1\"", 304},
        {"If-None-Match: \"2\"", 200}, {"If-None-Match: \"11\"", 200},
        {"If-Modified-Since: 0", 200}, {"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 200},
        {"If-Match: \"2\"", 200},
    };
    struct site *site = *state;
    int64_t id = site_make_item(site, "Known");

    /* The first is answered by a worker, the second from what is kept. */
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        const struct http_reply *reply = read_item(site, id, cases[i / 2].header);

        if (reply->status != cases[i / 2].status)
            unit_fail("%s gave %d", cases[i / 2].header, reply->status);
        assert_string_equal(http_header(&site->http, reply, "ETag"), "\"1\"");
        assert_string_equal(http_header(&site->http, reply, "Cache-Control"), "public, no-cache");
        assert_string_equal(http_header(&site->http, reply, "Vary"), "Origin, Authorization");
        assert_int_equal(reply->body_length == 0, reply->status == 304);
        if (i % 2 && i + 1 < 2 * COUNT(cases) && cases[i / 2 + 1].status != cases[i / 2].status)
            wait_until_over();
    }
}

static void test_request_id(void **state)
{
    struct site *site = *state;

    for (int i = 0; i < 3; i++) {
        const char *id = http_format(&site->http, "request-of-mine-%d", i);
        const struct http_reply *reply =
            ask(site, "GET", "/api/categories", http_format(&site->http, "X-Request-Id: %s", id));

        assert_string_equal(http_header(&site->http, reply, "X-Request-Id"), id);
    }
}

/* A page of one origin is not told what another was. */
static void test_origins(void **state)
{
    struct site *site = *state;

    for (int i = 0; i < 3; i++) {
        const struct http_reply *none = ask(site, "GET", "/api/categories/1", NULL);
        const struct http_reply *shop = ask(site, "GET", "/api/categories/1", "Origin: " SHOP);
        const struct http_reply *evil =
            ask(site, "GET", "/api/categories/1", "Origin: https://evil.example");

        assert_null(http_header(&site->http, none, "Access-Control-Allow-Origin"));
        assert_string_equal(http_header(&site->http, shop, "Access-Control-Allow-Origin"), SHOP);
        assert_null(http_header(&site->http, evil, "Access-Control-Allow-Origin"));
    }
}

/* Errors that no worker hears of: a page of an allowed origin may read them, too. */
static void test_own_errors(void **state)
{
    static const struct {
        const char *origin, *allowed;
    } cases[] = {
        {SHOP, SHOP},
        {"https://evil.example", NULL},
        {"https://shop.example.evil.example", NULL},
        {"https://SHOP.example", NULL},
        {"https://shopxexample", NULL},
    };
    struct site *site = *state;
    size_t size = (1 << 20) + 1;
    char *body = scope_alloc(&site->http.scope, size + 1);

    assert_non_null(body);
    memset(body, ' ', size);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const headers[] = {http_format(&site->http, "Origin: %s", cases[i].origin),
                                       "Expect:", NULL};
        const struct http_reply *reply =
            http_call(&site->http, &(struct http_request){.method = "POST",
                                                          .target = "/api/items",
                                                          .token = site->editor,
                                                          .body = body,
                                                          .headers = headers});
        const char *allowed = http_header(&site->http, reply, "Access-Control-Allow-Origin");

        http_must_fail(reply, 413, "PAYLOAD_TOO_LARGE");
        assert_string_equal(http_header(&site->http, reply, "Vary"), "Origin");
        assert_int_equal(allowed != NULL, cases[i].allowed != NULL);
        if (allowed)
            assert_string_equal(allowed, cases[i].allowed);
    }
}

/* The last: the instance has other settings behind it. */
static void test_off(void **state)
{
    struct site *site = *state;

    instance_configure(&site->instance, NULL);
    int64_t id = site_make_item(site, "Fresh");

    for (int i = 0; i < TRIES; i++)
        assert_false(is_old(site, id, NULL, NULL));
    const struct http_reply *reply = read_item(site, id, NULL);
    struct json_object *line =
        instance_logged_by_nginx(&site->instance, http_header(&site->http, reply, "X-Request-Id"));

    assert_non_null(line);
    assert_string_equal(site_log_text(line, "cache"), "");
    assert_string_equal(site_log_text(line, "upstream_status"), "200");
}

static void signal_auth(struct site *site, int number)
{
    pid_t pids[INSTANCE_WORKERS_MAX];
    size_t count = instance_auth_pids(&site->instance, pids);

    assert_int_equal(count, INSTANCE_AUTH_WORKERS);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(kill(pids[i], number), 0);
}

/* Whoever is answered while the workers for /api/auth/ are stopped does not depend on them. */
static void test_own_workers(void **state)
{
    static const char login[] =
        "POST /api/auth/login HTTP/1.1\r\nHost: keel\r\nContent-Type: application/json\r\n"
        "Content-Length: 61\r\n\r\n"
        "{\"email\":\"editor@example.com\",\"password\":\"editor-password-1\"}";
    struct site *site = *state;
    struct http_reply reply;

    signal_auth(site, SIGSTOP);
    int fd = http_connect(&site->http);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    bool sent = http_write(fd, login, sizeof login - 1);
    int early = poll(&wait, 1, 300);
    int items = ask(site, "GET", "/api/items?per_page=1", NULL)->status;
    const struct http_reply *refresh = http_call(
        &site->http, &(struct http_request){.target = "/api/auth/refresh",
                                            .body = "{\"refresh_token\":\"kr_of-nobody\"}"});

    /* Before anything is claimed: a test that fails must not leave them stopped. */
    signal_auth(site, SIGCONT);
    assert_true(sent);
    assert_int_equal(early, 0);
    assert_int_equal(items, 200);
    assert_int_equal(refresh->status, 401);
    http_read(&site->http, fd, "POST", &reply);
    assert_int_equal(reply.status, 200);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a public answer is kept for a moment", .test_func = test_kept},
        {.name = "what is kept is answered without a worker", .test_func = test_not_asked},
        {.name = "a change is seen when the moment is over", .test_func = test_seen_soon},
        {.name = "nothing is kept of or for whoever has credentials",
         .test_func = test_credentials},
        {.name = "no error is kept", .test_func = test_errors},
        {.name = "HEAD and GET are not mixed up", .test_func = test_head},
        {.name = "conditional requests get what a worker would say", .test_func = test_conditions},
        {.name = "each answer has the id of its own request", .test_func = test_request_id},
        {.name = "each origin is told its own", .test_func = test_origins},
        {.name = "errors of nginx's own are told to the pages that may read them",
         .test_func = test_own_errors},
        {.name = "without the setting nothing is kept", .test_func = test_off},
        {.name = "logins have workers of their own, and nobody else waits for them",
         .test_func = test_own_workers},
    };

    return cmocka_run_group_tests_name("nginx", tests, begin, site_end);
}
