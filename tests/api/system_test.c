/* system_test.c - health, readiness and version */
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

static void without_a_database_only_health_and_version_answer(void **state)
{
    struct api *api = *state;

    snprintf(api->url, sizeof api->url, "dbname=%s", "keel_api_there_is_none");
    api_reconnect(api);
    api_expect(api, 200, "GET", "/api/health", NULL, NULL);
    api_expect(api, 200, "GET", "/api/version", NULL, NULL);
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
        api_unit_test(an_older_schema_is_not_ready),
        api_unit_test(a_newer_schema_is_not_ready),
        api_unit_test(an_empty_database_is_not_ready),
        api_unit_test(without_a_database_only_health_and_version_answer),
    };

    return cmocka_run_group_tests_name("system", tests, api_make, api_drop);
}
