/* transfer_test.c - large files through nginx: in bounded memory, in nobody's way, whole or visibly
 * not
 */
#include "support/site.h"
#include "support/worker.h"

#include "keel/core/clock.h"
#include "support/unit.h"

#include <dirent.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UPLOAD_MAX 41943040
#define GROWTH_KIB (32 * 1024)
#define ROWS       60000

static const char *const settings[] = {"KEEL_MAX_UPLOAD_BYTES=41943040", NULL};

static int begin(void **state)
{
    int outcome = site_begin(state, 2, settings);
    struct site *site = *state;

    /* Some 60 MB as CSV. */
    instance_ask(&site->instance, "INSERT INTO items (name, description, price) SELECT 'Filler ' "
                                  "|| n, repeat('x', 1000), 1 FROM generate_series(1, 60000) n");
    return outcome;
}

/* The most that a process ever had in memory. */
static int64_t peak_kib(pid_t pid)
{
    char path[64], line[256];
    int64_t kib = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtoll(line + 6, NULL, 10);
    }
    fclose(file);
    assert_true(kib > 0);
    return kib;
}

/* That of all workers; they must be the same ones each time it is asked. */
static int64_t peak_of_workers(struct site *site)
{
    pid_t pids[INSTANCE_WORKERS_MAX];
    size_t count = instance_worker_pids(&site->instance, pids);
    int64_t kib = 0;

    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        kib += peak_kib(pids[i]);
    return kib;
}

