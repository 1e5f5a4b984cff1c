/* metrics_test.c - what monitoring systems read, and who may */
#include "support/api.h"

#include "support/scrape.h"

#include "keel/core/metrics.h"
#include "keel/middleware/limiter.h"
#include "keel/middleware/measure.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "a metrics token of tests, which is long enough"
#define LOCAL "REMOTE_ADDR=127.0.0.1"

static int make(void **state)
{
    struct api *api;
    int made = api_make(state);

    api = *state;
    api->app.config.metrics_file = api_format(api, "%s/metrics", api->folder);
    assert_true(measure_open(&api->scope, &api->app));
    return made;
}

static int drop(void **state)
{
    struct api *api = *state;

    metrics_close(api->app.metrics);
    limiter_close(api->app.limiter);
    return api_drop(state);
}

static const struct api_reply *ask(struct api *api, const char *token, const char *const *variables)
{
    return api_send(api, &(struct api_request){
                             .target = "/api/metrics", .token = token, .variables = variables});
}

/* What this machine's monitoring system reads. */
static const char *scrape(struct api *api)
{
    static const char *const local[] = {LOCAL, NULL};
    const struct api_reply *reply = ask(api, NULL, local);

    assert_int_equal(reply->status, 200);
    scrape_check(reply->body);
    return reply->body;
}

static double requests(const char *text, const char *labels)
{
    return scrape_sum(text, "keel_requests_total", labels);
}

static void requests_are_counted_by_route_method_and_status(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    api_expect(api, 200, "HEAD", "/api/items/2", NULL, NULL);
    api_expect(api, 404, "GET", "/api/items/9999999", NULL, NULL);
    api_expect(api, 401, "DELETE", "/api/items/1", NULL, NULL);
    api_expect(api, 404, "GET", "/api/nothing", NULL, NULL);
    api_expect(api, 405, "PUT", "/api/health", NULL, "{}");
    const char *text = scrape(api);

    assert_true(requests(text, "route=\"items.get\",method=\"GET\",status=\"200\"") == 2);
    assert_true(requests(text, "route=\"items.get\",method=\"GET\",status=\"404\"") == 1);
    assert_true(requests(text, "route=\"items.delete\",method=\"DELETE\",status=\"401\"") == 1);
    assert_true(requests(text, "route=\"none\",method=\"any\",status=\"404\"") == 1);
    assert_true(requests(text, "route=\"none\",method=\"any\",status=\"405\"") == 1);
    assert_true(scrape_sum(text, "keel_request_duration_seconds_count", "items.get") == 3);
    assert_true(scrape_sum(text, "keel_request_queries_total", "items.get") >= 3);
    assert_true(scrape_sum(text, "keel_request_database_seconds_total", "items.get") > 0);
    /* A scrape is a request, too, that the next one tells of. */
    assert_true(requests(text, "metrics.get") == 0);
    assert_true(requests(scrape(api), "metrics.get") == 1);
}

/* Otherwise anybody could fill the memory of whoever reads this. */
static void nothing_that_clients_send_becomes_a_label(void **state)
{
    static const char *const variables[] = {"REQUEST_METHOD=EVIL", "HTTP_USER_AGENT=evil",
                                            "HTTP_X_REQUEST_ID=evil-evil-evil", NULL};
    struct api *api = *state;

    api_call(api, "GET", "/api/evil/evil?evil=1", NULL, NULL);
    api_call(api, "GET", "/api/items?q=evil", NULL, NULL);
    api_send(api, &(struct api_request){.target = "/api/evil", .variables = variables});
    assert_null(strcasestr(scrape(api), "evil"));
}

