/* metrics_test.c - tests of core/metrics: counting together, and what is read of it */
#include "keel/core/metrics.h"

#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/scrape.h"
#include "../support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1768212000250000)

static const struct metrics_route routes[] = {
    {"items.get", "GET"}, {"items.list", "GET"}, {"items.create", "POST"}};

enum { GET_ITEM, LIST_ITEMS, CREATE_ITEM };

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
    assert_true(metrics_open(fixture->path, routes, COUNT(routes), &fixture->metrics));
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

/* What a monitoring system reads, of the right form whatever it is. */
static const char *scrape(struct fixture *fixture)
{
    struct buffer out;

    buffer_init(&out, &fixture->arena);
    metrics_write(fixture->metrics, &out);
    assert_false(out.failed);
    scrape_check(out.data);
    return out.data;
}

static void count(struct metrics *metrics, size_t route, int status, int64_t us)
{
    metrics_count_request(
        metrics, &(struct metrics_request){.route = route, .status = status, .duration_us = us});
}

static void test_requests(void **state)
{
    struct fixture *fixture = *state;

    count(fixture->metrics, GET_ITEM, 200, 120);
    count(fixture->metrics, GET_ITEM, 404, 80);
    count(fixture->metrics, GET_ITEM, 200, 1000000);
    count(fixture->metrics, CREATE_ITEM, 201, 900);
    count(fixture->metrics, METRICS_NO_ROUTE, 404, 10);
    const char *text = scrape(fixture);

    assert_true(scrape_value(text, "keel_requests_total{route=\"items.get\",method=\"GET\","
                                   "status=\"200\"}") == 2);
    assert_true(scrape_value(text, "keel_requests_total{route=\"items.get\",method=\"GET\","
                                   "status=\"404\"}") == 1);
    assert_true(scrape_value(text, "keel_requests_total{route=\"items.create\",method=\"POST\","
                                   "status=\"201\"}") == 1);
    assert_true(scrape_value(text, "keel_requests_total{route=\"none\",method=\"any\","
                                   "status=\"404\"}") == 1);
    assert_true(scrape_value(text, "keel_request_duration_seconds_sum{route=\"items.get\","
                                   "method=\"GET\"}") == 1.0002);
    /* Nothing is said of what nobody asked for. */
    assert_true(scrape_sum(text, "keel_requests_total", "items.list") == 0);
    assert_null(strstr(text, "items.list"));
}

static void test_buckets(void **state)
{
    static const struct {
        int64_t us;
        const char *bound, *below; /* the bucket that has it, and the one before, which has not */
    } cases[] = {
        {0, "0.0001", NULL},       {100, "0.0001", NULL},     {101, "0.00025", "0.0001"},
        {2500, "0.0025", "0.001"}, {2501, "0.005", "0.0025"}, {1000000, "1", "0.5"},
        {10000000, "10", "5"},     {10000001, "+Inf", "10"},  {INT64_MAX / 4, "+Inf", "10"},
    };
    struct fixture *fixture = *state;
    char series[160];

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *before = scrape(fixture);

        count(fixture->metrics, GET_ITEM, 200, cases[i].us);
        const char *after = scrape(fixture);

        for (int below = 0; below < 2; below++) {
            const char *bound = below ? cases[i].below : cases[i].bound;

            if (!bound)
                continue;
            snprintf(series, sizeof series,
                     "keel_request_duration_seconds_bucket{route=\"items.get\",method=\"GET\","
                     "le=\"%s\"}",
                     bound);
            double was = scrape_find(before, series);

            assert_true(scrape_value(after, series) == (was < 0 ? 0 : was) + !below);
        }
    }
}

static void test_database_time(void **state)
{
    struct fixture *fixture = *state;

    metrics_count_request(fixture->metrics, &(struct metrics_request){.route = LIST_ITEMS,
                                                                      .status = 200,
                                                                      .duration_us = 3000,
                                                                      .database_us = 2500,
                                                                      .queries = 3});
    metrics_count_request(fixture->metrics, &(struct metrics_request){.route = LIST_ITEMS,
                                                                      .status = 200,
                                                                      .duration_us = 3000,
                                                                      .database_us = 1000000,
                                                                      .queries = 1});
    const char *text = scrape(fixture);

    assert_true(scrape_value(text, "keel_request_database_seconds_total{route=\"items.list\","
                                   "method=\"GET\"}") == 1.0025);
    assert_true(scrape_value(text, "keel_request_queries_total{route=\"items.list\","
                                   "method=\"GET\"}") == 4);
}

