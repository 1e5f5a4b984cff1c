/* servers_odd_test.c - odd, oversized, slow and forged requests through every web server, and no
 * workers behind it */
#include "support/fcgi_client.h"
#include "support/process.h"
#include "support/through.h"
#include "support/worker.h"

#include "keel/core/clock.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One connection for all of it, whatever was left unread in it. */
static void test_kept(void **state)
{
    static const struct {
        const char *method, *target, *header;
        size_t body;
        int status;
    } cases[] = {
        {"GET", "/api/items/1", "A: b", 0, 200},
        {"POST", "/api/items", "Content-Type: application/json", 20000, 401},
        {"GET", "/api/items/1", "A: b", 5, 200},
        {"HEAD", "/api/items/1", "A: b", 0, 200},
        {"POST", "/api/nothing", "A: b", 200000, 404},
        {"GET", "/api/items/1", "If-None-Match: \"1\"", 0, 304},
        {"OPTIONS", "/api/items", "A: b", 0, 204},
        {"GET", "/elsewhere", "A: b", 0, 404},
        {"GET", "/api/items?per_page=100", "A: b", 0, 200},
        {"GET", "/api/health", "A: b", 0, 200},
    };
    struct through *through = through_begin(state);
    struct http *http = &through->http;
    int fd = http_connect(http);

    assert_true(fd >= 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_reply reply;
        struct buffer bytes;

        buffer_init(&bytes, &http->scope.arena);
        buffer_add_format(&bytes, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", cases[i].method,
                          cases[i].target, cases[i].header);
        if (cases[i].body)
            buffer_add_format(&bytes, "Content-Length: %zu\r\n", cases[i].body);
        buffer_add_format(&bytes, "\r\n%*s", (int)cases[i].body, "");
        assert_true(http_write(fd, bytes.data, bytes.length));
        http_read(http, fd, cases[i].method, &reply);
        const char *problem = http_problem(http, cases[i].method, &reply);

        if (problem || reply.status != cases[i].status)
            unit_fail("%s %s: %s: %s%s", cases[i].method, cases[i].target,
                      problem ? problem : "another status", reply.head, reply.body);
    }
    close(fd);
}

static void test_no_http(void **state)
{
    static const char *const cases[] = {
        "rubbish\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "GET /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\nA header\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: -1\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1x\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        "Content-Length: 99999999999999999999\r\n\r\n",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /api/items HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        "Transfer-Encoding: gzip\r\n\r\n",
    };
    struct through *through = through_begin(state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct http_reply *reply =
            http_raw(&through->http, "GET", cases[i], strlen(cases[i]));
        const char *problem = http_problem(&through->http, "GET", reply);

        if (problem || reply->status != 400)
            unit_fail("%s: %s: %s%s", cases[i], problem ? problem : "another status", reply->head,
                      reply->body);
        http_must_fail(reply, 400, "MALFORMED_REQUEST");
    }
}

static void test_sizes(void **state)
{
    static const struct {
        int uri, headers, length;
        bool passes;
    } cases[] = {{10, 60, 10, true},   {6000, 0, 0, true},    {10, 20, 1000, true},
                 {40000, 0, 0, false}, {10, 1, 40000, false}, {10, 500, 2, false}};
    struct through *through = through_begin(state);
    struct http *http = &through->http;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer bytes;

        buffer_init(&bytes, &http->scope.arena);
        buffer_add_format(&bytes, "GET /api/health?q=%0*d HTTP/1.1\r\nHost: a\r\n", cases[i].uri,
                          1);
        for (int k = 0; k < cases[i].headers; k++)
            buffer_add_format(&bytes, "X-H%d: %0*d\r\n", k, cases[i].length, 1);
        buffer_add_text(&bytes, "Connection: close\r\n\r\n");
        assert_false(bytes.failed);
        const struct http_reply *reply = http_raw(http, "GET", bytes.data, bytes.length);

        assert_null(http_problem(http, "GET", reply));
        if (cases[i].passes)
            through_must(reply, 200, NULL);
        else if (reply->status != 414)
            through_must(reply, 400, "MALFORMED_REQUEST");
    }
}

/* A POST of which a part is on its way. */
static int begin_upload(struct through *through)
{
    static const char part[] = "POST /api/items HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
                               "Content-Type: application/json\r\n\r\n{\"name\":";
    int fd = http_connect(&through->http);

    assert_true(fd >= 0);
    assert_true(http_write(fd, part, sizeof part - 1));
    return fd;
}

