/* smuggling_test.c - bodies that hold requests of their own, through nginx: never served, answers
 * never mixed */
#include "keel/core/buffer.h"

#include "support/fcgi_client.h"
#include "support/site.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORGED_SIZE 128

/* Of bodies: below libfcgi's buffer, below nginx's own, and above it (so that nginx keeps the body
 * in a file). */
static const size_t sizes[] = {100, 20000, 150000};

/* The ways a request is refused before its body is read. GET comes over kept connections, the
 * others over fresh ones. */
static const struct exit {
    const char *method, *target, *header;
    int status;
} exits[] = {
    {"GET", "/api/items/1", "Authorization: Bearer x.y.z", 401},
    {"GET", "/api/users", NULL, 401},
    {"GET", "/api/nothing", NULL, 404},
    {"GET", "/api/items/0", NULL, 404},
    {"GET", "/api/auth/login", NULL, 405},
    {"GET", "/api/items?colour=red", NULL, 400},
    {"GET", "/api/items?q=%zu", NULL, 400},
    {"GET", "/api/items/1", NULL, 200},
    {"GET", "/api/health", NULL, 200},
    {"HEAD", "/api/items/1", NULL, 200},
    {"BREW", "/api/items/1", NULL, 405},
    {"POST", "/api/items", NULL, 401},
    {"POST", "/api/items/1", NULL, 405},
    {"DELETE", "/api/items/1", NULL, 401},
    {"POST", "/api/auth/login", "Content-Type: text/xml", 415},
    {"PUT", "/api/nothing", NULL, 404},
    {"OPTIONS", "/api/items", NULL, 204},
};

static int begin(void **state)
{
    /* Two workers, so that the requests that follow meet the ones that were attacked. */
    static const char *const settings[] = {"KEEL_RATE_READ_PER_MINUTE=0",
                                           "KEEL_RATE_WRITE_PER_MINUTE=0",
                                           "KEEL_RATE_AUTH_PER_MINUTE=0", NULL};

    return site_begin(state, 2, settings);
}

/*
 * What a worker would take for requests of nginx's own, again and again. Each takes FORGED_SIZE
 * bytes, a power of two, so that wherever libfcgi's buffer of 8,192 bytes ends, one of the shifts
 * puts the beginning of one right behind it.
 */
static void add_forged(struct buffer *body, size_t size)
{
    char *const variables[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/api/version",
                               "HTTP_X_REQUEST_ID=forged-in-body", NULL};
    struct buffer request;

    buffer_init(&request, body->arena);
    fcgi_add_request(&request, variables, NULL, 0, true);
    /* A record of another request, which is skipped, with the padding that is needed. */
    fcgi_add_record(&request, FCGI_STDIN, 2, NULL, 0, FORGED_SIZE - request.length - 8);
    assert_int_equal(request.length, FORGED_SIZE);
    do
        buffer_add(body, request.data, request.length);
    while (body->length + request.length <= size);
}

/* The same, for what reads HTTP on the connection. */
static void add_forged_http(struct buffer *body, size_t size)
{
    do
        buffer_add_text(body, "GET /api/version HTTP/1.1\r\nHost: a\r\n"
                              "X-Request-Id: forged-in-body\r\n\r\n");
    while (body->length < size);
}

static void add_filling(struct buffer *body, size_t count)
{
    while (count-- > 0)
        buffer_add_char(body, ' ');
}

/* A refused request with the body, and behind it an ordinary one, in one piece. */
static void add_requests(struct buffer *bytes, const struct exit *way, const struct buffer *body)
{
    buffer_add_format(bytes, "%s %s HTTP/1.1\r\nHost: a\r\nX-Request-Id: the-first-request\r\n",
                      way->method, way->target);
    if (way->header)
        buffer_add_format(bytes, "%s\r\n", way->header);
    buffer_add_format(bytes, "Content-Length: %zu\r\n\r\n", body->length);
    buffer_add(bytes, body->data, body->length);
    buffer_add_text(bytes, "GET /api/items/2 HTTP/1.1\r\nHost: a\r\n"
                           "X-Request-Id: the-second-request\r\nConnection: close\r\n\r\n");
}

