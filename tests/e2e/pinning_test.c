/* pinning_test.c - neither idle clients nor slow ones hold a worker */
#include "keel/core/clock.h"

#include "support/site.h"
#include "support/worker.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORKERS 4
#define IDLE    32
#define SLOW    12

/* Far above what an answer takes on a busy machine, far below any timeout that could hide a wait.
 */
#define SOON_US 1000000

static int begin(void **state)
{
    return site_begin(state, WORKERS, NULL);
}

static void ask(struct http *http, int fd)
{
    static const char request[] = "GET /api/items/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_reply reply;

    assert_true(http_write(fd, request, sizeof request - 1));
    http_read(http, fd, "GET", &reply);
    assert_int_equal(reply.status, 200);
}

/* New clients, one after the other, each with a read and a write. */
static void must_serve_others(struct site *site, int clients)
{
    for (int i = 0; i < clients; i++) {
        struct http http;
        int64_t began = clock_monotonic_us();

        http_open(&http, site->instance.port);
        http_expect(&http, 200, "GET", "/api/items/1", NULL, NULL);
        http_expect(&http, 201, "POST", "/api/items", site->editor,
                    "{\"name\":\"Meanwhile\",\"price\":1}");
        http_close(&http);
        if (clock_monotonic_us() - began > SOON_US)
            unit_fail("client %d waited %lld us", i, (long long)(clock_monotonic_us() - began));
    }
}

static void test_idle_clients(void **state)
{
    static const char head[] = "GET /api/items/1 HTTP/1.1\r\nHost: a\r\n";
    struct site *site = *state;
    int fds[IDLE];

    /* All at once, so that nginx opens and then keeps as many connections to workers as it can. */
    for (int i = 0; i < IDLE; i++) {
        fds[i] = http_connect(&site->http);
        assert_true(fds[i] >= 0);
        assert_true(http_write(fds[i], head, sizeof head - 1));
    }
    for (int i = 0; i < IDLE; i++)
        assert_true(http_write(fds[i], "\r\n", 2));
    for (int i = 0; i < IDLE; i++) {
        struct http_reply reply;

        http_read(&site->http, fds[i], "GET", &reply);
        assert_int_equal(reply.status, 200);
    }
    must_serve_others(site, 20);
    for (int i = 0; i < IDLE; i++) {
        ask(&site->http, fds[i]);
        close(fds[i]);
    }
}

static void send_head(struct site *site, int fd, size_t body_length, int number)
{
    const char *head = http_format(&site->http,
                                   "POST /api/items HTTP/1.1\r\nHost: a\r\n"
                                   "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
                                   "X-Request-Id: slow-upload-%d\r\nContent-Length: %zu\r\n\r\n",
                                   site->editor, number, body_length);

    assert_true(http_write(fd, head, strlen(head)));
}

static void test_slow_uploads(void **state)
{
    static const char body[] = "{\"name\":\"Slow\",\"price\":1}";
    struct site *site = *state;
    int fds[SLOW];

    for (int i = 0; i < SLOW; i++) {
        fds[i] = http_connect(&site->http);
        assert_true(fds[i] >= 0);
        send_head(site, fds[i], sizeof body - 1, i);
    }
    for (size_t at = 0; at < sizeof body - 1; at++) {
        if (at % 8 == 0)
            must_serve_others(site, 2);
        /* No worker has heard of them. */
        if (at == sizeof body - 2)
            assert_null(strstr(instance_read(&site->instance, "log/keel/keel.log"), "slow-upload"));
        for (int i = 0; i < SLOW; i++)
            assert_true(http_write(fds[i], body + at, 1));
        sleep_ms(100);
    }
    for (int i = 0; i < SLOW; i++) {
        struct http_reply reply;

        http_read(&site->http, fds[i], "POST", &reply);
        close(fds[i]);
        assert_int_equal(reply.status, 201);
    }
}

/* A client that takes its answer slowly, or not at all. */
static void test_slow_readers(void **state)
{
    static const char request[] = "GET /api/items?per_page=100 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct site *site = *state;
    int fds[SLOW];

    for (int i = 0; i < SLOW; i++) {
        fds[i] = http_connect(&site->http);
        assert_true(fds[i] >= 0);
        for (int k = 0; k < 20; k++)
            assert_true(http_write(fds[i], request, sizeof request - 1));
    }
    must_serve_others(site, 10);
    for (int i = 0; i < SLOW; i++)
        close(fds[i]);
    must_serve_others(site, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "32 idle clients keep no new one waiting", .test_func = test_idle_clients},
        {.name = "uploads of a byte per 100 ms keep no worker from others",
         .test_func = test_slow_uploads},
        {.name = "clients that do not read their answers keep no worker from others",
         .test_func = test_slow_readers},
    };

    return cmocka_run_group_tests_name("pinning", tests, begin, site_end);
}
