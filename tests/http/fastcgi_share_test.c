/* fastcgi_share_test.c - tests of http/fastcgi: a worker at a limit makes room */
#include "../support/unit.h"
#include "../support/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SOON_MS = 3000, YOUNG_MS = 1100 };

/*
 * A supervisor: keeps two workers running until it is told to stop, then counts those that did not
 * end well.
 */
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

/*
 * Claim: a request on a kept connection was answered. Otherwise the worker had closed it, and the
 * request may be sent again.
 */
static bool ask_kept(struct worker *worker, int fd)
{
    char *environment[] = {(char[]){"NAME=kept"}, NULL};
    struct buffer request;
    struct fcgi_answer answer;

    buffer_init(&request, &worker->arena);
    fcgi_add_request(&request, environment, NULL, 0, true);
    return fcgi_send(fd, &request) &&
           fcgi_receive(fd, &worker->arena, 5000, &answer) == FCGI_ANSWERED;
}

static void test_max_requests(void **state)
{
    struct worker *worker = *state;
    int kept;

    worker->config.max_requests = 20;
    start_pool(worker);
    kept = worker_connect(worker);
    for (int i = 0; i < 1000; i++) {
        int fresh = worker_connect(worker);

        worker_ask(worker, fresh, "fresh");
        close(fresh);
        /* What nginx does with a GET. */
        while (!ask_kept(worker, kept)) {
            close(kept);
            kept = worker_connect(worker);
        }
    }
    close(kept);
    assert_int_equal(worker->record->count, 2000);
    assert_true(worker_count_log(worker, "makes room") > 20);
}

/*
 * Five requests on one connection, the last of which reaches the limit; `drain_ms` / 20 is how long
 * it must be quiet then.
 */
static int reach_limit(struct worker *worker, int64_t drain_ms)
{
    worker->config.max_requests = 5;
    worker->config.drain_timeout_ms = drain_ms;
    worker_start(worker);
    int fd = worker_connect(worker);

    for (int i = 0; i < 5; i++)
        worker_ask(worker, fd, "a");
    return fd;
}

static void test_quiet_connections_close(void **state)
{
    struct worker *worker = *state;
    int fd = reach_limit(worker, 10000);

    assert_false(fcgi_is_closed(fd, 100));
    assert_true(fcgi_is_closed(fd, SOON_MS));
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

static void test_busy_connections_close(void **state)
{
    struct worker *worker = *state;
    int fd = reach_limit(worker, 60000);

    worker_ask(worker, fd, "b");
    assert_true(fcgi_is_closed(fd, 1000));
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

static void test_told_while_leaving(void **state)
{
    struct worker *worker = *state;
    int fd = reach_limit(worker, 60000);
    int later;

    sleep_ms(100);
    later = worker_connect(worker);

    /*
     * What connects now is for another worker: this one does not take it, even when told to hurry.
     */
    worker_send(worker, later, "NAME=b", NULL, 0, true);
    assert_false(fcgi_is_closed(fd, 100));
    worker_signal(worker, SIGTERM);
    assert_int_equal(worker_wait(worker, 1000), 0);
    assert_int_equal(worker->record->count, 5);
    worker_start(worker);
    worker_expect(worker, later, "Status: 200\r\n\r\nb 0");
    close(fd);
    close(later);
}

static void test_memory(void **state)
{
    struct worker *worker = *state;
    unsigned answers = 601;
    int fd;

    worker->config.max_memory_mb = 150;
    worker_start(worker);
    fd = worker_connect(worker);
    for (int i = 0; i < 600; i++)
        worker_ask(worker, fd, "a");
    worker_send(worker, fd, "NAME=b GROW=200000000", NULL, 0, true);
    worker_expect(worker, fd, "Status: 200\r\n\r\nb 0");
    while (answers < 2000 && ask_kept(worker, fd))
        answers++;
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    /* The limit is looked at every 256 requests, and no request is taken that is not answered. */
    assert_in_range(answers, 601, 601 + 256 + 1);
    assert_int_equal(worker->record->count, answers);
    close(fd);
}

/* What is too large for any worker must not end one after the other. */
static void test_short_of_memory(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);

    worker_send(worker, fd, "NAME=a SHORT=1", NULL, 0, true);
    worker_expect(worker, fd, "Status: 200\r\n\r\na 0");
    sleep_ms(YOUNG_MS);
    worker_ask(worker, fd, "b");
    assert_int_equal(worker_wait(worker, 100), -1);
    worker_send(worker, fd, "NAME=c SHORT=1", NULL, 0, true);
    worker_expect(worker, fd, "Status: 200\r\n\r\nc 0");
    assert_int_equal(worker_wait(worker, SOON_MS), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"workers with a request limit take turns without a failed request", test_max_requests,
         worker_setup_prepared, worker_teardown, NULL},
        {"a worker at its limit closes connections that are quiet and ends",
         test_quiet_connections_close, worker_setup_prepared, worker_teardown, NULL},
        {"a worker at its limit closes a busy connection behind an answer",
         test_busy_connections_close, worker_setup_prepared, worker_teardown, NULL},
        {"SIGTERM hurries a worker that is ending", test_told_while_leaving, worker_setup_prepared,
         worker_teardown, NULL},
        {"a worker above its memory limit ends without a failed request", test_memory,
         worker_setup_prepared, worker_teardown, NULL},
        {"a worker that found no memory ends, unless it is new", test_short_of_memory,
         worker_setup_started, worker_teardown, NULL},
    };

    return cmocka_run_group_tests_name("http/fastcgi share", tests, NULL, NULL);
}