static void test_counters(void **state)
{
    struct fixture *fixture = *state;

    metrics_count(fixture->metrics, METRICS_REFUSED_AUTH);
    metrics_count(fixture->metrics, METRICS_REFUSED_AUTH);
    metrics_count(fixture->metrics, METRICS_SLOW_QUERY);
    const char *text = scrape(fixture);

    assert_true(scrape_value(text, "keel_rate_limit_refusals_total{class=\"auth\"}") == 2);
    assert_true(scrape_value(text, "keel_rate_limit_refusals_total{class=\"read\"}") == 0);
    assert_true(scrape_value(text, "keel_slow_queries_total") == 1);
    assert_true(scrape_value(text, "keel_transaction_retries_total") == 0);
}

static void test_nothing(void **state)
{
    (void)state;
    count(NULL, GET_ITEM, 200, 1);
    metrics_count(NULL, METRICS_SLOW_QUERY);
    metrics_enter(NULL, "api", NOW);
    metrics_set_busy(NULL, true);
    metrics_leave(NULL, METRICS_END_TOLD);
    metrics_close(NULL);
}

/* Whatever a handler may come to answer, a scrape stays small. */
static void test_many_statuses(void **state)
{
    struct fixture *fixture = *state;

    for (int status = 200; status < 300; status++)
        count(fixture->metrics, GET_ITEM, status, 1);
    const char *text = scrape(fixture);

    assert_true(scrape_sum(text, "keel_requests_total", "items.get") == 100);
    assert_true(scrape_value(text, "keel_requests_total{route=\"items.get\",method=\"GET\","
                                   "status=\"other\"}") == 84);
    assert_true(scrape_find(text, "keel_requests_total{route=\"items.get\",method=\"GET\","
                                  "status=\"216\"}") == -1);
}

/* As when a new build takes over while the old one still answers. */
static void test_two_programs(void **state)
{
    static const struct metrics_route newer[] = {
        {"orders.get", "GET"}, {"items.create", "POST"}, {"items.get", "GET"}};
    struct fixture *fixture = *state;
    struct metrics *other;

    assert_true(metrics_open(fixture->path, newer, COUNT(newer), &other));
    count(fixture->metrics, GET_ITEM, 200, 1);
    count(other, 2, 200, 1);
    count(other, 0, 200, 1);
    const char *text = scrape(fixture);

    assert_true(scrape_sum(text, "keel_requests_total", "items.get") == 2);
    assert_true(scrape_sum(text, "keel_requests_total", "orders.get") == 1);
    metrics_close(other);
}

/* A folder of old programs' routes does not keep a new one from counting. */
static void test_full(void **state)
{
    enum { MANY = 600 };
    static char names[MANY][32];
    static struct metrics_route many[MANY];
    struct fixture *fixture = *state;
    struct metrics *other;

    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "r%d.get", i);
        many[i] = (struct metrics_route){names[i], "GET"};
    }
    assert_true(metrics_open(fixture->path, many, MANY, &other));
    for (size_t i = 0; i < MANY; i++)
        count(other, i, 200, 1);
    struct buffer out;

    buffer_init(&out, &fixture->arena);
    metrics_write(other, &out);
    /* 512 places, of which five are taken. */
    assert_true(scrape_sum(out.data, "keel_requests_total", "route=\"other\"") == MANY - 507);
    assert_true(scrape_sum(out.data, "keel_requests_total", "r506.get") == 1);
    assert_true(scrape_sum(out.data, "keel_requests_total", "") == MANY);
    metrics_close(other);
}

