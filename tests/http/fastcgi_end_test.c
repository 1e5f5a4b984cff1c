/* fastcgi_end_test.c - tests of http/fastcgi: how a worker ends, and what SIGHUP does */
#include "../support/unit.h"
#include "../support/worker.h"

#include "keel/core/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOON_MS = 3000 };

static int prepare(void **state)
{
    struct worker *worker = calloc(1, sizeof *worker);

    *state = worker;
    worker_prepare(worker);
    return 0;
}

static int start(void **state)
{
    prepare(state);
    worker_start(*state);
    return 0;
}

static int stop(void **state)
{
    worker_remove(*state);
    free(*state);
    return 0;
}

static void test_idle_ends_at_once(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    struct worker *worker = *state;

    for (size_t i = 0; i < COUNT(signals); i++) {
        int fds[5];

        worker->config.drain_timeout_ms = 30000;
        worker_start(worker);
        for (size_t j = 0; j < COUNT(fds); j++) {
            fds[j] = worker_connect(worker);
            worker_ask(worker, fds[j], "a");
        }
        worker_signal(worker, signals[i]);
        assert_int_equal(worker_wait(worker, SOON_MS), 0);
        for (size_t j = 0; j < COUNT(fds); j++) {
            assert_true(fcgi_is_closed(fds[j], 0));
            close(fds[j]);
        }
    }
}

static void test_request_in_hand_finishes(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);
    struct fcgi_answer answer;

    worker_send(worker, fd, "NAME=a SLEEP=300 ANSWER=1000000", NULL, 0, true);
    sleep_ms(100);
    worker_signal(worker, SIGTERM);
    assert_int_equal(fcgi_receive(fd, &worker->arena, 2000, &answer), FCGI_ANSWERED);
    assert_int_equal(answer.output.length, strlen("Status: 200\r\n\r\na 0") + 1000000);
    assert_true(fcgi_is_closed(fd, SOON_MS));
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

/* Sends the head and half of a body of 60,000 bytes, and SIGTERM while the worker reads it. */
static int begin_upload(struct worker *worker, const char *half)
{
    char *environment[] = {(char[]){"NAME=a"}, NULL};
    struct buffer request;
    int fd = worker_connect(worker);

    buffer_init(&request, &worker->arena);
    fcgi_add_head(&request, environment, true);
    fcgi_add_record(&request, FCGI_STDIN, 1, half, 30000, 0);
    assert_true(fcgi_send(fd, &request));
    sleep_ms(100);
    worker_signal(worker, SIGTERM);
    sleep_ms(100);
    return fd;
}

