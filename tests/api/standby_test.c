/* standby_test.c - reads that a standby answers, and those that it must not */
#include "support/api_parts.h"
#include "support/faults.h"
#include "support/query_faults.h"
#include "support/replica.h"
#include "support/worker.h"

#include "keel/core/clock.h"
#include "keel/middleware/pipeline.h"
#include "keel/services/standby.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US 20000000

struct fixture {
    struct api *api;
    struct replica replica;
    char url[256];
};

static int make(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    void *api = NULL;

    assert_non_null(fixture);
    *state = fixture;
    api_make(&api);
    fixture->api = api;
    replica_make(&fixture->replica);
    snprintf(fixture->url, sizeof fixture->url, "host=%s dbname=%s", fixture->replica.folder,
             fixture->api->name);
    return 0;
}

static int drop(void **state)
{
    struct fixture *fixture = *state;
    void *api = fixture->api;

    replica_remove(&fixture->replica);
    api_drop(&api);
    free(fixture);
    return 0;
}

/* Each test has a handle of its own, and writes of those before it are forgotten. */
static int begin(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    api->app.config.read_lag_s = 60;
    api->app.config.request_timeout_s = 30;
    api_ask(api, "ALTER TABLE audit_log DISABLE TRIGGER ALL; DELETE FROM audit_log; ALTER TABLE "
                 "audit_log ENABLE TRIGGER ALL");
    assert_true(standby_open(&api->settings, fixture->url, &api->app.standby));
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    standby_close(fixture->api->app.standby);
    fixture->api->app.standby = NULL;
    return 0;
}

static bool by_standby(const struct api_reply *reply)
{
    return api_has_logged(reply, "standby");
}

static const struct api_reply *get(struct api *api, const char *target, const char *token)
{
    return api_expect(api, 200, "GET", target, token, NULL);
}

/* Every answer on the way is a success. */
static void wait_used(struct api *api, const char *token)
{
    int64_t deadline = clock_monotonic_us() + PATIENCE_US;

    while (!by_standby(get(api, "/api/items/1", token))) {
        assert_true(clock_monotonic_us() < deadline);
        sleep_ms(20);
    }
}

static void replay(struct fixture *fixture, bool go_on)
{
    char *paused = replica_ask(&fixture->replica, "postgres",
                               go_on ? "SELECT pg_wal_replay_resume()"
                                     : "SELECT pg_wal_replay_pause(); SELECT pg_sleep(0.2)");

    free(paused);
}

static void rename_item(struct api *api, const char *name)
{
    api_expect(api, 200, "PATCH", "/api/items/1", api->tokens[API_EDITOR],
               api_format(api, "{\"name\":\"%s\"}", name));
}

static void what_may_be_stale_is_read_from_the_standby_and_nothing_else(void **state)
{
    static const char *const may[] = {"/api/items", "/api/items?q=a&sort=price", "/api/items/1",
                                      "/api/categories", "/api/categories/1"};
    static const char *const may_not[] = {"/api/users/me", "/api/health/ready",
                                          "/api/items/export?format=ndjson"};
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    wait_used(api, NULL);
    for (size_t i = 0; i < COUNT(may); i++) {
        assert_true(by_standby(get(api, may[i], NULL)));
        assert_true(by_standby(get(api, may[i], api->tokens[API_VIEWER])));
    }
    for (size_t i = 0; i < COUNT(may_not); i++)
        assert_false(by_standby(get(api, may_not[i], api->tokens[API_EDITOR])));
}

/*
 * The next record's place is then one that the standby reaches with that record alone. Vacuumed, as
 * else a reader may tidy a page: the log has that, but hands it on with what comes next.
 */
static void a_standby_of_a_database_that_nobody_writes_to_is_used(void **state)
{
    struct fixture *fixture = *state;
    int64_t start = clock_monotonic_us();

    api_ask(fixture->api, "VACUUM items");
    api_ask(fixture->api, "SELECT pg_switch_wal()");
    wait_used(fixture->api, NULL);
    assert_true(clock_monotonic_us() - start < 5000000);
}

/* Without it nobody could tell why a standby is of no use. */
static void the_log_says_why_a_standby_is_not_used(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;
    struct standby *real = api->app.standby;
    char text[8192] = "";

    assert_true(standby_open(&api->settings, "host=/nonexistent dbname=none", &api->app.standby));
    assert_false(by_standby(get(api, "/api/items/1", NULL)));
    standby_close(api->app.standby);
    api->app.standby = real;
    wait_used(api, NULL);
    FILE *log = fopen(api->log_path, "re");

    assert_non_null(log);
    if (fseek(log, -(long)(sizeof text - 1), SEEK_END) != 0)
        rewind(log);
    assert_true(fread(text, 1, sizeof text - 1, log) > 0);
    fclose(log);
    assert_non_null(strstr(text, "The standby answers no reads."));
    assert_non_null(strstr(text, "/nonexistent"));
}

static void who_has_seen_a_version_is_not_answered_with_an_older_one(void **state)
{
    static const char *const variables[] = {"HTTP_IF_NONE_MATCH=\"1\"", NULL};
    struct fixture *fixture = *state;

    wait_used(fixture->api, NULL);
    assert_false(by_standby(api_send(
        fixture->api, &(struct api_request){.target = "/api/items/1", .variables = variables})));
}

static void who_has_written_reads_it_and_others_what_the_standby_knows(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;
    const char *editor = api->tokens[API_EDITOR];

    rename_item(api, "Before");
    wait_used(api, NULL);
    replay(fixture, false);
    rename_item(api, "After");
    const struct api_reply *own = get(api, "/api/items/1", editor);
    const struct api_reply *others = get(api, "/api/items/1", api->tokens[API_VIEWER]);

    assert_false(by_standby(own));
    assert_string_equal(api_text(own, "/data/name"), "After");
    assert_true(by_standby(others));
    assert_string_equal(api_text(others, "/data/name"), "Before");
    replay(fixture, true);
}

