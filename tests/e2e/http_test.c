/* http_test.c - malformed, oversized and odd HTTP: what nginx answers by itself, and what it tells
 * a worker */
#include "keel/core/buffer.h"

#include "support/site.h"

#include "support/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HOST "Host: localhost\r\nConnection: close\r\n"

static int begin(void **state)
{
    return site_begin(state, 2, NULL);
}

static void must_answer(struct site *site, const char *method, const struct buffer *bytes,
                        int status, const char *code)
{
    const struct http_reply *reply = http_raw(&site->http, method, bytes->data, bytes->length);
    const char *problem = reply->status ? http_problem(&site->http, method, reply) : NULL;

    if (problem)
        unit_fail("%.80s: %s: %s%s", bytes->data, problem, reply->head, reply->body);
    if (reply->status != status)
        unit_fail("%.80s: not %d, but %d %s", bytes->data, status, reply->status, reply->body);
    if (code)
        http_must_fail(reply, status, code);
}

static struct buffer bytes_of(struct site *site, const char *text)
{
    struct buffer bytes;

    buffer_init(&bytes, &site->http.scope.arena);
    buffer_add_text(&bytes, text);
    return bytes;
}

static void test_refused_by_nginx(void **state)
{
    static const char *const cases[] = {
        "rubbish\r\n\r\n",
        "\r\n\r\n\r\n\x16\x03\x01\x02\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/1.1\r\n" HOST "Host: other\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/9.9\r\n" HOST "\r\n",
        "GET /api/items HTTP/x\r\n" HOST "\r\n",
        "GET api/items HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/%zz HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/items%00 HTTP/1.1\r\n" HOST "\r\n",
        "GET /../../api/items HTTP/1.1\r\n" HOST "\r\n",
        "get /api/items HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/items HTTP/1.1\r\n" HOST "A header\r\n\r\n",
        "POST /api/items HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
        "POST /api/items HTTP/1.1\r\n" HOST "Content-Length: 1x\r\n\r\n",
        "POST /api/items HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n",
        "POST /api/items HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /api/items HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/items HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        "POST /api/items HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n",
    };
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer bytes = bytes_of(site, cases[i]);

        must_answer(site, "GET", &bytes, 400, "MALFORMED_REQUEST");
    }
}

static void test_other_methods(void **state)
{
    static const char *const cases[] = {"BREW", "PROPFIND", "TRACE", "CONNECT",
                                        "X_LONG_METHOD_NAME"};
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[128];

        snprintf(line, sizeof line, "%s /api/items HTTP/1.1\r\n" HOST "\r\n", cases[i]);
        struct buffer bytes = bytes_of(site, line);

        must_answer(site, cases[i], &bytes, 405, "METHOD_NOT_ALLOWED");
    }
}

static void test_older_and_other_forms(void **state)
{
    static const char *const cases[] = {
        "GET /api/health HTTP/1.0\r\n\r\n",
        "GET /api/health HTTP/1.0\r\nHost: localhost\r\n\r\n",
        "GET http://localhost/api/health HTTP/1.1\r\n" HOST "\r\n",
        "GET http://elsewhere.example/api/health?x=1 HTTP/1.1\r\n" HOST "\r\n",
        "\r\nGET /api/health HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/health HTTP/1.1\nHost: localhost\nConnection: close\n\n",
    };
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer bytes = bytes_of(site, cases[i]);

        must_answer(site, "GET", &bytes, 200, NULL);
    }
}

/* HTTP/0.9 has neither status nor headers, so only the body can be looked at. */
static void test_http_09(void **state)
{
    struct site *site = *state;
    char answer[512] = "";
    int fd = http_connect(&site->http);

    assert_true(fd >= 0);
    assert_true(http_write(fd, "GET /api/health\r\n", 17));
    assert_true(recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 0);
    close(fd);
    assert_int_equal(strncmp(answer, "{\"success\":true,", 16), 0);
}

static void add_many(struct buffer *bytes, size_t count, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        buffer_add_format(bytes, "X-H%zu: ", i);
        for (size_t k = 0; k < length; k++)
            buffer_add_char(bytes, 'h');
        buffer_add_text(bytes, "\r\n");
    }
}

static struct buffer long_request(struct site *site, size_t uri, size_t headers, size_t length)
{
    struct buffer bytes = bytes_of(site, "GET /api/health?q=");

    for (size_t i = 0; i < uri; i++)
        buffer_add_char(&bytes, 'u');
    buffer_add_text(&bytes, " HTTP/1.1\r\n" HOST);
    add_many(&bytes, headers, length);
    buffer_add_text(&bytes, "\r\n");
    assert_false(bytes.failed);
    return bytes;
}

static void test_sizes(void **state)
{
    static const struct {
        size_t uri, headers, length;
        int status;
    } cases[] = {
        {10, 100, 10, 200},   /* as a browser behind proxies may send */
        {20000, 0, 0, 414},   /* a URL above nginx's buffers */
        {10, 1, 20000, 400},  /* a header above them */
        {10, 1000, 2, 400},   /* more headers than anybody needs */
        {10, 100, 1000, 400}, /* all together above nginx's buffers */
        {7000, 3, 7000,
         200}, /* nginx takes it, and so does a worker: with the URL twice, 35 KB of variables */
        {15000, 3, 15000, 414}, /* what a worker could not be told, as it is above 64 KiB */
    };
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer bytes = long_request(site, cases[i].uri, cases[i].headers, cases[i].length);

        must_answer(site, "GET", &bytes, cases[i].status,
                    cases[i].status == 200 ? NULL : "MALFORMED_REQUEST");
    }
    http_expect(&site->http, 200, "GET", "/api/items/1", NULL, NULL);
}