static int count_uploads(struct site *site)
{
    DIR *folder = opendir(http_format(&site->http, "%s/uploads", site->instance.var));
    int count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

/* Lines of a CSV file, `size` bytes of them. */
static char *make_file(size_t size)
{
    static const char head[] = "name,price\n", line[] = "Thing of many,1.50\n";
    char *text = malloc(size + 1);

    assert_non_null(text);
    memcpy(text, head, sizeof head - 1);
    for (size_t i = sizeof head - 1; i < size; i++)
        text[i] = line[(i - sizeof head + 1) % (sizeof line - 1)];
    text[size] = '\0';
    return text;
}

static const struct http_reply *upload(struct site *site, const char *body, bool chunked)
{
    return http_call(&site->http, &(struct http_request){.method = "POST",
                                                         .target = "/api/items/import?dry_run=true",
                                                         .token = site->editor,
                                                         .body = body,
                                                         .content_type = "text/csv",
                                                         .chunked = chunked});
}

static void test_upload(void **state)
{
    struct site *site = *state;
    char *body = make_file(UPLOAD_MAX);
    int64_t before = peak_of_workers(site);

    for (int i = 0; i < 2; i++) {
        const struct http_reply *reply = upload(site, body, i == 1);

        assert_int_equal(reply->status, 202);
        const char *bytes =
            instance_ask(&site->instance,
                         http_format(&site->http, "SELECT bytes_total FROM imports WHERE id = %lld",
                                     (long long)http_int(reply, "/data/id")));

        assert_string_equal(bytes, "41943040");
        assert_int_equal(site_log_int(site_logged(site, reply), "upload_bytes"), UPLOAD_MAX);
    }
    assert_true(peak_of_workers(site) - before < GROWTH_KIB);
    free(body);
}

static void test_too_large(void **state)
{
    struct site *site = *state;
    char *body = make_file(UPLOAD_MAX + 1);

    for (int i = 0; i < 2; i++)
        http_must_fail(upload(site, body, i == 1), 413, "PAYLOAD_TOO_LARGE");
    free(body);
}

static int begin_upload(struct site *site)
{
    int fd = http_connect(&site->http);
    const char *head =
        http_format(&site->http,
                    "POST /api/items/import HTTP/1.1\r\nHost: keel\r\nContent-Type: text/csv\r\n"
                    "Authorization: Bearer %s\r\nContent-Length: 1000000\r\n\r\nname,price\n",
                    site->editor);

    assert_true(http_write(fd, head, strlen(head)));
    return fd;
}

static void expect_quick(struct site *site, int count)
{
    for (int i = 0; i < count; i++) {
        int64_t start = clock_monotonic_us();

        http_expect(&site->http, 200, "GET", "/api/items/1", NULL, NULL);
        if (clock_monotonic_us() - start > 5000000)
            unit_fail("request %d took %lld us", i, (long long)(clock_monotonic_us() - start));
    }
}

/* More of them than there are workers; nobody hears of one that never comes to its end. */
static void test_slow_uploads(void **state)
{
    struct site *site = *state;
    int before = count_uploads(site);
    int fds[8];

    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = begin_upload(site);
    sleep_ms(300);
    expect_quick(site, 10);
    for (size_t i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    expect_quick(site, 2);
    assert_int_equal(count_uploads(site), before);
}

static void test_export(void **state)
{
    struct site *site = *state;
    int64_t before = peak_of_workers(site);
    const struct http_request request = {.target = "/api/items/export?sort=id"};
    struct http_reply reply;
    const char *count = instance_ask(&site->instance, "SELECT count(*) FROM items WHERE is_active");
    size_t lines = 0;

    assert_true(http_send(&site->http, &request, &reply));
    assert_int_equal(reply.status, 200);
    for (size_t i = 0; i < reply.body_length; i++)
        lines += reply.body[i] == '\n';
    /* The names of the columns are one more. */
    assert_string_equal(count, http_format(&site->http, "%zu", lines - 1));
    assert_true(reply.body_length > (size_t)ROWS * 1000);
    assert_int_equal(site_log_int(site_logged(site, &reply), "stream_bytes"), reply.body_length);
    assert_true(peak_of_workers(site) - before < GROWTH_KIB);
    http_forget(&site->http);
}

/* Asks for everything and takes a little: the rest stays where it is. */
static int begin_export(struct site *site, const char *id)
{
    const char *request =
        http_format(&site->http,
                    "GET /api/items/export HTTP/1.1\r\nHost: keel\r\nX-Request-Id: %s\r\n\r\n", id);
    int fd = http_connect(&site->http);
    int size = 65536;
    char head[1000];

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    assert_true(http_write(fd, request, strlen(request)));
    assert_true(recv(fd, head, sizeof head, 0) > 0);
    assert_int_equal(strncmp(head, "HTTP/1.1 200", 12), 0);
    return fd;
}

/*
 * The server process that reads items for an export; 0: there is none. A vacuum that happens to be
 * there holds another lock.
 */
static pid_t find_backend(struct site *site)
{
    const char *pid = instance_ask(
        &site->instance, "SELECT pid FROM pg_locks WHERE relation = 'items'::regclass AND mode = "
                         "'AccessShareLock' AND pid <> pg_backend_pid() LIMIT 1");

    return (pid_t)strtol(pid, NULL, 10);
}

/* Reads to the end of the connection; claim: that is also the end of a chunked answer. */
static bool ends_well(int fd)
{
    char bytes[65536], last[5] = "";
    ssize_t count;

    while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        for (ssize_t i = count < 5 ? 0 : count - 5; i < count; i++) {
            memmove(last, last + 1, 4);
            last[4] = bytes[i];
        }
        if (memcmp(last, "0\r\n\r\n", 5) == 0)
            return true;
    }
    return false;
}

static const char *logged_text(struct site *site, const char *id, const char *name)
{
    struct json_object *line = instance_logged(&site->instance, id);

    assert_non_null(line);
    return site_log_text(line, name);
}

/* It waits for its client, in the middle of the table. */
static pid_t wait_for_backend(struct site *site)
{
    int64_t deadline = clock_monotonic_us() + 10000000;
    pid_t pid;

    while ((pid = find_backend(site)) == 0 && clock_monotonic_us() < deadline)
        sleep_ms(20);
    assert_true(pid > 0);
    return pid;
}

static void test_whole(void **state)
{
    struct site *site = *state;
    int fd = begin_export(site, "export-that-ends");

    assert_true(ends_well(fd));
    close(fd);
    assert_string_equal(logged_text(site, "export-that-ends", "level"), "info");
}

static void test_cut(void **state)
{
    struct site *site = *state;
    int fd = begin_export(site, "export-that-is-cut");

    assert_int_equal(kill(wait_for_backend(site), SIGTERM), 0);
    assert_false(ends_well(fd));
    close(fd);
    assert_string_equal(logged_text(site, "export-that-is-cut", "cut"), "by an error");
    expect_quick(site, 4);
}

static void test_client_leaves(void **state)
{
    struct site *site = *state;
    int fd = begin_export(site, "export-that-is-left");
    int64_t deadline = clock_monotonic_us() + 10000000;

    wait_for_backend(site);
    close(fd);
    while (find_backend(site) && clock_monotonic_us() < deadline)
        sleep_ms(50);
    assert_int_equal(find_backend(site), 0);
    assert_string_equal(logged_text(site, "export-that-is-left", "cut"), "by the client");
}

/* One worker is taken; the kept connections that led to it are gone, and no second one is. */
static void test_others(void **state)
{
    struct site *site = *state;

    expect_quick(site, 20);
    int fd = begin_export(site, "export-that-lasts");

    wait_for_backend(site);
    expect_quick(site, 50);
    const struct http_reply *second =
        http_call(&site->http, &(struct http_request){.target = "/api/items/export"});

    http_must_fail(second, 503, "SERVICE_UNAVAILABLE");
    assert_non_null(http_header(&site->http, second, "Retry-After"));
    assert_true(ends_well(fd));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a large upload takes no memory, however it is sent", .test_func = test_upload},
        {.name = "one byte more than the limit is refused", .test_func = test_too_large},
        {.name = "slow uploads hold no worker and leave no file", .test_func = test_slow_uploads},
        {.name = "a large export takes no memory and is complete", .test_func = test_export},
        {.name = "a client that waits first gets all of it", .test_func = test_whole},
        {.name = "an export that an error ends is visibly not whole", .test_func = test_cut},
        {.name = "a client that leaves ends its export", .test_func = test_client_leaves},
        {.name = "an export keeps nobody waiting", .test_func = test_others},
    };

    return cmocka_run_group_tests_name("transfer", tests, begin, site_end);
}