static void a_row_that_the_standby_does_not_have_is_looked_for_elsewhere(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    wait_used(api, NULL);
    replay(fixture, false);
    const struct api_reply *made = api_expect(
        api, 201, "POST", "/api/items", api->tokens[API_EDITOR], "{\"name\":\"New\",\"price\":1}");
    const char *target = api_format(api, "/api/items/%lld", (long long)api_int(made, "/data/id"));
    const struct api_reply *reply = get(api, target, NULL);

    assert_false(by_standby(reply));
    assert_string_equal(api_text(reply, "/data/name"), "New");
    api_must_fail(api_expect(api, 404, "GET", "/api/items/999999", NULL, NULL), "NOT_FOUND");
    assert_true(by_standby(get(api, "/api/items/1", NULL)));
    replay(fixture, true);
}

/* With a lag of one second, what is older than that is not given. */
static void a_standby_that_is_too_far_behind_answers_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    api->app.config.read_lag_s = 1;
    wait_used(api, NULL);
    replay(fixture, false);
    rename_item(api, "Late");
    sleep_ms(1100);
    for (int i = 0; i < 10; i++) {
        const struct api_reply *reply = get(api, "/api/items/1", NULL);

        assert_false(by_standby(reply));
        assert_string_equal(api_text(reply, "/data/name"), "Late");
        sleep_ms(60);
    }
    replay(fixture, true);
    wait_used(api, NULL);
    assert_string_equal(api_text(get(api, "/api/items/1", NULL), "/data/name"), "Late");
}

static void who_wrote_long_ago_is_answered_by_the_standby_again(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    api->app.config.read_lag_s = 1;
    api->app.config.request_timeout_s = 1;
    rename_item(api, "Older");
    wait_used(api, NULL);
    assert_false(by_standby(get(api, "/api/items/1", api->tokens[API_EDITOR])));
    sleep_ms(2100);
    wait_used(api, api->tokens[API_EDITOR]);
    assert_string_equal(api_text(get(api, "/api/items/1", api->tokens[API_EDITOR]), "/data/name"),
                        "Older");
}

static void a_statement_that_fails_at_the_standby_costs_no_request(void **state)
{
    static const char *const states[] = {NULL, "40001", "57P01", "57014", "42P01"};
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    for (size_t i = 0; i < COUNT(states); i++) {
        wait_used(api, NULL);
        query_faults_begin(states[i]);
        while (query_faults_next()) {
            const struct api_reply *reply = api_call(api, "GET", "/api/items", NULL, NULL);

            query_faults_stop();
            assert_int_equal(reply->status, 200);
            assert_int_equal(by_standby(reply), !query_faults_hit());
            wait_used(api, NULL);
        }
        assert_true(query_faults_count() > 0);
    }
}

static void lack_of_memory_on_the_way_is_a_whole_answer(void **state)
{
    static const struct api_request request = {.target = "/api/items"};
    struct fixture *fixture = *state;
    struct api *api = fixture->api;
    struct memory_transport memory;

    wait_used(api, NULL);
    assert_true(api_prepare(&api->scope, &request, &memory));
    faults_begin();
    while (faults_next()) {
        api_serve(&api->app, &memory.transport);
        faults_stop();
        const struct api_reply *reply =
            api_receive(api, &request, memory.answer.data, memory.answer.length);

        api_log_advance(api);
        assert_true(reply->status == 200 || (faults_hit() && reply->status == 503));
        wait_used(api, NULL);
        assert_true(api_prepare(&api->scope, &request, &memory));
    }
    assert_true(faults_count() > 10);
}

static void a_standby_that_goes_away_costs_no_request_and_is_used_when_it_is_back(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    wait_used(api, NULL);
    replica_control(&fixture->replica, "stop");
    for (int i = 0; i < 50; i++)
        assert_false(by_standby(get(api, "/api/items", NULL)));
    replica_control(&fixture->replica, "start");
    wait_used(api, NULL);
}

/* The last one: the standby is none behind it. */
static void a_standby_that_was_promoted_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct api *api = fixture->api;

    api->app.config.read_lag_s = 1;
    wait_used(api, NULL);
    replica_control(&fixture->replica, "promote");
    sleep_ms(1100);
    rename_item(api, "Elsewhere");
    for (int i = 0; i < 30; i++) {
        const struct api_reply *reply = get(api, "/api/items/1", NULL);

        assert_false(by_standby(reply));
        assert_string_equal(api_text(reply, "/data/name"), "Elsewhere");
        sleep_ms(50);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_may_be_stale_is_read_from_the_standby_and_nothing_else),
        TEST(a_standby_of_a_database_that_nobody_writes_to_is_used),
        TEST(the_log_says_why_a_standby_is_not_used),
        TEST(who_has_seen_a_version_is_not_answered_with_an_older_one),
        TEST(who_has_written_reads_it_and_others_what_the_standby_knows),
        TEST(a_row_that_the_standby_does_not_have_is_looked_for_elsewhere),
        TEST(a_standby_that_is_too_far_behind_answers_nothing),
        TEST(who_wrote_long_ago_is_answered_by_the_standby_again),
        TEST(a_statement_that_fails_at_the_standby_costs_no_request),
        TEST(lack_of_memory_on_the_way_is_a_whole_answer),
        TEST(a_standby_that_goes_away_costs_no_request_and_is_used_when_it_is_back),
        TEST(a_standby_that_was_promoted_is_left),
    };

    return cmocka_run_group_tests_name("api/standby", tests, make, drop);
}
