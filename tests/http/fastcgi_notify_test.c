/* fastcgi_notify_test.c - tests of http/fastcgi: what a service manager hears of a worker */
#include "../support/manager.h"
#include "../support/unit.h"
#include "../support/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOON_MS = 3000 };

struct pair {
    struct manager manager;
    struct worker worker;
};

static int begin(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);

    assert_non_null(pair);
    *state = pair;
    manager_begin(&pair->manager, false);
    worker_prepare(&pair->worker);
    return 0;
}

static int end(void **state)
{
    struct pair *pair = *state;

    worker_remove(&pair->worker);
    manager_end(&pair->manager);
    free(pair);
    return 0;
}

static void test_life(void **state)
{
    struct pair *pair = *state;

    worker_start(&pair->worker);
    assert_string_equal(manager_hear(&pair->manager, SOON_MS), "READY=1");
    worker_signal(&pair->worker, SIGTERM);
    assert_string_equal(manager_hear(&pair->manager, SOON_MS), "STOPPING=1");
    assert_int_equal(worker_wait(&pair->worker, SOON_MS), 0);
    assert_string_equal(manager_hear(&pair->manager, 0), "");
}

static void expect_beats(struct pair *pair, int count)
{
    for (int i = 0; i < count; i++)
        assert_string_equal(manager_hear(&pair->manager, SOON_MS), "WATCHDOG=1");
}

static void test_idle(void **state)
{
    struct pair *pair = *state;

    setenv("WATCHDOG_USEC", "100000", 1);
    worker_start(&pair->worker);
    assert_string_equal(manager_hear(&pair->manager, SOON_MS), "READY=1");
    expect_beats(pair, 5);
}

/* A request that never ends is what a watchdog is for. */
static void test_stuck(void **state)
{
    struct pair *pair = *state;

    setenv("WATCHDOG_USEC", "100000", 1);
    worker_start(&pair->worker);
    assert_string_equal(manager_hear(&pair->manager, SOON_MS), "READY=1");
    int fd = worker_connect(&pair->worker);

    worker_send(&pair->worker, fd, "NAME=a SLEEP=1000", NULL, 0, true);
    sleep_ms(200);
    while (*manager_hear(&pair->manager, 0))
        continue;
    assert_string_equal(manager_hear(&pair->manager, 500), "");
    worker_expect(&pair->worker, fd, "Status: 200\r\n\r\na 0");
    expect_beats(pair, 2);
    close(fd);
}

/* Sends a body of `count` pieces with pauses between, so that one request lasts long. */
static void send_slowly(struct worker *worker, int fd, int count)
{
    char *environment[] = {(char[]){"NAME=a"}, NULL};
    struct buffer request;

    buffer_init(&request, &worker->arena);
    fcgi_add_head(&request, environment, true);
    for (int i = 0; i < count; i++) {
        fcgi_add_record(&request, FCGI_STDIN, 1, "12345678", 8, 0);
        assert_true(fcgi_send(fd, &request));
        buffer_init(&request, &worker->arena);
        sleep_ms(60);
    }
    fcgi_add_record(&request, FCGI_STDIN, 1, "", 0, 0);
    assert_true(fcgi_send(fd, &request));
}

static void test_moving(void **state)
{
    struct pair *pair = *state;

    setenv("WATCHDOG_USEC", "100000", 1);
    worker_start(&pair->worker);
    assert_string_equal(manager_hear(&pair->manager, SOON_MS), "READY=1");
    int fd = worker_connect(&pair->worker);

    send_slowly(&pair->worker, fd, 10);
    worker_expect(&pair->worker, fd, "Status: 200\r\n\r\na 80");
    expect_beats(pair, 6);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a manager hears when a worker serves and when it ends", test_life),
        FIXTURE_TEST("an idle worker shows that it lives", test_idle),
        FIXTURE_TEST("a worker that is stuck in a request does not", test_stuck),
        FIXTURE_TEST("one whose request moves on does", test_moving),
    };

    return cmocka_run_group_tests_name("fastcgi_notify", tests, NULL, NULL);
}