static void the_answer_is_of_prometheus_text_format(void **state)
{
    static const char *const local[] = {LOCAL, NULL};
    struct api *api = *state;
    const struct api_reply *reply = ask(api, NULL, local);

    assert_string_equal(api_header(api, reply, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_string_equal(api_header(api, reply, "Cache-Control"), "no-store");
    assert_null(api_header(api, reply, "ETag"));
    assert_true(scrape_value(reply->body, "keel_database_up") == 1);
    assert_true(scrape_value(reply->body, "keel_jobs{state=\"failed\"}") == 0);
    assert_true(scrape_value(reply->body, "keel_jobs_oldest_due_seconds") == 0);
    assert_true(scrape_sum(reply->body, "keel_build_info", "version=") == 1);
}

static void others_need_the_permission(void **state)
{
    struct api *api = *state;

    assert_int_equal(ask(api, NULL, NULL)->status, 401);
    assert_int_equal(ask(api, api->tokens[API_VIEWER], NULL)->status, 403);
    assert_int_equal(ask(api, api->tokens[API_EDITOR], NULL)->status, 403);
    assert_int_equal(ask(api, api->tokens[API_ADMIN], NULL)->status, 200);
}

static void who_comes_through_a_proxy_is_not_on_this_machine(void **state)
{
    static const char *const variables[] = {LOCAL, "HTTP_X_FORWARDED_FOR=203.0.113.7", NULL};

    assert_int_equal(ask(*state, NULL, variables)->status, 401);
}

static void the_token_of_the_settings_reads_metrics_and_nothing_else(void **state)
{
    struct api *api = *state;

    api->app.config.metrics_token = TOKEN;
    api_keep_secret(api, TOKEN);
    assert_int_equal(ask(api, TOKEN, NULL)->status, 200);
    assert_int_equal(ask(api, "a metrics token of tests, which is long enoughX", NULL)->status,
                     401);
    assert_int_equal(ask(api, "", NULL)->status, 401);
    api_expect(api, 401, "GET", "/api/users", TOKEN, NULL);
    api->app.config.metrics_token = "";
    assert_int_equal(ask(api, TOKEN, NULL)->status, 401);
}

static void a_bad_token_does_not_shut_this_machine_out(void **state)
{
    static const char *const local[] = {LOCAL, NULL};

    assert_int_equal(ask(*state, "no token at all", local)->status, 200);
}

static void without_a_database_there_is_still_an_answer(void **state)
{
    struct api *api = *state;

    api->app.config.metrics_token = TOKEN;
    snprintf(api->url, sizeof api->url, "dbname=%s", "keel_api_there_is_none");
    api_reconnect(api);
    const char *text = scrape(api);

    assert_true(scrape_value(text, "keel_database_up") == 0);
    assert_true(scrape_find(text, "keel_jobs{state=\"failed\"}") == -1);
    assert_true(scrape_value(text, "keel_database_connections_total{result=\"failed\"}") >= 1);
    assert_int_equal(ask(api, TOKEN, NULL)->status, 200);
    /* Whose permission nobody can look up, is told so. */
    assert_int_equal(ask(api, api->tokens[API_ADMIN], NULL)->status, 503);
    assert_null(strstr(text, "there_is_none"));
}

static void a_database_without_jobs_is_told_as_one_that_is_down(void **state)
{
    struct api *api = *state;

    api_ask(api, "ALTER TABLE jobs RENAME TO jobs_elsewhere");
    const char *text = scrape(api);

    assert_true(scrape_value(text, "keel_database_up") == 0);
    api_ask(api, "ALTER TABLE jobs_elsewhere RENAME TO jobs");
    assert_true(scrape_value(scrape(api), "keel_database_up") == 1);
}

static void jobs_are_told_by_their_state(void **state)
{
    struct api *api = *state;

    api_ask(api, "INSERT INTO jobs (kind, run_at) VALUES ('a', now() - interval '90 s'),"
                 " ('b', now() + interval '1 h'), ('c', now())");
    const char *text = scrape(api);

    assert_true(scrape_value(text, "keel_jobs{state=\"due\"}") == 2);
    assert_true(scrape_value(text, "keel_jobs{state=\"later\"}") == 1);
    assert_true(scrape_value(text, "keel_jobs_oldest_due_seconds") >= 90);
}

static void refusals_of_rate_limits_are_counted_and_none_meets_this_machine(void **state)
{
    struct api *api = *state;
    int refused = 0;

    api->app.config.rate_read_per_minute = 6;
    assert_true(limiter_open(api_format(api, "%s/rate", api->folder), &api->app.limiter));
    for (int i = 0; i < 15; i++)
        refused += api_call(api, "GET", "/api/items/1", NULL, NULL)->status == 429;
    assert_int_equal(refused, 5);
    for (int i = 0; i < 15; i++)
        scrape(api);
    const char *text = scrape(api);

    assert_true(scrape_value(text, "keel_rate_limit_refusals_total{class=\"read\"}") == 5);
    assert_true(scrape_value(text, "keel_rate_limit_refusals_total{class=\"write\"}") == 0);
    assert_true(requests(text, "route=\"items.get\",method=\"GET\",status=\"429\"") == 5);
}

static void processes_count_together(void **state)
{
    struct api_request all[12];
    const struct api_reply *replies[COUNT(all)];
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(all); i++)
        all[i] = (struct api_request){.target = "/api/items/1"};
    api_race(api, all, COUNT(all), replies);
    assert_true(requests(scrape(api), "items.get") == COUNT(all));
}

static void where_nothing_is_counted_it_says_so(void **state)
{
    struct api *api = *state;
    struct metrics *metrics = api->app.metrics;

    api->app.metrics = NULL;
    api_must_fail(ask(api, api->tokens[API_ADMIN], NULL), "NOT_FOUND");
    api->app.metrics = metrics;
}

static void behind_a_transaction_pooler_there_is_an_answer_too(void **state)
{
    struct api *api = *state;

    api->app.config.db_prepared = false;
    api_reconnect(api);
    assert_true(scrape_value(scrape(api), "keel_database_up") == 1);
    api->app.config.db_prepared = true;
    api_reconnect(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_counted_by_route_method_and_status, make,
                                        drop),
        cmocka_unit_test(nothing_that_clients_send_becomes_a_label),
        cmocka_unit_test(the_answer_is_of_prometheus_text_format),
        cmocka_unit_test(others_need_the_permission),
        cmocka_unit_test(who_comes_through_a_proxy_is_not_on_this_machine),
        cmocka_unit_test_setup_teardown(the_token_of_the_settings_reads_metrics_and_nothing_else,
                                        make, drop),
        cmocka_unit_test(a_bad_token_does_not_shut_this_machine_out),
        cmocka_unit_test_setup_teardown(without_a_database_there_is_still_an_answer, make, drop),
        cmocka_unit_test(a_database_without_jobs_is_told_as_one_that_is_down),
        cmocka_unit_test_setup_teardown(jobs_are_told_by_their_state, make, drop),
        cmocka_unit_test_setup_teardown(
            refusals_of_rate_limits_are_counted_and_none_meets_this_machine, make, drop),
        cmocka_unit_test_setup_teardown(processes_count_together, make, drop),
        cmocka_unit_test(where_nothing_is_counted_it_says_so),
        cmocka_unit_test(behind_a_transaction_pooler_there_is_an_answer_too),
    };

    return cmocka_run_group_tests_name("metrics", tests, make, drop);
}