static void test_cut_upload(void **state)
{
    struct through *through = through_begin(state);

    for (int i = 0; i < 5; i++)
        close(begin_upload(through));
    through_must(through_ask(through, "GET", "/api/items/1", NULL), 200, NULL);
}

static void test_slow_upload(void **state)
{
    struct through *through = through_begin(state);
    int64_t start = clock_monotonic_us();
    int fd = begin_upload(through);

    sleep_ms(100);
    through_must(through_ask(through, "GET", "/api/items/1", NULL), 200, NULL);
    close(fd);
    assert_true(clock_monotonic_us() - start < 10000000);
}

static void test_forged(void **state)
{
    char *const variables[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/api/version",
                               "HTTP_X_REQUEST_ID=forged-in-body", NULL};
    static const char *const targets[] = {"/api/items", "/api/nothing", "/api/auth/login"};
    struct through *through = through_begin(state);
    struct buffer body;

    buffer_init(&body, &through->http.scope.arena);
    while (body.length < 150000)
        fcgi_add_request(&body, variables, NULL, 0, true);
    assert_false(body.failed);
    for (size_t i = 0; i < COUNT(targets); i++) {
        const struct http_reply *reply =
            http_call(&through->http, &(struct http_request){.target = targets[i],
                                                             .body = body.data,
                                                             .body_length = body.length,
                                                             .content_type = "text/xml"});

        assert_true(reply->status >= 400 && reply->status < 500);
        through_must(through_ask(through, "GET", "/api/items/1", NULL), 200, NULL);
    }
    assert_null(strstr(instance_read(&through_site(through)->instance, "log/keel/keel.log"),
                       "forged-in-body"));
}

/* Without its workers, and again as soon as they are back. */
static void test_away(void **state)
{
    struct through *through = through_begin(state);
    struct http *http = &through->http;
    const char *path = http_format(http, "%s/run/api.sock", through_site(through)->instance.var);
    const char *aside = http_format(http, "%s.aside", path);

    assert_int_equal(rename(path, aside), 0);
    /* Not GET: over the connections that it keeps, nginx may still reach them. */
    const struct http_reply *reply = through_post(through, "{}", 0, false);

    assert_int_equal(rename(aside, path), 0);
    http_must_fail(reply, reply->status == 503 ? 503 : 502, "SERVICE_UNAVAILABLE");
    /* lighttpd looks once a second whether they are. */
    for (int tries = 0; tries < 50 && through_post(through, "{}", 0, false)->status != 400; tries++)
        sleep_ms(100);
    through_must(through_ask(through, "GET", "/api/items/1", NULL), 200, NULL);
}

/* What operators are told to try must find nothing wrong with any of them. */
static void test_doctor(void **state)
{
    struct through *through = through_begin(state);
    const struct instance *instance = &through_site(through)->instance;
    struct http *http = &through->http;
    const char *const arguments[] = {http_format(http, "%s/bin/keelctl", instance->var),
                                     "doctor",
                                     "--url",
                                     http_format(http, "http://127.0.0.1:%d/api", http->port),
                                     "web",
                                     "authorization",
                                     "paths",
                                     "body",
                                     "upload",
                                     NULL};
    const char *const more[] = {http_format(http, "KEEL_CONFIG=%s/worker.env", instance->var),
                                NULL};
    struct process_output output = {.status = -1};
    struct arena *arena = &http->scope.arena;

    assert_true(process_run(arena, arguments, process_environment(arena, more), NULL, &output));
    if (output.status != 0 || strstr(output.out, "warning ") || strstr(output.out, "skipped "))
        unit_fail("%s%s", output.out, output.err);
}

int main(void)
{
    static const struct through_check checks[] = {
        {"a connection serves one request after the other", test_kept, 0},
        {"what is no HTTP is refused in the envelope", test_no_http, 0},
        {"what is too long is refused in the envelope", test_sizes, 0},
        {"an upload that breaks off ends nothing but itself", test_cut_upload, 0},
        {"a slow upload holds no worker", test_slow_upload, FRONT_BUFFERS},
        {"a body that holds requests is only a body", test_forged, 0},
        {"keelctl doctor finds nothing wrong with it", test_doctor, 0},
        {"without workers it says so in the envelope", test_away, FRONT_SOCKET},
    };

    return through_run("servers_odd", checks, COUNT(checks));
}
