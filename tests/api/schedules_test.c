/* schedules_test.c - schedules over HTTP: looked at and changed */
#include "support/api.h"

#include <string.h>

static const struct api_reply *get(struct api *api, int status, const char *target)
{
    return api_expect(api, status, "GET", target, api->tokens[API_ADMIN], NULL);
}

static const struct api_reply *patch(struct api *api, int status, const char *name,
                                     const char *body)
{
    return api_expect(api, status, "PATCH", api_format(api, "/api/schedules/%s", name),
                      api->tokens[API_ADMIN], body);
}

static void a_schedule_tells_its_time_and_how_its_last_job_is(void **state)
{
    struct api *api = *state;

    api_ask(api,
            "INSERT INTO jobs (id, kind, state, finished_at, errors) OVERRIDING SYSTEM VALUE"
            " VALUES (77, 'purge', 'failed', now(), '[{\"message\": \"It fell.\"}, {\"message\":"
            " \"It fell again.\"}]')");
    api_ask(api, "UPDATE schedules SET last_job_id = 77, last_run_at = '2026-01-12 03:10Z',"
                 " next_run_at = '2026-01-13 03:10Z' WHERE name = 'purge'");
    api_must_hold(api, get(api, 200, "/api/schedules/purge"),
                  "{\"name\":\"purge\",\"expression\":\"10 3 * * *\",\"time_zone\":\"UTC\","
                  "\"kind\":\"purge\",\"args\":{},\"queue\":\"default\",\"catch_up\":\"once\","
                  "\"paused\":false,\"problem\":null,\"next_run_at\":\"2026-01-13T03:10:00Z\","
                  "\"last_run_at\":\"2026-01-12T03:10:00Z\",\"last_job_id\":77,"
                  "\"last_state\":\"failed\",\"last_error\":\"It fell again.\"}");
    api_ask(api, "DELETE FROM jobs");
    api_must_hold(api, get(api, 200, "/api/schedules/purge"),
                  "{\"last_job_id\":77,\"last_state\":null,\"last_error\":null}");
    get(api, 404, "/api/schedules/nothing");
    get(api, 404, "/api/schedules/Purge");
}

static void lists_go_by_name(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = get(api, 200, "/api/schedules?per_page=3&fields=name");
    const char *third = api_text(reply, "/data/schedules/2/name");

    assert_true(strcmp(api_text(reply, "/data/schedules/0/name"), third) < 0);
    reply = get(api, 200,
                api_format(api, "/api/schedules?per_page=3&cursor=%s",
                           api_text(reply, "/data/pagination/next_cursor")));
    assert_true(strcmp(third, api_text(reply, "/data/schedules/0/name")) < 0);
    reply = get(api, 200, "/api/schedules?kind=mail.send");
    assert_int_equal(api_count(reply, "/data/schedules"), 1);
    assert_int_equal(api_count(get(api, 200, "/api/schedules?paused=true"), "/data/schedules"), 0);
    patch(api, 200, "purge", "{\"paused\":true}");
    assert_int_equal(api_count(get(api, 200, "/api/schedules?paused=true"), "/data/schedules"), 1);
}

static void a_change_counts_from_now_on(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        patch(api, 200, "purge",
              "{\"expression\":\"@hourly\",\"time_zone\":\"Europe/Berlin\",\"catch_up\":\"none\"}");

    api_must_hold(api, reply,
                  "{\"expression\":\"@hourly\",\"time_zone\":\"Europe/Berlin\","
                  "\"catch_up\":\"none\",\"paused\":false}");
    assert_string_equal(api_ask(api, "SELECT next_run_at > now() AND next_run_at <= now() +"
                                     " interval '1 hour' FROM schedules WHERE name = 'purge'"),
                        "t");
    patch(api, 200, "purge", "{}");
    assert_string_equal(
        api_ask(api,
                "SELECT string_agg(concat_ws(' ', user_id, route, table_name, row_id =  (SELECT"
                " id FROM schedules WHERE name = 'purge'), changes), ', ' ORDER BY id)"
                " FROM audit_log WHERE route LIKE 'schedules.%'"),
        api_format(api,
                   "%lld schedules.update schedules t {\"catch_up\": {\"to\": \"none\", \"from\":"
                   " \"once\"}, \"time_zone\": {\"to\": \"Europe/Berlin\", \"from\": \"UTC\"},"
                   " \"expression\": {\"to\": \"@hourly\", \"from\": \"10 3 * * *\"}}, %lld"
                   " schedules.update schedules t {}",
                   (long long)api->user_ids[API_ADMIN], (long long)api->user_ids[API_ADMIN]));
}

static void nonsense_is_refused(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{\"expression\":\"61 * * * *\"}", "expression", "invalid_expression"},
        {"{\"expression\":\"\"}", "expression", "blank"},
        {"{\"expression\":null}", "expression", "not_null"},
        {"{\"time_zone\":\"Middle-earth/Bree\"}", "time_zone", "unknown"},
        {"{\"catch_up\":\"some\"}", "catch_up", "unknown"},
        {"{\"paused\":\"yes\"}", "paused", "not_a_boolean"},
        {"{\"name\":\"x\"}", "name", "read_only"},
        {"{\"kind\":\"x\"}", "kind", "read_only"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(patch(api, 400, "purge", cases[i].body), cases[i].field, cases[i].code);
    patch(api, 404, "nothing", "{\"paused\":true}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_schedule_tells_its_time_and_how_its_last_job_is),
        api_unit_test(lists_go_by_name),
        api_unit_test(a_change_counts_from_now_on),
        api_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests_name("api/schedules", tests, NULL, NULL);
}