static void test_long_names(void **state)
{
    char name[300];
    struct metrics_route route = {name, "PROPFIND-AND-MORE"};
    struct fixture *fixture = *state;
    struct metrics *other;

    memset(name, 'x', sizeof name - 1);
    name[0] = '"';
    name[1] = '\\';
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        assert_true(metrics_open(fixture->path, &route, 1, &other));
        count(other, 0, 200, 1);
        metrics_close(other);
    }
    assert_true(scrape_sum(scrape(fixture), "keel_requests_total", "route=\"\\\"\\\\xxx") == 2);
}

/* Each number is right whoever adds to it meanwhile, and wherever somebody is killed. */
static void test_killed_while_counting(void **state)
{
    enum { PROCESSES = 6, REQUESTS = 20000 };
    struct fixture *fixture = *state;
    pid_t pids[PROCESSES];
    int gate[2];

    assert_int_equal(pipe(gate), 0);
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            for (int64_t n = 0; i < PROCESSES / 2 || n < REQUESTS; n++) {
                count(fixture->metrics, GET_ITEM, 200, n % 5000);
                if (n == REQUESTS / 2)
                    (void)!write(gate[1], "x", 1);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        char byte;

        assert_int_equal(read(gate[0], &byte, 1), 1);
    }
    /* The first half would count for ever. */
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        if (i < PROCESSES / 2)
            assert_int_equal(kill(pids[i], SIGKILL), 0);
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    }
    close(gate[0]);
    close(gate[1]);
    const char *text = scrape(fixture);
    double answered = scrape_sum(text, "keel_requests_total", "items.get");
    double measured = scrape_sum(text, "keel_request_duration_seconds_count", "items.get");

    assert_true(answered >= (PROCESSES - PROCESSES / 2) * REQUESTS + PROCESSES / 2 * REQUESTS / 2);
    /* Of each that was killed one request at most is in one number and not yet in the next. */
    assert_true(answered - measured >= 0 && answered - measured <= PROCESSES / 2);
}

static void test_kept(void **state)
{
    struct fixture *fixture = *state;
    double began;

    count(fixture->metrics, GET_ITEM, 200, 1);
    began = scrape_value(scrape(fixture), "keel_counting_start_time_seconds");
    metrics_close(fixture->metrics);
    assert_true(metrics_open(fixture->path, routes, COUNT(routes), &fixture->metrics));
    const char *text = scrape(fixture);

    assert_true(scrape_sum(text, "keel_requests_total", "items.get") == 1);
    assert_true(began > 0 && scrape_value(text, "keel_counting_start_time_seconds") == began);
}

static void test_no_memory(void **state)
{
    struct fixture *fixture = *state;
    struct metrics *other;

    faults_begin();
    while (faults_next()) {
        bool ok = metrics_open(fixture->path, routes, COUNT(routes), &other);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        if (ok)
            metrics_close(other);
    }
    assert_true(faults_count() > 0);
}

static void test_no_file(void **state)
{
    struct fixture *fixture = *state;
    struct metrics *other;

    assert_false(metrics_open(fixture->folder, routes, COUNT(routes), &other));
    assert_false(metrics_open("/dev/null/metrics", routes, COUNT(routes), &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("requests are counted by route and status, with their time", test_requests),
        FIXTURE_TEST("a bucket has what takes as long as its bound and no longer", test_buckets),
        FIXTURE_TEST("time and number of queries are added up", test_database_time),
        FIXTURE_TEST("other events are counted, and said to be 0 before", test_counters),
        FIXTURE_TEST("without a file nothing is counted", test_nothing),
        FIXTURE_TEST("more statuses than there is room for are others", test_many_statuses),
        FIXTURE_TEST("programs of two versions count in one file", test_two_programs),
        FIXTURE_TEST("more routes than there is room for are others", test_full),
        FIXTURE_TEST("a name that is too long is cut, and escaped", test_long_names),
        FIXTURE_TEST("no number is wrong where processes are killed", test_killed_while_counting),
        FIXTURE_TEST("what was counted stays when all processes end", test_kept),
        FIXTURE_TEST("fails without memory", test_no_memory),
        FIXTURE_TEST("fails without a file", test_no_file),
    };

    return cmocka_run_group_tests_name("core/metrics", tests, NULL, NULL);
}
