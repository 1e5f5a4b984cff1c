/* servers_files_test.c - files to import and exports through every web server, whole or visibly not
 */
#include "support/through.h"

#include "keel/core/clock.h"
#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Far above the limit of other bodies. */
#define FILE_SIZE 3000000

static const struct http_reply *import(struct through *through, const char *body, bool chunked)
{
    const struct http_request request = {.method = "POST",
                                         .target = "/api/items/import?dry_run=true",
                                         .token = through_site(through)->editor,
                                         .body = body,
                                         .content_type = "text/csv",
                                         .chunked = chunked};

    return http_call(&through->http, &request);
}

static void test_import(void **state)
{
    static const char head[] = "name,price\n", line[] = "Thing of many,1.50\n";
    struct through *through = through_begin(state);
    char *body = malloc(FILE_SIZE + 1);

    assert_non_null(body);
    memcpy(body, head, sizeof head - 1);
    for (size_t i = sizeof head - 1; i < FILE_SIZE; i++)
        body[i] = line[(i - sizeof head + 1) % (sizeof line - 1)];
    body[FILE_SIZE] = '\0';
    for (int i = 0; i < 2; i++) {
        const struct http_reply *reply = import(through, body, i == 1);

        through_must(reply, 202, NULL);
        const char *ask =
            http_format(&through->http, "SELECT bytes_total FROM imports WHERE id = %lld",
                        (long long)http_int(reply, "/data/id"));

        assert_string_equal(instance_ask(&through_site(through)->instance, ask), "3000000");
    }
    free(body);
}

/* Some 60 MB as CSV, once for all servers. */
static void fill(struct through *through)
{
    instance_ask(&through_site(through)->instance,
                 "INSERT INTO items (name, description, price) SELECT 'Filler ' || n, "
                 "repeat('x', 1000), 1 FROM generate_series(1, 60000) n WHERE NOT EXISTS "
                 "(SELECT FROM items WHERE name = 'Filler 1')");
}

static void test_export(void **state)
{
    const struct http_request request = {.target = "/api/items/export?sort=id"};
    struct through *through = through_begin(state);
    struct http_reply reply;
    size_t lines = 0;

    fill(through);
    assert_true(http_send(&through->http, &request, &reply));
    assert_int_equal(reply.status, 200);
    for (size_t i = 0; i < reply.body_length; i++)
        lines += reply.body[i] == '\n';
    assert_string_equal(instance_ask(&through_site(through)->instance,
                                     "SELECT count(*) FROM items WHERE is_active"),
                        http_format(&through->http, "%zu", lines - 1));
    assert_string_equal(http_header(&through->http, &reply, "Content-Type"),
                        "text/csv; charset=utf-8; header=present");
    http_forget(&through->http);
}

static pid_t wait_for_backend(struct through *through)
{
    int64_t deadline = clock_monotonic_us() + 10000000;
    pid_t pid = 0;

    while (pid == 0 && clock_monotonic_us() < deadline)
        pid = (pid_t)strtol(
            instance_ask(&through_site(through)->instance,
                         "SELECT pid FROM pg_locks WHERE relation = 'items'::regclass "
                         "AND mode = 'AccessShareLock' AND pid <> pg_backend_pid() "
                         "LIMIT 1"),
            NULL, 10);
    assert_true(pid > 0);
    return pid;
}

/* Reads to the end of the connection; claim: what came reads as a whole answer of 200. */
static bool looks_whole(int fd)
{
    char bytes[65536], first[13] = "", last[5] = "";
    size_t total = 0;
    ssize_t count;

    while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        for (ssize_t i = 0; i < count; i++, total++) {
            if (total < sizeof first - 1)
                first[total] = bytes[i];
            memmove(last, last + 1, sizeof last - 1);
            last[4] = bytes[i];
        }
    }
    assert_true(total > sizeof first);
    return strncmp(first, "HTTP/1.1 200", 12) == 0 && memcmp(last, "0\r\n\r\n", 5) == 0;
}

/*
 * The database goes away in the middle. Who has collected all before the head is out says 503; from
 * others the client gets no end.
 */
static void test_cut(void **state)
{
    static const char request[] = "GET /api/items/export HTTP/1.1\r\nHost: keel\r\n"
                                  "Connection: close\r\n\r\n";
    struct through *through = through_begin(state);
    int fd;

    fill(through);
    fd = http_connect(&through->http);
    assert_true(http_write(fd, request, sizeof request - 1));
    assert_int_equal(kill(wait_for_backend(through), SIGTERM), 0);
    assert_false(looks_whole(fd));
    close(fd);
    through_must(through_ask(through, "GET", "/api/items/1", NULL), 200, NULL);
}

int main(void)
{
    static const struct through_check checks[] = {
        {"a file to import may be large, chunked or not", test_import, 0},
        {"an export arrives whole", test_export, 0},
        {"an export that an error ends is visibly not whole", test_cut, 0},
    };

    return through_run("servers files", checks, COUNT(checks));
}
