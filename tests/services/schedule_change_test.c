/* schedule_change_test.c - tests of services/schedule_change: schedules are changed and run at once
 */
#include "keel/services/schedules.h"

#include "../support/faults.h"
#include "../support/query_faults.h"
#include "clocks.h"
#include "keel/core/json.h"

#include <stdlib.h>
#include <string.h>

/* One schedule at noon, 1, of every day at three. */
static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "DELETE FROM schedules");
    asking_text(scope, "ALTER TABLE schedules ALTER id RESTART");
    asking_text(scope, "INSERT INTO schedules (name, expression, kind, next_run_at) VALUES"
                       " ('a', '0 3 * * *', 'test', '2026-01-12 03:00Z')");
    clocks_make(scope);
    clocks_use(scope);
    clocks_set(scope, "2026-01-12 12:00:00Z");
    return 0;
}

static bool change(struct scope *scope, int64_t id, const char *body, const char **changes)
{
    struct json_object *json;
    struct input input;
    struct rows rows;

    assert_true(json_parse(scope, body, strlen(body), &json));
    assert_true(input_decode(scope, &schedule_model, UPDATE | PARTIAL, json, &input));
    return db_begin(scope) && schedules_change(scope, id, &input, &rows, changes) &&
           db_commit(scope);
}

static void must_change(struct scope *scope, const char *body, const char *next)
{
    const char *changes;

    if (!change(scope, 1, body, &changes))
        unit_fail("%s: %s (%s)", body, scope->error.message, scope->error.detail);
    asking_expect(scope, "SELECT to_char(next_run_at, 'MM-DD HH24:MI') FROM schedules", next);
}

static void test_times(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    /* What says nothing of the time leaves it alone, missed ticks too. */
    must_change(scope, "{}", "01-12 03:00");
    must_change(scope, "{\"catch_up\":\"all\"}", "01-12 03:00");
    must_change(scope, "{\"paused\":false}", "01-12 03:00");
    must_change(scope, "{\"paused\":true}", "01-12 03:00");
    /* Going on, it does not make up for what it stood still for. */
    must_change(scope, "{\"paused\":false}", "01-13 03:00");
    must_change(scope, "{\"expression\":\"30 * * * *\"}", "01-12 12:30");
    must_change(scope, "{\"expression\":\"0 15 * * *\",\"time_zone\":\"Asia/Kolkata\"}",
                "01-13 09:30");
    must_change(scope, "{\"time_zone\":\"Europe/Berlin\"}", "01-12 14:00");
    must_change(scope, "{\"expression\":\"@hourly\",\"paused\":true}", "01-12 13:00");
}

static void test_told(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const char *changes;

    assert_true(change(scope, 1, "{\"catch_up\":\"none\",\"time_zone\":\"UTC\"}", &changes));
    assert_string_equal(changes, "{\"catch_up\":{\"from\":\"once\",\"to\":\"none\"}}");
}

static void test_problem(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "UPDATE schedules SET problem = 'x', next_run_at = NULL");
    must_change(scope, "{\"expression\":\"0 4 * * *\"}", "01-13 04:00");
    asking_expect(scope, "SELECT problem IS NULL FROM schedules", "t");
}

static void test_refused(void **state)
{
    static const struct {
        const char *body, *field;
    } cases[] = {
        {"{\"expression\":\"0 3 * *\"}", "expression"},
        {"{\"expression\":\"0 0 31 6 *\"}", "expression"},
        {"{\"time_zone\":\"Europe/Berln\"}", "time_zone"},
        /* PostgreSQL takes these for rules and abbreviations. */
        {"{\"time_zone\":\"Berlin+2\"}", "time_zone"},
        {"{\"time_zone\":\"europe/berlin\"}", "time_zone"},
        {"{\"time_zone\":\"+02:00\"}", "time_zone"},
    };
    struct test_database *database = *state;
    const char *changes;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope *scope = &database->scope;

        assert_false(change(scope, 1, cases[i].body, &changes));
        asking_failed(scope, ERR_VALIDATION);
        assert_string_equal(scope->error.fields->field, cases[i].field);
        db_rollback(scope);
        test_database_renew(database);
    }
    asking_expect(&database->scope, "SELECT concat_ws(' ', expression, time_zone) FROM schedules",
                  "0 3 * * * UTC");
}

