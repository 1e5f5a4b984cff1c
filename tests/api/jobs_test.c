/* jobs_test.c - jobs over HTTP: looked at, filtered, run again, cancelled */
#include "support/api.h"
#include "support/api_items.h"

#include <string.h>

/* 1 to 5: one of each state, of two kinds and queues. */
#define JOBS                                                                                       \
    "INSERT INTO jobs (kind, queue, state, args, priority, attempt, failures, runner, "            \
    "lease_until,"                                                                                 \
    " progress, result, errors, user_id, started_at, finished_at, created_at) VALUES"              \
    " ('mail.send', 'default', 'queued', '{}', 0, 0, 0, NULL, NULL, NULL, NULL, '[]', NULL, NULL," \
    " NULL, '2026-01-01 00:00Z'),"                                                                 \
    " ('import', 'slow', 'running', '{\"id\": 7}', 5, 2, 1, 'host/1', now(), 0.25, NULL,"          \
    " '[{\"at\": \"2026-01-01T00:00:00Z\", \"attempt\": 1, \"message\": \"ended by signal "        \
    "11\"}]', 1,"                                                                                  \
    " now(), NULL, '2026-01-02 00:00Z'),"                                                          \
    " ('import', 'slow', 'succeeded', '{\"id\": 6}', 0, 1, 0, NULL, NULL, 1, '{\"rows\": 9}', "    \
    "'[]',"                                                                                        \
    " NULL, now(), now(), '2026-01-03 00:00Z'),"                                                   \
    " ('mail.send', 'default', 'failed', '{}', 0, 3, 3, NULL, NULL, NULL, NULL, '[]', NULL, "      \
    "now(),"                                                                                       \
    " now(), '2026-01-04 00:00Z'),"                                                                \
    " ('mail.send', 'default', 'cancelled', '{}', 0, 0, 0, NULL, NULL, NULL, NULL, '[]', NULL,"    \
    " NULL, now(), '2026-01-05 00:00Z')"

static const struct api_reply *get(struct api *api, int status, const char *target)
{
    return api_expect(api, status, "GET", target, api->tokens[API_ADMIN], NULL);
}

static const struct api_reply *post(struct api *api, int status, const char *target)
{
    return api_expect(api, status, "POST", target, api->tokens[API_ADMIN], NULL);
}

static void a_job_says_how_far_it_is_and_why_it_failed(void **state)
{
    struct api *api = *state;

    api_ask(api, JOBS);
    api_must_hold(api, get(api, 200, "/api/jobs/2"),
                  "{\"id\":2,\"kind\":\"import\",\"queue\":\"slow\",\"state\":\"running\","
                  "\"priority\":5,\"args\":{\"id\":7},\"unique_key\":null,\"user_id\":1,"
                  "\"attempt\":2,\"failures\":1,\"max_attempts\":null,\"runner\":\"host/1\","
                  "\"cancel_requested_at\":null,\"progress\":0.2500,\"result\":null,"
                  "\"errors\":[{\"at\":\"2026-01-01T00:00:00Z\",\"attempt\":1,"
                  "\"message\":\"ended by signal 11\"}],\"created_at\":\"2026-01-02T00:00:00Z\","
                  "\"finished_at\":null}");
    api_must_hold(api, get(api, 200, "/api/jobs/3"),
                  "{\"state\":\"succeeded\",\"progress\":1.0000,\"result\":{\"rows\":9},"
                  "\"errors\":[]}");
    get(api, 404, "/api/jobs/99");
    assert_string_equal(
        api_text(get(api, 200, "/api/jobs/2?include=user&fields=id"), "/data/user/email"),
        "viewer@example.com");
}

static void must_list(struct api *api, const char *query, const char *ids)
{
    const struct api_reply *reply = get(api, 200, api_format(api, "/api/jobs?%s", query));
    const char *found = api_item_ids(api, reply, "jobs");

    if (strcmp(found, ids) != 0)
        unit_fail("%s lists %s, not %s", query, found, ids);
}

