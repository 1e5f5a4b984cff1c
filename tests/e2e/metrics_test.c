/* metrics_test.c - what a monitoring system reads of several workers, whatever becomes of them */
#include "keel/core/clock.h"

#include "support/process.h"
#include "support/scrape.h"
#include "support/site.h"
#include "support/worker.h"

#include "support/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS     3
#define PATIENCE_US 10000000

#define OF_POOL(name, labels) name "{pool=\"api\"" labels "}"
#define STARTS                OF_POOL("keel_worker_starts_total", "")
#define TOLD                  OF_POOL("keel_worker_ends_total", ",how=\"told\"")
#define LIMIT                 OF_POOL("keel_worker_ends_total", ",how=\"limit\"")
#define KILLED                OF_POOL("keel_worker_ends_total", ",how=\"killed\"")
#define BUSY                  OF_POOL("keel_workers", ",state=\"busy\"")
#define IDLE                  OF_POOL("keel_workers", ",state=\"idle\"")

static const char *const settings[] = {
    "KEEL_RATE_READ_PER_MINUTE=0", "KEEL_RATE_WRITE_PER_MINUTE=0", "KEEL_RATE_AUTH_PER_MINUTE=0",
    "KEEL_DRAIN_TIMEOUT_MS=200",   "KEEL_SLOW_QUERY_MS=300",       NULL};

static int begin(void **state)
{
    return site_begin(state, WORKERS, settings);
}

static struct http_reply ask(struct site *site, const char *const *headers)
{
    struct http_reply reply;

    assert_true(http_send(
        &site->http, &(struct http_request){.target = "/api/metrics", .headers = headers}, &reply));
    return reply;
}

static const char *scrape(struct site *site)
{
    struct http_reply reply = ask(site, NULL);

    if (reply.status != 200)
        unit_fail("a scrape gave %d: %s", reply.status, reply.body);
    scrape_check(reply.body);
    return reply.body;
}

/* Waits until a series has a value of at least `least`; the scrape that has it. */
static const char *wait_for(struct site *site, const char *series, double least)
{
    int64_t deadline = clock_monotonic_us() + PATIENCE_US;
    const char *text;

    do {
        text = scrape(site);
        if (scrape_find(text, series) >= least)
            return text;
        sleep_ms(50);
    } while (clock_monotonic_us() < deadline);
    unit_fail("%s is %g, not %g", series, scrape_find(text, series), least);
    return text;
}

static double answered(const char *text, const char *labels)
{
    return scrape_sum(text, "keel_requests_total", labels);
}

static void test_together(void **state)
{
    enum { REQUESTS = 200 };
    struct site *site = *state;
    const char *before = scrape(site);

    for (int i = 0; i < REQUESTS; i++)
        http_expect(&site->http, 200, "GET", "/api/items/1", NULL, NULL);
    http_expect(&site->http, 404, "GET", "/api/nothing", NULL, NULL);
    const char *after = scrape(site);

    assert_true(answered(after, "\"items.get\"") - answered(before, "\"items.get\"") == REQUESTS);
    assert_true(answered(after, "\"none\"") - answered(before, "\"none\"") == 1);
    assert_true(scrape_value(after, IDLE) == WORKERS);
    assert_true(scrape_value(after, "keel_workers{pool=\"auth\",state=\"idle\"}") == 1);
    assert_true(scrape_value(after, STARTS) >= WORKERS);
    assert_true(scrape_sum(after, "keel_worker_start_time_seconds", "\"api\"") >
                WORKERS * 1700000000.0);
    assert_true(scrape_value(after, "keel_database_up") == 1);
}

/* Prometheus' own opinion. */
static void test_promtool(void **state)
{
    struct site *site = *state;
    struct arena *arena = &site->http.scope.arena;
    const char *const arguments[] = {"/usr/bin/promtool", "check", "metrics", NULL};
    const char *const nothing[] = {NULL};
    const char *text = scrape(site);
    const struct process_input input = {text, strlen(text)};
    struct process_output output;

    assert_true(
        process_run(arena, arguments, process_environment(arena, nothing), &input, &output));
    if (output.status != 0 || output.out_length || output.err_length)
        unit_fail("promtool says %d: %s%s", output.status, output.out, output.err);
}

/* Whose absence nobody else would notice. */
static void test_runner(void **state)
{
    (void)wait_for(*state, "keel_workers{pool=\"jobs\",state=\"idle\"}", 1);
}

static void test_outside(void **state)
{
    static const char *const headers[] = {"X-Forwarded-For: 203.0.113.7", NULL};
    struct site *site = *state;
    struct http_reply reply = ask(site, headers);

    assert_null(http_problem(&site->http, "GET", &reply));
    http_must_fail(&reply, 401, "UNAUTHORIZED");
}

