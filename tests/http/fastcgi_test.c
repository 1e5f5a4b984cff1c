/* fastcgi_test.c - tests of http/fastcgi: connections, bodies, answers */
#include "../support/unit.h"
#include "../support/worker.h"

#include "keel/http/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void test_kept(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);

    for (int i = 0; i < 300; i++)
        worker_ask(worker, fd, i % 2 ? "odd" : "even");
    assert_int_equal(worker->record->count, 300);
    close(fd);
}

static void test_not_kept(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);

    worker_send(worker, fd, "NAME=a", NULL, 0, false);
    worker_expect(worker, fd, "Status: 200\r\n\r\na 0");
    assert_true(fcgi_is_closed(fd, 3000));
    close(fd);
}

static void test_idle_does_not_pin(void **state)
{
    struct worker *worker = *state;
    int kept[3];

    for (size_t i = 0; i < COUNT(kept); i++) {
        kept[i] = worker_connect(worker);
        worker_ask(worker, kept[i], "first");
    }
    for (size_t i = 0; i < 30; i++)
        worker_ask(worker, kept[i * 7 % 3], "again");
    for (size_t i = 0; i < COUNT(kept); i++)
        close(kept[i]);
}

static void test_turns(void **state)
{
    struct worker *worker = *state;
    int busy = worker_connect(worker);
    int others[2];

    for (size_t i = 0; i < COUNT(others); i++) {
        others[i] = worker_connect(worker);
        worker_ask(worker, others[i], "x");
    }
    /*
     * All three wait while the first request is answered. The first asks again at once and may be
     * let in before the others when it is quick, but not once more.
     */
    worker_send(worker, busy, "NAME=a SLEEP=500", NULL, 0, true);
    sleep_ms(100);
    worker_send(worker, others[0], "NAME=b SLEEP=300", NULL, 0, true);
    worker_send(worker, others[1], "NAME=c", NULL, 0, true);
    worker_expect(worker, busy, "Status: 200\r\n\r\na 0");
    worker_ask(worker, busy, "d");
    worker_ask(worker, busy, "e");
    worker_expect(worker, others[0], "Status: 200\r\n\r\nb 0");
    worker_expect(worker, others[1], "Status: 200\r\n\r\nc 0");
    assert_int_equal(worker->record->order[2], 'a');
    assert_int_equal(worker->record->order[6], 'e');
    close(busy);
    close(others[0]);
    close(others[1]);
}

static void test_body_in_any_records(void **state)
{
    static const size_t steps[] = {1, 7, 8, 100, 8184, 8185, 8192, 65535};
    struct worker *worker = *state;
    int fd = worker_connect(worker);
    char *environment[] = {(char[]){"NAME=a"}, (char[]){"SUM=1"}, NULL};
    char *body = calloc(1, 100000);
    char answer[64];

    for (size_t i = 0; i < 100000; i++)
        body[i] = (char)(i * i % 257);
    snprintf(answer, sizeof answer, "Status: 200\r\n\r\na 100000 %u",
             (unsigned)worker_sum(0, body, 100000));

    for (size_t i = 0; i < COUNT(steps); i++) {
        struct buffer request;

        buffer_init(&request, &worker->arena);
        fcgi_add_head(&request, environment, true);
        fcgi_add_stream(&request, FCGI_STDIN, 1, body, 100000, steps[i]);
        assert_true(fcgi_send(fd, &request));
        worker_expect(worker, fd, answer);
    }
    free(body);
    close(fd);
}

static void test_large_answer(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);
    struct fcgi_answer answer;

    worker_send(worker, fd, "NAME=a ANSWER=3000000", NULL, 0, true);
    assert_int_equal(fcgi_receive(fd, &worker->arena, 5000, &answer), FCGI_ANSWERED);
    assert_int_equal(answer.output.length, strlen("Status: 200\r\n\r\na 0") + 3000000);
    assert_int_equal(answer.output.data[answer.output.length - 1], '.');
    worker_ask(worker, fd, "b");
    close(fd);
}

static void test_reader_leaves(void **state)
{
    struct worker *worker = *state;

    for (int i = 0; i < 20; i++) {
        int fd = worker_connect(worker);

        worker_send(worker, fd, "NAME=a ANSWER=1000000", NULL, 0, true);
        close(fd);
    }
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "b");
    close(fd);
}

static void test_cut(void **state)
{
    struct worker *worker = *state;
    struct fcgi_answer answer;

    for (int i = 0; i < 2; i++) {
        int fd = worker_connect(worker);

        worker_ask(worker, fd, "a");
        worker_send(worker, fd, i ? "NAME=b CUT=1 ANSWER=3000000" : "NAME=b CUT=1", NULL, 0, true);
        assert_int_equal(fcgi_receive(fd, &worker->arena, 5000, &answer), FCGI_CLOSED);
        close(fd);
    }
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "c");
    close(fd);
}