static void test_missing(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const char *changes;
    bool is_new;
    int64_t id;

    assert_false(schedules_find(scope, "b", &id));
    asking_failed(scope, ERR_NOT_FOUND);
    test_database_renew(database);
    assert_false(change(scope, 2, "{}", &changes));
    asking_failed(scope, ERR_NOT_FOUND);
    db_rollback(scope);
    test_database_renew(database);
    assert_false(schedules_run(scope, 2, &id, &is_new));
    asking_failed(scope, ERR_NOT_FOUND);
}

static void test_notice(void **state)
{
    struct test_database *database = *state;
    struct scope *runner = test_database_open(database);

    asking_text(runner, "LISTEN keel_jobs");
    must_change(&database->scope, "{\"expression\":\"@hourly\"}", "01-12 13:00");
    asking_text(runner, "SELECT 1");
    PGnotify *notice = PQnotifies(db_connection(runner->db));

    assert_non_null(notice);
    assert_string_equal(notice->extra, "schedules");
    PQfreemem(notice);
    test_database_close(runner);
}

static void test_run(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int64_t id = 0, job, again;
    bool is_new;

    assert_true(schedules_find(scope, "a", &id));
    assert_true(schedules_run(scope, id, &job, &is_new));
    assert_true(is_new);
    assert_true(schedules_run(scope, id, &again, &is_new));
    assert_false(is_new);
    assert_int_equal(job, again);
    asking_expect(scope,
                  "SELECT concat_ws(' ', j.kind, j.args, to_char(s.next_run_at, 'HH24:MI'),"
                  " s.last_run_at = now()) FROM jobs j, schedules s WHERE s.last_job_id = j.id",
                  "test {\"scheduled_at\": \"2026-01-12T12:00:00Z\"} 03:00 t");
}

/* In one transaction, so that it leaves nothing where it fails. */
static bool do_all(struct scope *scope, const struct input *input)
{
    const char *changes;
    struct rows rows;
    int64_t id, job;
    bool is_new;

    return db_begin(scope) && schedules_find(scope, "a", &id) &&
           schedules_change(scope, id, input, &rows, &changes) &&
           schedules_run(scope, id, &job, &is_new) && db_commit(scope);
}

static void must_be_whole(struct test_database *database, bool done)
{
    if (db_in_transaction(database->db))
        db_rollback(&database->scope);
    test_database_renew(database);
    asking_outside(database,
                   "SELECT concat_ws(' ', time_zone, (SELECT count(*) FROM jobs)) FROM schedules",
                   done ? "Europe/Berlin 1" : "UTC 0");
    assert_true(db_ensure(&database->scope));
    clocks_use(&database->scope);
    clocks_set(&database->scope, "2026-01-12 12:00:00Z");
}

static void test_faults(void **state)
{
    struct test_database *database = *state;
    struct value *values = calloc(schedule_model.column_count, sizeof *values);
    struct input input = {&schedule_model, values};

    assert_non_null(values);
    input_set(&input, "time_zone", "Europe/Berlin");
    query_faults_begin("XX000");
    while (query_faults_next()) {
        bool done = do_all(&database->scope, &input);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        must_be_whole(database, done);
    }
    assert_true(query_faults_count() > 0);
    asking_text(&database->scope, "DELETE FROM jobs");
    asking_text(&database->scope, "UPDATE schedules SET time_zone = 'UTC'");
    faults_begin();
    while (faults_next()) {
        bool done = do_all(&database->scope, &input);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        must_be_whole(database, done);
    }
    assert_true(faults_count() > 0);
    free(values);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a change of when it runs counts from now on, others leave its time", test_times),
        TEST("what changed is told, and nothing else", test_told),
        TEST("a problem goes with its cause", test_problem),
        TEST("nonsense is refused with its field, and changes nothing", test_refused),
        TEST("what is not there is not found", test_missing),
        TEST("runners are told of a change", test_notice),
        TEST("run at once, it keeps its time", test_run),
        TEST("whatever fails on the way is a failure", test_faults),
    };

    return cmocka_run_group_tests_name("services/schedule_change", tests, NULL, NULL);
}