static void lists_are_filtered_and_sorted(void **state)
{
    static const char *const cases[][2] = {
        {"", "5,4,3,2,1"},
        {"state=failed", "4"},
        {"state=cancelled", "5"},
        {"state=queued", "1"},
        {"kind=mail.send", "5,4,1"},
        {"kind=nothing", ""},
        {"queue=slow", "3,2"},
        {"queue=slow&state=running", "2"},
        {"user_id=1", "2"},
        {"sort=id", "1,2,3,4,5"},
        {"sort=-priority", "2,5,4,3,1"},
        {"sort=created_at", "1,2,3,4,5"},
        {"sort=run_at", "1,2,3,4,5"},
        {"created_after=2026-01-03T00:00:00Z", "5,4"},
        {"run_before=2026-01-03T00:00:00Z", ""},
        {"page=2&per_page=2", "3,2"},
        {"ids=1,3", "3,1"},
    };
    struct api *api = *state;

    api_ask(api, JOBS);
    for (size_t i = 0; i < COUNT(cases); i++)
        must_list(api, cases[i][0], cases[i][1]);
    api_must_refuse(get(api, 400, "/api/jobs?state=lost"), "state", "unknown");
    api_must_refuse(get(api, 400, "/api/jobs?sort=kind"), "sort", "unknown_column");
    api_must_refuse(get(api, 400, "/api/jobs?deleted=only"), "deleted", "unknown_parameter");
}

static void a_cursor_goes_through_all(void **state)
{
    struct api *api = *state;
    const char *cursor = "", *ids = "";

    api_ask(api, JOBS);
    for (int i = 0; i < 3; i++) {
        const char *target =
            api_format(api, "/api/jobs?per_page=2%s%s", *cursor ? "&cursor=" : "", cursor);
        const struct api_reply *reply = get(api, 200, target);

        ids = api_format(api, "%s %s", ids, api_item_ids(api, reply, "jobs"));
        if (i < 2)
            cursor = api_text(reply, "/data/pagination/next_cursor");
    }
    assert_string_equal(ids, " 5,4 3,2 1");
}

/* What is asked twice is no mistake where it waits or was asked already. */
static void each_step_is_for_some_states(void **state)
{
    static const struct {
        int id;
        int retry, cancel; /* statuses */
    } cases[] = {{1, 200, 200}, {2, 409, 200}, {3, 409, 409}, {4, 200, 409}, {5, 200, 409}};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = api_format(api, "/api/jobs/%d", cases[i].id);

        api_ask(api, "TRUNCATE jobs RESTART IDENTITY");
        api_ask(api, JOBS);
        const struct api_reply *reply =
            post(api, cases[i].retry, api_format(api, "%s/retry", path));

        if (reply->status == 200)
            api_must_hold(api, reply, "{\"state\":\"queued\",\"failures\":0,\"finished_at\":null}");
        else
            api_must_fail(reply, "CONFLICT");
        api_ask(api, "TRUNCATE jobs RESTART IDENTITY");
        api_ask(api, JOBS);
        reply = post(api, cases[i].cancel, api_format(api, "%s/cancel", path));
        if (reply->status == 200)
            assert_true(*api_text(reply, "/data/cancel_requested_at"));
        else
            api_must_fail(reply, "CONFLICT");
    }
    assert_string_equal(api_text(post(api, 200, "/api/jobs/2/cancel"), "/data/state"), "running");
    assert_string_equal(api_text(post(api, 200, "/api/jobs/1/cancel"), "/data/state"), "cancelled");
    post(api, 404, "/api/jobs/99/retry");
    post(api, 404, "/api/jobs/99/cancel");
}

static void writes_are_told_in_the_audit_log(void **state)
{
    struct api *api = *state;

    api_ask(api, JOBS);
    post(api, 200, "/api/jobs/4/retry");
    post(api, 200, "/api/jobs/4/cancel");
    assert_string_equal(
        api_ask(api, "SELECT string_agg(concat_ws(' ', user_id, route, table_name, row_id), ', '"
                     " ORDER BY id) FROM audit_log WHERE route LIKE 'jobs.%'"),
        api_format(api, "%lld jobs.retry jobs 4, %lld jobs.cancel jobs 4",
                   (long long)api->user_ids[API_ADMIN], (long long)api->user_ids[API_ADMIN]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_job_says_how_far_it_is_and_why_it_failed),
        api_unit_test(lists_are_filtered_and_sorted),
        api_unit_test(a_cursor_goes_through_all),
        api_unit_test(each_step_is_for_some_states),
        api_unit_test(writes_are_told_in_the_audit_log),
    };

    return cmocka_run_group_tests_name("api/jobs", tests, NULL, NULL);
}