static void test_upload_finishes(void **state)
{
    struct worker *worker = *state;
    static const char half[30000];
    int fd = begin_upload(worker, half);
    struct buffer rest;

    buffer_init(&rest, &worker->arena);
    fcgi_add_stream(&rest, FCGI_STDIN, 1, half, sizeof half, 1000);
    assert_true(fcgi_send(fd, &rest));
    worker_expect(worker, fd, "Status: 200\r\n\r\na 60000");
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

static void test_cut_upload(void **state)
{
    struct worker *worker = *state;
    static const char half[30000];
    int fd = begin_upload(worker, half);

    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    worker_expect(worker, fd, "Status: 400\r\n\r\na 30000");
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

static void test_fresh_connections_are_waited_for(void **state)
{
    struct worker *worker = *state;
    int fresh;
    int silent;

    worker->config.drain_timeout_ms = 2000;
    worker_start(worker);
    fresh = worker_connect(worker);
    silent = worker_connect(worker);
    sleep_ms(50);
    worker_signal(worker, SIGTERM);
    sleep_ms(100);
    worker_send(worker, fresh, "NAME=a", "body", 4, true);
    worker_expect(worker, fresh, "Status: 200\r\n\r\na 4");
    assert_true(fcgi_is_closed(fresh, 500));
    /* The other one never asks, and is given up. */
    assert_int_equal(worker_wait(worker, 2 * SOON_MS), 0);
    assert_true(fcgi_is_closed(silent, 0));
    close(fresh);
    close(silent);
}

static void test_waiting_requests_are_served(void **state)
{
    enum { MANY = 40 };
    struct worker *worker = *state;
    int fds[MANY];

    for (size_t i = 0; i < MANY; i++) {
        fds[i] = worker_connect(worker);
        worker_ask(worker, fds[i], "a");
    }
    /* The first keeps the worker busy while the rest arrives; half of them from connections that it has not accepted yet. */
    worker_send(worker, fds[0], "NAME=b SLEEP=300", NULL, 0, true);
    sleep_ms(50);
    for (size_t i = 1; i < MANY; i++) {
        if (i % 2) {
            close(fds[i]);
            fds[i] = worker_connect(worker);
        }
        worker_send(worker, fds[i], "NAME=c SLEEP=20", NULL, 0, true);
    }
    worker_signal(worker, SIGTERM);
    worker_expect(worker, fds[0], "Status: 200\r\n\r\nb 0");
    for (size_t i = 1; i < MANY; i++)
        worker_expect(worker, fds[i], "Status: 200\r\n\r\nc 0");
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
}

/* A supervisor: keeps two workers running until it is told to stop, then counts those that did not end well. */
static int supervise(struct worker *worker, sigset_t *mask)
{
    pid_t pids[2] = {0};
    int bad = 0;

    for (;;) {
        siginfo_t info;
        const struct timespec time = {.tv_nsec = 1000000};
        bool over = sigtimedwait(mask, &info, &time) == SIGTERM;

        for (size_t i = 0; i < COUNT(pids); i++) {
            if (over && pids[i])
                kill(pids[i], SIGTERM);
            worker->pid = pids[i];
            int status = pids[i] ? worker_wait(worker, over ? 5000 : 0) : 0;

            bad += status > 0;
            if (status >= 0 && !over) {
                worker_start(worker);
                pids[i] = worker->pid;
            }
        }
        if (over)
            return bad;
    }
}

static void start_pool(struct worker *worker)
{
    sigset_t mask;

    fflush(NULL);
    worker->pid = fork();
    assert_true(worker->pid >= 0);
    if (worker->pid != 0)
        return;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    exit(supervise(worker, &mask));
}

static int count_lines(const struct worker *worker, const char *text)
{
    char line[5000];
    int count = 0;
    FILE *log = fopen(worker->log_path, "re");

    assert_non_null(log);
    while (fgets(line, sizeof line, log))
        count += strstr(line, text) != NULL;
    fclose(log);
    return count;
}

/* As nginx does with a GET: a kept connection that turns out to be closed is replaced, and the request sent again. */
static void ask_again_if_stale(struct worker *worker, int *kept)
{
    char *environment[] = {(char[]){"NAME=kept"}, NULL};
    struct buffer request;
    struct fcgi_answer answer;

    buffer_init(&request, &worker->arena);
    fcgi_add_request(&request, environment, NULL, 0, true);
    if (*kept >= 0 && fcgi_send(*kept, &request) &&
        fcgi_receive(*kept, &worker->arena, 5000, &answer) == FCGI_ANSWERED)
        return;
    if (*kept >= 0)
        close(*kept);
    *kept = worker_connect(worker);
    worker_ask(worker, *kept, "kept");
}

static void test_max_requests(void **state)
{
    struct worker *worker = *state;
    int kept = -1;

    worker->config.max_requests = 20;
    start_pool(worker);
    for (int i = 0; i < 1000; i++) {
        int fresh = worker_connect(worker);

        worker_ask(worker, fresh, "fresh");
        ask_again_if_stale(worker, &kept);
        close(fresh);
    }
    close(kept);
    assert_int_equal(worker->record->count, 2000);
    assert_true(count_lines(worker, "makes room") > 20);
}

static void test_silent_connections_end_it(void **state)
{
    struct worker *worker = *state;
    int fd;

    worker->config.max_requests = 5;
    worker->config.drain_timeout_ms = 1000;
    worker_start(worker);
    fd = worker_connect(worker);
    for (int i = 0; i < 5; i++)
        worker_ask(worker, fd, "a");
    assert_false(fcgi_is_closed(fd, 300));
    worker_ask(worker, fd, "b");
    assert_false(fcgi_is_closed(fd, 300));
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

static void test_one_ends_alone(void **state)
{
    struct worker *worker = *state;
    int fd;

    worker->config.max_requests = 5;
    worker->config.drain_timeout_ms = 100;
    worker_start(worker);
    fd = worker_connect(worker);
    /* Busy connections are served on, but not for ever. */
    int64_t began = clock_monotonic_us();

    while (!fcgi_is_closed(fd, 0)) {
        worker_ask(worker, fd, "a");
        sleep_ms(20);
        assert_true(clock_monotonic_us() - began < 5000000);
    }
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    assert_true(worker->record->count > 10);
    close(fd);
}

static void test_memory(void **state)
{
    struct worker *worker = *state;
    int fd;

    worker->config.max_memory_mb = 150;
    worker->config.drain_timeout_ms = 50;
    worker_start(worker);
    fd = worker_connect(worker);
    for (int i = 0; i < 600; i++)
        worker_ask(worker, fd, "a");
    sleep_ms(200);
    assert_int_equal(worker_wait(worker, 0), -1);
    worker_send(worker, fd, "NAME=b GROW=200000000", NULL, 0, true);
    worker_expect(worker, fd, "Status: 200\r\n\r\nb 0");
    for (int i = 0; i < 256; i++)
        worker_ask(worker, fd, "c");
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    assert_true(fcgi_is_closed(fd, 0));
    close(fd);
}

static void test_hangup_reopens_log(void **state)
{
    struct worker *worker = *state;
    char old[sizeof worker->log_path + 4];
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "before");
    snprintf(old, sizeof old, "%s.1", worker->log_path);
    assert_int_equal(rename(worker->log_path, old), 0);
    worker_ask(worker, fd, "between");
    worker_signal(worker, SIGHUP);
    sleep_ms(100);
    worker_ask(worker, fd, "after");
    assert_int_equal(count_lines(worker, "served"), 1);
    assert_int_equal(count_lines(worker, "served after"), 1);
    close(fd);
}

static void test_hangup_without_folder(void **state)
{
    struct worker *worker = *state;
    char away[sizeof worker->folder + 8];
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "before");
    snprintf(away, sizeof away, "%s.away", worker->folder);
    assert_int_equal(rename(worker->folder, away), 0);
    worker_signal(worker, SIGHUP);
    sleep_ms(100);
    worker_ask(worker, fd, "after");
    assert_int_equal(rename(away, worker->folder), 0);
    assert_int_equal(count_lines(worker, "The log stays as it is"), 1);
    assert_int_equal(count_lines(worker, "served after"), 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"SIGTERM and SIGINT end an idle worker at once", test_idle_ends_at_once, prepare, stop,
         NULL},
        {"SIGTERM lets the request in hand finish whole", test_request_in_hand_finishes, start,
         stop, NULL},
        {"SIGTERM during an upload lets it finish", test_upload_finishes, start, stop, NULL},
        {"an upload that is cut after SIGTERM reads as broken", test_cut_upload, start, stop,
         NULL},
        {"after SIGTERM a fresh connection is given time for its request",
         test_fresh_connections_are_waited_for, prepare, stop, NULL},
        {"requests that wait when SIGTERM comes are all served", test_waiting_requests_are_served,
         start, stop, NULL},
        {"workers with a request limit take turns without a failed request", test_max_requests,
         prepare, stop, NULL},
        {"a worker at its limit ends when its connections fall silent",
         test_silent_connections_end_it, prepare, stop, NULL},
        {"a worker at its limit ends although its connection stays busy", test_one_ends_alone,
         prepare, stop, NULL},
        {"a worker above its memory limit ends without a failed request", test_memory, prepare,
         stop, NULL},
        {"SIGHUP opens the log again", test_hangup_reopens_log, start, stop, NULL},
        {"SIGHUP without a place for the log keeps the old one", test_hangup_without_folder, start,
         stop, NULL},
    };

    return cmocka_run_group_tests_name("http/fastcgi end", tests, NULL, NULL);
}
