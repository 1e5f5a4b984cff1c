/* metrics_process_test.c - tests of core/metrics_process: who serves, and how it ended */
#include "keel/core/metrics.h"

#include "../support/folder.h"
#include "../support/scrape.h"
#include "../support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1768212000250000)

struct fixture {
    char folder[FOLDER_PATH_SIZE];
    char path[FOLDER_PATH_SIZE + 16];
    struct metrics *metrics;
    struct arena arena;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    *state = fixture;
    folder_make(fixture->folder);
    snprintf(fixture->path, sizeof fixture->path, "%s/metrics", fixture->folder);
    arena_init(&fixture->arena);
    assert_true(metrics_open(fixture->path, NULL, 0, &fixture->metrics));
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    metrics_close(fixture->metrics);
    arena_free(&fixture->arena);
    folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static double value(struct fixture *fixture, const char *series)
{
    struct buffer out;

    buffer_init(&out, &fixture->arena);
    metrics_write(fixture->metrics, &out);
    assert_false(out.failed);
    scrape_check(out.data);
    return scrape_find(out.data, series);
}

#define BUSY   "keel_workers{pool=\"api\",state=\"busy\"}"
#define IDLE   "keel_workers{pool=\"api\",state=\"idle\"}"
#define STARTS "keel_worker_starts_total{pool=\"api\"}"
#define TOLD   "keel_worker_ends_total{pool=\"api\",how=\"told\"}"
#define LIMIT  "keel_worker_ends_total{pool=\"api\",how=\"limit\"}"
#define KILLED "keel_worker_ends_total{pool=\"api\",how=\"killed\"}"

/* A worker of another process: it serves until it is ended. */
struct other {
    pid_t pid;
    int in, out;
};

/* Does as its lines say: "b" busy, "i" idle, "t" and "l" leave so. */
static void obey(struct metrics *metrics, int in, int out)
{
    char order;

    while (read(in, &order, 1) == 1) {
        if (order == 'b' || order == 'i')
            metrics_set_busy(metrics, order == 'b');
        else
            metrics_leave(metrics, order == 't' ? METRICS_END_TOLD : METRICS_END_LIMIT);
        (void)!write(out, "x", 1);
        if (order == 't' || order == 'l')
            _exit(0);
    }
    _exit(1);
}

static struct other start(struct fixture *fixture, const char *pool)
{
    struct other other;
    int to[2], from[2];
    char ready;

    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    fflush(NULL);
    other.pid = fork();
    assert_true(other.pid >= 0);
    if (other.pid == 0) {
        struct metrics *metrics;

        close(to[1]);
        close(from[0]);
        if (!metrics_open(fixture->path, NULL, 0, &metrics))
            _exit(2);
        metrics_enter(metrics, pool, NOW);
        (void)!write(from[1], "x", 1);
        obey(metrics, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    other.in = from[0];
    other.out = to[1];
    assert_int_equal(read(other.in, &ready, 1), 1);
    return other;
}

static void order(struct other *other, char what)
{
    char done;

    assert_int_equal(write(other->out, &what, 1), 1);
    assert_int_equal(read(other->in, &done, 1), 1);
}

static void wait_for(struct other *other)
{
    int status;

    assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
    close(other->in);
    close(other->out);
}

static void stop(struct other *other, char how)
{
    order(other, how);
    wait_for(other);
}

static void kill_it(struct other *other)
{
    assert_int_equal(kill(other->pid, SIGKILL), 0);
    wait_for(other);
}

static void test_states(void **state)
{
    struct fixture *fixture = *state;
    struct other one = start(fixture, "api"), two = start(fixture, "api");

    assert_true(value(fixture, IDLE) == 2);
    assert_true(value(fixture, BUSY) == 0);
    order(&two, 'b');
    assert_true(value(fixture, IDLE) == 1);
    assert_true(value(fixture, BUSY) == 1);
    order(&two, 'i');
    assert_true(value(fixture, BUSY) == 0);
    stop(&one, 't');
    stop(&two, 't');
    assert_true(value(fixture, IDLE) == 0);
    assert_true(value(fixture, STARTS) == 2);
}

static void test_ends(void **state)
{
    struct fixture *fixture = *state;
    struct other one = start(fixture, "api"), two = start(fixture, "api"),
                 three = start(fixture, "api");

    stop(&one, 't');
    stop(&two, 'l');
    order(&three, 'b');
    kill_it(&three);
    assert_true(value(fixture, BUSY) == 0);
    assert_true(value(fixture, IDLE) == 0);
    assert_true(value(fixture, TOLD) == 1);
    assert_true(value(fixture, LIMIT) == 1);
    assert_true(value(fixture, KILLED) == 1);
    /* And not again with the next look. */
    assert_true(value(fixture, KILLED) == 1);
}

/* Where nobody looks in between, whoever takes its place notices. */
static void test_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct other one = start(fixture, "api");

    order(&one, 'b');
    kill_it(&one);
    struct other two = start(fixture, "api");

    assert_true(value(fixture, KILLED) == 1);
    assert_true(value(fixture, BUSY) == 0);
    assert_true(value(fixture, IDLE) == 1);
    assert_true(value(fixture, STARTS) == 2);
    stop(&two, 't');
}

static void test_asking(void **state)
{
    struct fixture *fixture = *state;

    metrics_enter(fixture->metrics, "api", NOW);
    metrics_enter(fixture->metrics, "api", NOW);
    metrics_set_busy(fixture->metrics, true);
    assert_true(value(fixture, IDLE) == 1);
    assert_true(value(fixture, BUSY) == 0);
    assert_true(value(fixture, "keel_worker_start_time_seconds{pool=\"api\",place=\"0\"}") ==
                1768212000.25);
    metrics_leave(fixture->metrics, METRICS_END_TOLD);
    metrics_leave(fixture->metrics, METRICS_END_TOLD);
    assert_true(value(fixture, IDLE) == 0);
    assert_true(value(fixture, TOLD) == 1);
    assert_true(value(fixture, STARTS) == 1);
    assert_true(value(fixture, "keel_worker_start_time_seconds{pool=\"api\",place=\"0\"}") == -1);
}

static void test_pools(void **state)
{
    struct fixture *fixture = *state;
    struct other one = start(fixture, "api"), two = start(fixture, "\"auth\\");

    assert_true(value(fixture, IDLE) == 1);
    assert_true(value(fixture, "keel_workers{pool=\"\\\"auth\\\\\",state=\"idle\"}") == 1);
    kill_it(&two);
    assert_true(value(fixture, KILLED) == 0);
    assert_true(value(fixture, "keel_worker_ends_total{pool=\"\\\"auth\\\\\",how=\"killed\"}") ==
                1);
    stop(&one, 't');
}

static void test_many_pools(void **state)
{
    enum { POOLS = 20 };
    struct fixture *fixture = *state;
    struct metrics *all[POOLS];

    for (int i = 0; i < POOLS; i++) {
        char name[64];

        snprintf(name, sizeof name, "pool-%d-with-a-name-longer-than-there-is-room-for", i);
        assert_true(metrics_open(fixture->path, NULL, 0, &all[i]));
        metrics_enter(all[i], name, NOW);
    }
    assert_true(value(fixture, "keel_worker_starts_total{pool=\"other\"}") == POOLS - 15);
    assert_true(value(fixture, "keel_worker_starts_total{pool=\"pool-0-with-a-name-longer-than-"
                               "there-is\"}") == 1);
    for (int i = 0; i < POOLS; i++)
        metrics_close(all[i]);
}

/* More than there is room for are not counted, and serve all the same. */
static void test_many_processes(void **state)
{
    enum { PROCESSES = 260 };
    static struct metrics *all[PROCESSES];
    struct fixture *fixture = *state;

    for (int i = 0; i < PROCESSES; i++) {
        assert_true(metrics_open(fixture->path, NULL, 0, &all[i]));
        metrics_enter(all[i], "api", NOW);
        metrics_set_busy(all[i], true);
    }
    assert_true(value(fixture, BUSY) == 256);
    for (int i = 0; i < PROCESSES; i++) {
        metrics_leave(all[i], METRICS_END_TOLD);
        metrics_close(all[i]);
    }
    assert_true(value(fixture, BUSY) == 0);
    assert_true(value(fixture, TOLD) == 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("processes are busy or idle until they leave", test_states),
        FIXTURE_TEST("how each one ended is counted, once", test_ends),
        FIXTURE_TEST("one that was killed is noticed by its successor, too", test_replaced),
        FIXTURE_TEST("the one that asks is idle, and leaves once", test_asking),
        FIXTURE_TEST("pools are counted apart", test_pools),
        FIXTURE_TEST("more pools than there is room for are another one", test_many_pools),
        FIXTURE_TEST("more processes than there is room for go on", test_many_processes),
    };

    return cmocka_run_group_tests_name("core/metrics_process", tests, NULL, NULL);
}