static void must_have_id(struct http *http, const struct http_reply *reply, const char *id)
{
    const char *got = http_header(http, reply, "X-Request-Id");

    if (!got || strcmp(got, id) != 0)
        unit_fail("%s got the answer %s%s", id, reply->head, reply->body);
}

static void send_both(struct site *site, const struct exit *way, const struct buffer *body)
{
    struct http *http = &site->http;
    struct http_reply first, second;
    struct buffer bytes;
    char rest;
    int fd = http_connect(http);

    assert_true(fd >= 0);
    buffer_init(&bytes, &http->scope.arena);
    add_requests(&bytes, way, body);
    assert_true(http_write(fd, bytes.data, bytes.length));
    http_read(http, fd, way->method, &first);
    if (first.status != way->status)
        unit_fail("%s %s: not %d, but %d %s", way->method, way->target, way->status, first.status,
                  first.body);
    assert_null(http_problem(http, way->method, &first));
    must_have_id(http, &first, "the-first-request");
    http_read(http, fd, "GET", &second);
    must_have_id(http, &second, "the-second-request");
    assert_int_equal(http_int(&second, "/data/id"), 2);
    assert_int_equal(read(fd, &rest, 1), 0);
    close(fd);
}

static void attack(struct site *site, const struct exit *way,
                   void add(struct buffer *body, size_t size))
{
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t shift = 0; shift < FORGED_SIZE; shift += shift < 8 ? 1 : 8) {
            struct buffer body;

            buffer_init(&body, &site->http.scope.arena);
            add_filling(&body, shift);
            add(&body, sizes[i]);
            assert_false(body.failed);
            send_both(site, way, &body);
            http_forget(&site->http);
        }
    }
}

static void must_not_be_served(struct site *site)
{
    const char *log = instance_read(&site->instance, "log/keel/keel.log");

    assert_non_null(strstr(log, "the-second-request"));
    assert_null(strstr(log, "forged-in-body"));
    assert_null(strstr(instance_read(&site->instance, "log/workers.log"), "died"));
}

static void test_records(void **state)
{
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(exits); i++)
        attack(site, &exits[i], add_forged);
    must_not_be_served(site);
}

static void test_http_in_body(void **state)
{
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(exits); i++)
        attack(site, &exits[i], add_forged_http);
    must_not_be_served(site);
}

/* Known to the program by name, so the refusal comes after authentication. */
static void test_forbidden(void **state)
{
    struct site *site = *state;
    const char *header = http_format(&site->http, "Authorization: Bearer %s", site->viewer);
    char kept[2200];
    const struct exit ways[] = {{"GET", "/api/users", kept, 403},
                                {"POST", "/api/items", kept, 403}};

    snprintf(kept, sizeof kept, "%s", header);
    for (size_t i = 0; i < COUNT(ways); i++)
        attack(site, &ways[i], add_forged);
    must_not_be_served(site);
}

/* nginx refuses it and closes: what follows on the connection is not looked at. */
static void test_too_large(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT"};
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(methods); i++) {
        struct buffer bytes;

        buffer_init(&bytes, &site->http.scope.arena);
        buffer_add_format(&bytes,
                          "%s /api/items HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n",
                          methods[i]);
        add_forged(&bytes, 1000);
        const struct http_reply *reply =
            http_raw(&site->http, methods[i], bytes.data, bytes.length);

        assert_null(http_problem(&site->http, methods[i], reply));
        http_must_fail(reply, 413, "PAYLOAD_TOO_LARGE");
        http_expect(&site->http, 200, "GET", "/api/items/2", NULL, NULL);
    }
    must_not_be_served(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a forged FastCGI request in the body of a refused one is never served",
         .test_func = test_records},
        {.name = "nor is one in the body of a forbidden one", .test_func = test_forbidden},
        {.name = "nor is an HTTP request", .test_func = test_http_in_body},
        {.name = "nor is what comes with a body that is too large", .test_func = test_too_large},
    };

    return cmocka_run_group_tests_name("smuggling", tests, begin, site_end);
}