static void test_outside(void **state)
{
    static const char *const targets[] = {
        "/", "/index.html", "/apix", "/.keel-error", "/api/.keel-error", "/nginx_status"};
    struct site *site = *state;

    for (size_t i = 0; i < COUNT(targets); i++)
        http_must_fail(http_expect(&site->http, 404, "GET", targets[i], NULL, NULL), 404,
                       "NOT_FOUND");
}

static void test_cut_upload(void **state)
{
    static const char part[] = "POST /api/items HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
                               "Content-Type: application/json\r\n\r\n{\"name\":";
    struct site *site = *state;

    for (int i = 0; i < 5; i++) {
        int fd = http_connect(&site->http);

        assert_true(fd >= 0);
        assert_true(http_write(fd, part, sizeof part - 1));
        close(fd);
    }
    http_expect(&site->http, 200, "GET", "/api/items/1", NULL, NULL);
}

/* Takes the workers' place at their socket; the caller gives it back with let_workers_return(). */
static int replace_workers(const struct site *site, char *path, char *aside, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(path, size, "%s/run/api.sock", site->instance.var);
    snprintf(aside, size, "%s/run/api.aside", site->instance.var);
    assert_int_equal(rename(path, aside), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static void let_workers_return(int fd, const char *path, const char *aside)
{
    close(fd);
    assert_int_equal(rename(aside, path), 0);
}

/* A variable as the FastCGI specification encodes a short one: two lengths, the name, the value. */
static bool has_variable(const struct buffer *bytes, const char *name, const char *value)
{
    char pair[256];
    int length = snprintf(pair, sizeof pair, "%c%c%s%s", (char)strlen(name), (char)strlen(value),
                          name, value);

    return memmem(bytes->data, bytes->length, pair, (size_t)length) != NULL;
}

static void read_request(int listener, struct buffer *bytes)
{
    struct timeval limit = {.tv_usec = 300000};
    char part[4096];
    ssize_t count;
    int fd = accept(listener, NULL, NULL);

    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    while ((count = recv(fd, part, sizeof part, 0)) > 0)
        buffer_add(bytes, part, (size_t)count);
    close(fd);
}

static void test_what_a_worker_is_told(void **state)
{
    static const char request[] =
        "DELETE /api//it%65ms/./%2e?a=%41 HTTP/1.1\r\n" HOST "Proxy: http://203.0.113.1/\r\n"
        "X-Forwarded-For: 203.0.113.1\r\nX-Request-Id: told-to-a-worker\r\n"
        "Remote-Addr: 203.0.113.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    struct site *site = *state;
    char path[128], aside[128];
    struct buffer told;
    struct http_reply reply;
    int fd = http_connect(&site->http);
    int listener = replace_workers(site, path, aside, sizeof path);

    buffer_init(&told, &site->http.scope.arena);
    assert_true(http_write(fd, request, sizeof request - 1));
    read_request(listener, &told);
    let_workers_return(listener, path, aside);
    http_read(&site->http, fd, "DELETE", &reply);
    close(fd);
    assert_true(has_variable(&told, "REQUEST_URI", "/api//it%65ms/./%2e?a=%41"));
    assert_true(has_variable(&told, "REQUEST_METHOD", "DELETE"));
    assert_true(has_variable(&told, "REMOTE_ADDR", "127.0.0.1"));
    assert_true(has_variable(&told, "HTTP_X_REQUEST_ID", "told-to-a-worker"));
    assert_null(memmem(told.data, told.length, "PROXY", 5));
    assert_true(has_variable(&told, "CONTENT_LENGTH", "2"));
    assert_null(http_problem(&site->http, "DELETE", &reply));
    http_must_fail(&reply, 502, "SERVICE_UNAVAILABLE");
    assert_string_equal(http_header(&site->http, &reply, "X-Request-Id"), "told-to-a-worker");
}

static void test_same_workers(void **state)
{
    struct site *site = *state;

    assert_null(strstr(instance_read(&site->instance, "log/workers.log"), "died"));
    assert_null(strstr(instance_read(&site->instance, "log/nginx-error.log"), "prematurely"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "what is no HTTP is refused in the envelope", .test_func = test_refused_by_nginx},
        {.name = "a method that nobody knows is 405, with what is allowed",
         .test_func = test_other_methods},
        {.name = "HTTP/1.0, the absolute form and bare line ends work",
         .test_func = test_older_and_other_forms},
        {.name = "HTTP/0.9 is answered or closed", .test_func = test_http_09},
        {.name = "what is too long is refused, wherever it is noticed", .test_func = test_sizes},
        {.name = "outside of /api there is nothing", .test_func = test_outside},
        {.name = "an upload that breaks off ends nothing but itself", .test_func = test_cut_upload},
        {.name = "not one of all these has ended a worker", .test_func = test_same_workers},
        {.name = "a worker is told the raw URL, the real address and no Proxy header",
         .test_func = test_what_a_worker_is_told},
    };

    return cmocka_run_group_tests_name("http", tests, begin, site_end);
}