struct call {
    struct site *site;
    int status;
};

static void *write_row(void *context)
{
    static const char body[] = "{\"quantity\":5}";
    struct call *call = context;
    struct http_reply reply = {0};
    struct http http;

    http_open(&http, call->site->instance.port);
    (void)http_send(
        &http,
        &(struct http_request){
            .method = "PATCH", .target = "/api/items/2", .token = call->site->editor, .body = body},
        &reply);
    call->status = reply.status;
    http_close(&http);
    return NULL;
}

/* Holds a row's lock for a while. */
static void *hold_row(void *context)
{
    struct site *site = context;

    (void)instance_ask(&site->instance,
                       "WITH held AS MATERIALIZED (SELECT FROM items WHERE id = 2 FOR UPDATE) "
                       "SELECT pg_sleep(1.5) FROM held");
    return NULL;
}

static bool has_slow_query(struct site *site)
{
    const char *line =
        strstr(instance_read(&site->instance, "log/keel/keel.log"), "\"message\":\"slow query\"");

    return line && memmem(line, strcspn(line, "\n"), "\"route\":\"items.update\"", 22);
}

/* The scrape does not wait behind the worker that does. */
static void test_busy(void **state)
{
    struct site *site = *state;
    struct call call = {.site = site};
    double slow = scrape_value(scrape(site), "keel_slow_queries_total");
    pthread_t holder, writer;

    assert_int_equal(pthread_create(&holder, NULL, hold_row, site), 0);
    sleep_ms(300);
    assert_int_equal(pthread_create(&writer, NULL, write_row, &call), 0);
    const char *text = wait_for(site, BUSY, 1);

    pthread_join(writer, NULL);
    pthread_join(holder, NULL);
    assert_int_equal(call.status, 200);
    assert_true(scrape_value(text, BUSY) == 1);
    assert_true(scrape_value(text, IDLE) == WORKERS - 1);
    text = wait_for(site, IDLE, WORKERS);
    assert_true(scrape_value(text, BUSY) == 0);
    assert_true(scrape_value(text, "keel_slow_queries_total") > slow);
    assert_true(has_slow_query(site));
}

static void test_killed(void **state)
{
    struct site *site = *state;
    pid_t pids[INSTANCE_WORKERS_MAX];
    const char *before = scrape(site);

    assert_int_equal(instance_worker_pids(&site->instance, pids), WORKERS);
    assert_int_equal(kill(pids[0], SIGKILL), 0);
    (void)wait_for(site, KILLED, scrape_value(before, KILLED) + 1);
    const char *after = wait_for(site, STARTS, scrape_value(before, STARTS) + 1);

    assert_true(scrape_value(after, IDLE) == WORKERS);
    assert_true(scrape_value(after, BUSY) == 0);
    assert_true(scrape_value(after, TOLD) == scrape_value(before, TOLD));
    /* What it had counted is still there. */
    assert_true(answered(after, "\"items.get\"") >= answered(before, "\"items.get\""));
    assert_true(answered(after, "\"items.get\"") >= 200);
    test_together(state);
}

static void test_restarted(void **state)
{
    struct site *site = *state;
    const char *before = scrape(site);

    assert_true(instance_run(&site->instance, "restart-workers"));
    const char *after = wait_for(site, IDLE, WORKERS);

    assert_true(scrape_value(after, TOLD) - scrape_value(before, TOLD) == WORKERS);
    assert_true(scrape_value(after, STARTS) - scrape_value(before, STARTS) == WORKERS);
    assert_true(scrape_value(after, KILLED) == scrape_value(before, KILLED));
    assert_true(answered(after, "\"items.get\"") >= answered(before, "\"items.get\""));
}

static void test_no_database(void **state)
{
    struct site *site = *state;

    instance_database(&site->instance, "stop");
    const char *text = scrape(site);

    instance_database(&site->instance, "start");
    assert_true(scrape_value(text, "keel_database_up") == 0);
    assert_true(scrape_value(text, IDLE) == WORKERS);
    (void)wait_for(site, "keel_database_up", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "what all workers answer is counted together", .test_func = test_together},
        {.name = "promtool finds nothing to say", .test_func = test_promtool},
        {.name = "the runner of jobs is among those that serve", .test_func = test_runner},
        {.name = "who comes through a proxy has to sign in", .test_func = test_outside},
        {.name = "a worker is busy while it waits for the database, and the log says for what",
         .test_func = test_busy},
        {.name = "a worker that is killed is counted, and what it counted stays",
         .test_func = test_killed},
        {.name = "workers that are replaced are counted as told to end",
         .test_func = test_restarted},
        {.name = "without a database there is a scrape that says so",
         .test_func = test_no_database},
    };

    return cmocka_run_group_tests_name("metrics", tests, begin, site_end);
}