/* While the first waits, the others come to stand where a long answer finds them. */
static void test_long_answer(void **state)
{
    struct worker *worker = *state;
    int first = worker_connect(worker);
    int second = worker_connect(worker);
    int third = worker_connect(worker);
    int idle = worker_connect(worker);
    int fresh;

    worker_ask(worker, second, "x");
    worker_ask(worker, third, "x");
    worker_ask(worker, idle, "x");
    worker_send(worker, first, "NAME=a SLEEP=300", NULL, 0, true);
    sleep_ms(50);
    worker_send(worker, second, "NAME=b LONG=1 SLEEP=800", NULL, 0, true);
    sleep_ms(50);
    worker_send(worker, third, "NAME=c", NULL, 0, true);
    fresh = worker_connect(worker);
    worker_expect(worker, first, "Status: 200\r\n\r\na 0");
    assert_true(fcgi_is_closed(idle, 500));
    assert_true(fcgi_is_closed(first, 100));
    worker_expect(worker, second, "Status: 200\r\n\r\nb 0");
    worker_expect(worker, third, "Status: 200\r\n\r\nc 0");
    worker_ask(worker, second, "d");
    worker_ask(worker, fresh, "e");
    close(first);
    close(second);
    close(third);
    close(idle);
    close(fresh);
}

static int count_open_files(pid_t pid)
{
    char path[64];
    int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
        char target[64];

        count += readlink(path, target, sizeof target) > 0;
    }
    return count;
}

static void test_gone_peers_are_forgotten(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "a");
    int before = count_open_files(worker->pid);

    for (int i = 0; i < 50; i++) {
        int gone = worker_connect(worker);

        if (i % 2)
            worker_ask(worker, gone, "b");
        close(gone);
    }
    worker_ask(worker, fd, "c");
    sleep_ms(50);
    assert_true(before > 0);
    assert_int_equal(count_open_files(worker->pid), before);
    assert_int_equal(worker->record->count, 27);
    close(fd);
}

static void test_thousands(void **state)
{
    enum { MANY = 2000 };
    struct worker *worker = *state;
    struct rlimit limit;
    int *fds = calloc(MANY, sizeof *fds);

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    worker_start(worker);
    for (int i = 0; i < MANY; i++)
        fds[i] = worker_connect(worker);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++)
            worker_ask(worker, fds[i], "a");
    }
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    free(fds);
    worker_signal(worker, SIGTERM);
    assert_int_equal(worker_wait(worker, 5000), 0);
}

static void test_no_files_left(void **state)
{
    struct worker *worker = *state;
    int fds[40];

    worker->file_limit = 24;
    worker_start(worker);
    for (size_t i = 0; i < COUNT(fds); i++)
        fds[i] = worker_connect(worker);
    sleep_ms(400);
    assert_int_equal(worker_count_log(worker, "Cannot take connections"), 1);
    worker_ask(worker, fds[0], "a");
    worker_send(worker, fds[39], "NAME=b", NULL, 0, true);
    for (size_t i = 0; i < 35; i++)
        close(fds[i]);
    worker_expect(worker, fds[39], "Status: 200\r\n\r\nb 0");
    for (size_t i = 35; i < COUNT(fds); i++)
        close(fds[i]);
}

static void test_not_a_socket(void **state)
{
    struct app app = {.config = {.request_timeout_s = 1}};
    struct worker *worker = *state;
    int pipes[2];

    assert_true(log_open(&app.log, worker->log_path, LOG_LEVEL_INFO));
    assert_int_equal(pipe(pipes), 0);
    assert_false(fastcgi_serve(&app, pipes[0], NULL));
    assert_false(fastcgi_serve(&app, -1, NULL));
    log_close(&app.log);
    assert_int_equal(worker_count_log(worker, "\"level\":\"error\""), 2);
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a kept connection answers request after request", test_kept, worker_setup_started,
         worker_teardown, NULL},
        {"a connection that is not to be kept closes after its answer", test_not_kept,
         worker_setup_started, worker_teardown, NULL},
        {"an idle kept connection keeps nobody else waiting", test_idle_does_not_pin,
         worker_setup_started, worker_teardown, NULL},
        {"a connection that asks again and again keeps no other waiting", test_turns,
         worker_setup_started, worker_teardown, NULL},
        {"a body arrives whole in records of any size", test_body_in_any_records,
         worker_setup_started, worker_teardown, NULL},
        {"a large answer arrives whole", test_large_answer, worker_setup_started, worker_teardown,
         NULL},
        {"a peer that leaves before its answer ends its own request only", test_reader_leaves,
         worker_setup_started, worker_teardown, NULL},
        {"an answer that is cut has no end, and its connection serves nobody again", test_cut,
         worker_setup_started, worker_teardown, NULL},
        {"before a long answer idle connections are sent away, and no others", test_long_answer,
         worker_setup_started, worker_teardown, NULL},
        {"connections whose peer has gone are closed", test_gone_peers_are_forgotten,
         worker_setup_started, worker_teardown, NULL},
        {"two thousand connections are served, above FD_SETSIZE", test_thousands,
         worker_setup_prepared, worker_teardown, NULL},
        {"where files run out, connections wait and the log says so once", test_no_files_left,
         worker_setup_prepared, worker_teardown, NULL},
        {"what is no listening socket is refused with a line in the log", test_not_a_socket,
         worker_setup_prepared, worker_teardown, NULL},
    };

    return cmocka_run_group_tests_name("http/fastcgi", tests, NULL, NULL);
}
