/* fastcgi_signals_test.c - tests of http/fastcgi: what SIGTERM, SIGINT and SIGHUP do */
#include "../support/unit.h"
#include "../support/worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOON_MS = 3000 };

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
    /*
     * The first keeps the worker busy while the rest arrives; half of them from connections that it
     * has not accepted yet.
     */
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
    assert_int_equal(worker_count_log(worker, "served"), 1);
    assert_int_equal(worker_count_log(worker, "served after"), 1);
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
    assert_int_equal(worker_count_log(worker, "The log stays as it is"), 1);
    assert_int_equal(worker_count_log(worker, "served after"), 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"SIGTERM and SIGINT end an idle worker at once", test_idle_ends_at_once,
         worker_setup_prepared, worker_teardown, NULL},
        {"SIGTERM lets the request in hand finish whole", test_request_in_hand_finishes,
         worker_setup_started, worker_teardown, NULL},
        {"SIGTERM during an upload lets it finish", test_upload_finishes, worker_setup_started,
         worker_teardown, NULL},
        {"an upload that is cut after SIGTERM reads as broken", test_cut_upload,
         worker_setup_started, worker_teardown, NULL},
        {"after SIGTERM a fresh connection is given time for its request",
         test_fresh_connections_are_waited_for, worker_setup_prepared, worker_teardown, NULL},
        {"requests that wait when SIGTERM comes are all served", test_waiting_requests_are_served,
         worker_setup_started, worker_teardown, NULL},
        {"SIGHUP opens the log again", test_hangup_reopens_log, worker_setup_started,
         worker_teardown, NULL},
        {"SIGHUP without a place for the log keeps the old one", test_hangup_without_folder,
         worker_setup_started, worker_teardown, NULL},
    };

    return cmocka_run_group_tests_name("http/fastcgi signals", tests, NULL, NULL);
}
