/* system_test.c - health, readiness, version and the contract */
#include "support/api.h"

#include "keel/core/build.h"
#include "keel/db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void health_says_ok(void **state)
{
    const struct api_reply *reply = api_expect(*state, 200, "GET", "/api/health", NULL, NULL);

    assert_string_equal(api_text(reply, "/data/status"), "ok");
    assert_int_equal(api_logged(reply, "queries"), 0);
}

static void probes_may_add_parameters_of_their_own(void **state)
{
    api_expect(*state, 200, "GET", "/api/health?t=1&t=2&_", NULL, NULL);
    api_expect(*state, 200, "GET", "/api/health/ready?cachebuster=7", NULL, NULL);
    api_expect(*state, 200, "GET", "/api/version?x", NULL, NULL);
}

static void a_bad_token_does_not_stop_a_probe(void **state)
{
    api_expect(*state, 200, "GET", "/api/health", "no token at all", NULL);
    api_expect(*state, 200, "GET", "/api/health/ready", "no token at all", NULL);
    api_expect(*state, 200, "GET", "/api/version", "no token at all", NULL);
}

static void ready_says_ready_when_the_schema_is_the_expected_one(void **state)
{
    const struct api_reply *reply = api_expect(*state, 200, "GET", "/api/health/ready", NULL, NULL);

    assert_string_equal(api_text(reply, "/data/status"), "ready");
}

static void version_tells_version_commit_and_schema(void **state)
{
    const struct api_reply *reply = api_expect(*state, 200, "GET", "/api/version", NULL, NULL);

    assert_string_equal(api_text(reply, "/data/version"), build_version);
    assert_string_equal(api_text(reply, "/data/commit"), build_commit);
    assert_int_equal(api_int(reply, "/data/schema_version"), migrations_expected());
}

/* The answer says both versions, so that whoever reads it knows what to do. */
static void must_not_be_ready(struct api *api, int64_t version)
{
    const struct api_reply *reply = api_expect(api, 503, "GET", "/api/health/ready", NULL, NULL);
    const char *has = api_format(api, "schema version %lld,", (long long)version);
    const char *needs = api_format(api, "needs %lld", (long long)migrations_expected());

    assert_non_null(strstr(api_text(reply, "/error/message"), has));
    assert_non_null(strstr(api_text(reply, "/error/message"), needs));
    api_expect(api, 200, "GET", "/api/health", NULL, NULL);
}

static void an_older_schema_is_not_ready(void **state)
{
    struct api *api = *state;

    api_ask(api, "DELETE FROM schema_migrations WHERE version = "
                 "(SELECT max(version) FROM schema_migrations)");
    must_not_be_ready(
        api, strtoll(api_ask(api, "SELECT max(version) FROM schema_migrations"), NULL, 10));
}

static void a_newer_schema_is_not_ready(void **state)
{
    struct api *api = *state;

    api_ask(api, "UPDATE schema_migrations SET version = 9000 WHERE version = "
                 "(SELECT max(version) FROM schema_migrations)");
    must_not_be_ready(api, 9000);
}

static void an_empty_database_is_not_ready(void **state)
{
    struct api *api = *state;

    api_ask(api, "DROP TABLE schema_migrations");
    must_not_be_ready(api, 0);
}

static void the_contract_names_every_route(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = api_expect(api, 200, "GET", "/api/openapi.json", NULL, NULL);

    assert_string_equal(api_text(reply, "/openapi"), "3.1.0");
    for (size_t m = 0; m < api->app.modules.count; m++) {
        const struct module *module = api->app.modules.list[m];

        for (size_t r = 0; r < module->route_count; r++)
            assert_non_null(strstr(
                reply->body, api_format(api, "\"operationId\":\"%s\"", module->routes[r].id)));
    }
    assert_int_equal(api_logged(reply, "queries"), 0);
}

static void the_contract_is_not_sent_twice(void **state)
{
    struct api *api = *state;
    const struct api_reply *first = api_expect(api, 200, "GET", "/api/openapi.json", NULL, NULL);
    const char *tag = api_header(api, first, "ETag");
    const char *const variables[] = {api_format(api, "HTTP_IF_NONE_MATCH=\"other\", %s", tag),
                                     NULL};
    const struct api_reply *again =
        api_send(api, &(struct api_request){.target = "/api/openapi.json", .variables = variables});

    assert_int_equal(strlen(tag), 66);
    assert_int_equal(again->status, 304);
    assert_string_equal(api_header(api, again, "ETag"), tag);
    const struct api_reply *other = api_expect(api, 200, "GET", "/api/openapi.json", NULL, NULL);

    assert_string_equal(other->body, first->body);
}

static void the_contract_s_errors_are_in_the_envelope(void **state)
{
    const struct api_reply *reply =
        api_expect(*state, 400, "GET", "/api/openapi.json?x=1", NULL, NULL);

    api_must_refuse(reply, "x", "unknown_parameter");
    reply = api_expect(*state, 405, "POST", "/api/openapi.json", NULL, "{}");
    api_must_fail(reply, "METHOD_NOT_ALLOWED");
    reply = api_expect(*state, 200, "HEAD", "/api/openapi.json", NULL, NULL);
    assert_int_equal(reply->body_length, 0);
}

static void without_a_database_health_version_and_contract_answer(void **state)
{
    struct api *api = *state;

    snprintf(api->url, sizeof api->url, "dbname=%s", "keel_api_there_is_none");
    api_reconnect(api);
    api_expect(api, 200, "GET", "/api/health", NULL, NULL);
    api_expect(api, 200, "GET", "/api/version", NULL, NULL);
    api_expect(api, 200, "GET", "/api/openapi.json", NULL, NULL);
    const struct api_reply *reply = api_expect(api, 503, "GET", "/api/health/ready", NULL, NULL);

    assert_null(strstr(reply->body, "keel_api_there_is_none"));
    api_expect(api, 503, "GET", "/api/items", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_says_ok),
        cmocka_unit_test(probes_may_add_parameters_of_their_own),
        cmocka_unit_test(a_bad_token_does_not_stop_a_probe),
        cmocka_unit_test(ready_says_ready_when_the_schema_is_the_expected_one),
        cmocka_unit_test(version_tells_version_commit_and_schema),
        cmocka_unit_test(the_contract_names_every_route),
        cmocka_unit_test(the_contract_is_not_sent_twice),
        cmocka_unit_test(the_contract_s_errors_are_in_the_envelope),
        api_unit_test(an_older_schema_is_not_ready),
        api_unit_test(a_newer_schema_is_not_ready),
        api_unit_test(an_empty_database_is_not_ready),
        api_unit_test(without_a_database_health_version_and_contract_answer),
    };

    return cmocka_run_group_tests_name("system", tests, api_make, api_drop);
}
