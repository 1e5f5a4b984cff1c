/* measure_test.c - tests of middleware/measure: what is counted of a request, and what it is told
 */
#include "stage.h"

#include "../support/faults.h"
#include "../support/scrape.h"

#include "keel/core/clock.h"
#include "keel/core/metrics.h"
#include "keel/middleware/measure.h"

#include <inttypes.h>
#include <stdio.h>

static const struct route first_routes[] = {{.id = "a.get", .method = GET}};
static const struct route second_routes[] = {{.id = "b.get", .method = GET},
                                             {.id = "b.create", .method = POST}};
static const struct module first = {.name = "a", ROUTES(first_routes)};
static const struct module second = {.name = "b", ROUTES(second_routes)};
static const struct module *const list[] = {&first, &second};

static int make(void **state)
{
    static char path[FOLDER_PATH_SIZE + 16];

    stage_make(state);
    struct stage *stage = *state;

    folder_make(stage->folder);
    snprintf(path, sizeof path, "%s/metrics", stage->folder);
    stage->app.config.metrics_file = path;
    stage->app.modules = (struct modules){list, COUNT(list)};
    return 0;
}

static int drop(void **state)
{
    struct stage *stage = *state;

    metrics_close(stage->app.metrics);
    folder_remove(stage->folder);
    return stage_drop(state);
}

static void test_counted(void **state)
{
    struct stage *stage = *state;
    struct exchange *exchange = &stage->exchange;
    struct buffer out;

    assert_true(measure_open(&exchange->scope, &stage->app));
    exchange->route = &second_routes[1];
    exchange->match.number = 2;
    exchange->response.status = 201;
    exchange->scope.queries = 4;
    exchange->scope.database_us = 1500;
    measure_request(exchange, 2000);
    exchange->route = NULL;
    exchange->match.number = 0;
    exchange->response.status = 404;
    measure_request(exchange, 10);
    buffer_init(&out, &exchange->scope.arena);
    metrics_write(stage->app.metrics, &out);
    assert_true(scrape_value(out.data, "keel_requests_total{route=\"b.create\",method=\"POST\","
                                       "status=\"201\"}") == 1);
    assert_true(scrape_value(out.data, "keel_request_queries_total{route=\"b.create\","
                                       "method=\"POST\"}") == 4);
    assert_true(scrape_value(out.data, "keel_request_database_seconds_total{route=\"b.create\","
                                       "method=\"POST\"}") == 0.0015);
    assert_true(scrape_value(out.data, "keel_requests_total{route=\"none\",method=\"any\","
                                       "status=\"404\"}") == 1);
    assert_true(scrape_sum(out.data, "keel_requests_total", "") == 2);
}

static double count_cut(struct stage *stage, const char *by)
{
    struct buffer out;

    buffer_init(&out, &stage->exchange.scope.arena);
    metrics_write(stage->app.metrics, &out);
    return scrape_sum(out.data, "keel_cut_answers_total", by);
}

/* Its status was out before anybody knew. */
static void test_cut(void **state)
{
    struct stage *stage = *state;
    struct exchange *exchange = &stage->exchange;

    assert_true(measure_open(&exchange->scope, &stage->app));
    exchange->response.status = 200;
    fail(&exchange->scope, ERR_UNAVAILABLE, "The client has gone");
    measure_request(exchange, 10);
    assert_true(count_cut(stage, "") == 0);
    exchange->stream.begun = true;
    measure_request(exchange, 10);
    assert_true(count_cut(stage, "by=\"error\"") == 1);
    assert_true(count_cut(stage, "by=\"client\"") == 0);
    exchange->stream.client_gone = true;
    measure_request(exchange, 10);
    assert_true(count_cut(stage, "by=\"error\"") == 1);
    assert_true(count_cut(stage, "by=\"client\"") == 1);
    scope_clear_error(&exchange->scope);
    measure_request(exchange, 10);
    assert_true(count_cut(stage, "") == 2);
}

static void test_off(void **state)
{
    struct stage *stage = *state;

    stage->app.config.metrics_file = "";
    assert_true(measure_open(&stage->exchange.scope, &stage->app));
    assert_null(stage->app.metrics);
    measure_request(&stage->exchange, 10);
}

static void test_unusable(void **state)
{
    struct stage *stage = *state;
    const struct error *error = &stage->exchange.scope.error;

    stage->app.config.metrics_file = "/dev/null/metrics";
    assert_false(measure_open(&stage->exchange.scope, &stage->app));
    assert_int_equal(error->kind, ERR_INTERNAL);
    assert_non_null(strstr(error->message, "/dev/null/metrics"));
}

static void test_no_memory(void **state)
{
    struct stage *stage = *state;

    faults_begin();
    while (faults_next()) {
        bool ok = measure_open(&stage->exchange.scope, &stage->app);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        scope_clear_error(&stage->exchange.scope);
    }
    assert_true(faults_count() > 0);
}

static void test_header(void **state)
{
    struct stage *stage = *state;
    struct exchange *exchange = &stage->exchange;
    int64_t milliseconds = 0, microseconds = 0;

    exchange->scope.database_us = 1234567;
    measure_add_header(exchange, clock_monotonic_us());
    assert_string_equal(stage_headers(stage), "");
    stage->app.config.server_timing = true;
    measure_add_header(exchange, clock_monotonic_us() - 2000500);
    assert_int_equal(sscanf(stage_headers(stage),
                            "Server-Timing: total;dur=%" SCNd64 ".%3" SCNd64 ", db;dur=1234.567",
                            &milliseconds, &microseconds),
                     2);
    assert_in_range(milliseconds, 2000, 10000);
    assert_non_null(strstr(stage_headers(stage), ", db;dur=1234.567\r\n"));
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, drop, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a request is counted for its row, whichever module has it", test_counted),
        TEST("an answer that was cut is counted as such, by whom", test_cut),
        TEST("without a file nothing is counted", test_off),
        TEST("a file that cannot be used is named", test_unusable),
        TEST("fails without memory", test_no_memory),
        TEST("Server-Timing is said where the settings want it", test_header),
    };

    return cmocka_run_group_tests_name("middleware/measure", tests, NULL, NULL);
}
