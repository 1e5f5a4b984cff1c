/* schedules_test.c - tests of services/schedules: what is due is fired once, whatever happens */
#include "keel/services/schedules.h"

#include "../support/faults.h"
#include "../support/query_faults.h"
#include "clocks.h"
#include "keel/core/clock.h"

#include <string.h>

#define NOON INT64_C(1768219200) /* 2026-01-12 12:00:00Z, a Monday */

/* Without the schedules that are there from the start, at noon. */
static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "DELETE FROM schedules");
    asking_text(scope, "ALTER TABLE schedules ALTER id RESTART");
    clocks_make(scope);
    clocks_use(scope);
    clocks_set(scope, "2026-01-12 12:00:00Z");
    return 0;
}

/* One that is next due at a time; NULL: it was never given one. */
static void add(struct scope *scope, const char *name, const char *expression, const char *catch_up,
                const char *next)
{
    struct rows rows;

    if (!asking_query(scope,
                      "INSERT INTO schedules (name, expression, catch_up, next_run_at, kind, args)"
                      " VALUES ($1, $2, $3, $4, 'test', '{\"a\": 1}')",
                      PARAMS(name, expression, catch_up, next), &rows))
        unit_fail("%s: %s", name, scope->error.detail);
}

/* Ticks; the seconds since 1970 of the next one. */
static int64_t tick(struct scope *scope)
{
    int64_t next = -1;

    assert_true(db_begin(scope));
    if (!schedules_tick(scope, &next))
        unit_fail("%s (%s)", scope->error.message, scope->error.detail);
    assert_true(db_commit(scope));
    return next / 1000000;
}

/* The ticks for which jobs were made, "12:00 12:01". */
static void must_have_fired(struct scope *scope, const char *ticks)
{
    asking_expect(scope,
                  "SELECT coalesce(string_agg(to_char((args ->> 'scheduled_at')::timestamptz,"
                  " 'HH24:MI'), ' ' ORDER BY id), '') FROM jobs",
                  ticks);
}

static void must_be_next(struct scope *scope, const char *next)
{
    asking_expect(scope,
                  "SELECT string_agg(concat_ws(' ', name, to_char(next_run_at, 'MM-DD HH24:MI')),"
                  " ', ' ORDER BY name) FROM schedules",
                  next);
}

static void finish_jobs(struct scope *scope)
{
    asking_text(scope, "UPDATE jobs SET state = 'succeeded', finished_at = now()");
}

static void test_first(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_int_equal(tick(scope), 0);
    add(scope, "a", "5 * * * *", "once", NULL);
    add(scope, "b", "*/10 * * * *", "all", NULL);
    assert_int_equal(tick(scope), NOON + 5 * 60);
    must_have_fired(scope, "");
    must_be_next(scope, "a 01-12 12:05, b 01-12 12:10");
}

static void test_due(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, "a", "0 * * * *", "once", "2026-01-12 12:00Z");
    add(scope, "b", "1 * * * *", "once", "2026-01-12 12:01Z");
    assert_int_equal(tick(scope), NOON + 60);
    must_have_fired(scope, "12:00");
    must_be_next(scope, "a 01-12 13:00, b 01-12 12:01");
    asking_expect(scope, "SELECT concat_ws(' ', kind, queue, state, args, unique_key) FROM jobs",
                  "test default queued {\"a\": 1, \"scheduled_at\": \"2026-01-12T12:00:00Z\"} "
                  "schedule:a");
    asking_expect(scope,
                  "SELECT last_run_at = now() AND last_job_id = (SELECT id FROM jobs) FROM "
                  "schedules WHERE name = 'a'",
                  "t");
    finish_jobs(scope);
    tick(scope);
    must_have_fired(scope, "12:00");
}

/* It fired at 12:00 and 12:01; set back, the clock shows both again. */
static void test_clock_set_back(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    static const char *const clock[] = {"12:00:00", "12:01:00", "11:58:00", "11:59:30",
                                        "12:00:00", "12:01:30", "12:02:00"};

    add(scope, "a", "* * * * *", "all", "2026-01-12 12:00Z");
    for (size_t i = 0; i < COUNT(clock); i++) {
        clocks_set(scope, scope_format(scope, "2026-01-12 %sZ", clock[i]));
        tick(scope);
    }
    must_have_fired(scope, "12:00 12:01 12:02");
}

/* As two runners that look at the same moment: the second sees nothing, and never waits. */
static void test_two_runners(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct scope *other = test_database_open(database);
    int64_t next;

    clocks_use(other);
    clocks_set(other, "2026-01-12 12:00:00Z");
    add(scope, "a", "0 * * * *", "once", "2026-01-12 12:00Z");
    assert_true(db_begin(scope));
    assert_true(schedules_tick(scope, &next));
    tick(other);
    asking_outside(database, "SELECT count(*) FROM jobs", "0");
    db_rollback(scope);
    /* Nobody else did it: the other one does. */
    tick(other);
    tick(scope);
    asking_outside(database, "SELECT count(*) FROM jobs", "1");
    test_database_close(other);
}

static void test_missed(void **state)
{
    static const struct {
        const char *catch_up, *expression, *next, *fired;
    } cases[] = {
        {"once", "* * * * *", "2026-01-12 11:50Z", "12:00"},
        {"once", "0 * * * *", "2026-01-12 03:00Z", "12:00"},
        {"once", "0 3 * * *", "2026-01-02 03:00Z", "03:00"},
        {"none", "* * * * *", "2026-01-12 11:50Z", "12:00"},
        {"none", "55 * * * *", "2026-01-12 03:55Z", "11:55"},
        {"none", "54 * * * *", "2026-01-12 11:54Z", ""},
        {"none", "0 3 * * *", "2026-01-12 03:00Z", ""},
        {"all", "0 */3 * * *", "2026-01-12 03:00Z", "03:00 06:00 09:00 12:00"},
        {"all", "0 12 * * *", "2026-01-10 12:00Z", "12:00 12:00 12:00"},
        /* Put there by hand: that is a tick, too. */
        {"once", "0 3 * * *", "2026-01-12 11:47Z", "11:47"},
    };
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (size_t i = 0; i < COUNT(cases); i++) {
        add(scope, "a", cases[i].expression, cases[i].catch_up, cases[i].next);
        assert_true(tick(scope) > NOON);
        must_have_fired(scope, cases[i].fired);
        tick(scope);
        must_have_fired(scope, cases[i].fired);
        asking_text(scope, "DELETE FROM schedules");
        asking_text(scope, "DELETE FROM jobs");
    }
}

static void test_bounded(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, "a", "* * * * *", "all", "2026-01-12 09:00Z");
    tick(scope);
    asking_expect(scope,
                  "SELECT count(*) || ' ' || min(args ->> 'scheduled_at') || ' ' ||"
                  " max(args ->> 'scheduled_at') FROM jobs",
                  "100 2026-01-12T10:21:00Z 2026-01-12T12:00:00Z");
    add(scope, "b", "0 0 1 * *", "all", "2020-01-01 00:00Z");
    tick(scope);
    asking_expect(scope,
                  "SELECT count(*) || ' ' || min(args ->> 'scheduled_at') FROM jobs"
                  " WHERE unique_key LIKE 'schedule:b:%'",
                  "12 2025-02-01T00:00:00Z");
}

static void test_not_over(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, "a", "* * * * *", "once", "2026-01-12 12:00Z");
    tick(scope);
    clocks_set(scope, "2026-01-12 12:01:00Z");
    assert_int_equal(tick(scope), NOON + 120);
    must_have_fired(scope, "12:00");
    asking_expect(scope, "SELECT to_char(last_run_at, 'HH24:MI') FROM schedules", "12:00");
    finish_jobs(scope);
    clocks_set(scope, "2026-01-12 12:02:00Z");
    tick(scope);
    must_have_fired(scope, "12:00 12:02");
}

static void test_paused(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, "a", "* * * * *", "all", "2026-01-12 11:50Z");
    asking_text(scope, "UPDATE schedules SET paused = true");
    assert_int_equal(tick(scope), 0);
    must_have_fired(scope, "");
}

static void test_problems(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    add(scope, "a", "0 0 30 2 *", "once", NULL);
    add(scope, "b", "0 * * * *", "once", "2026-01-12 12:00Z");
    add(scope, "c", "0 * * * *", "once", "2026-01-12 12:00Z");
    asking_text(scope, "UPDATE schedules SET time_zone = 'Europe/Berln' WHERE name = 'b'");
    assert_int_equal(tick(scope), NOON + 3600);
    must_have_fired(scope, "12:00");
    asking_expect(scope,
                  "SELECT string_agg(concat_ws(' ', name, problem), ', ' ORDER BY name) FROM "
                  "schedules WHERE next_run_at IS NULL",
                  "a 0 0 30 2 * is no cron expression: the expression names a day that never "
                  "comes, b There is no time zone Europe/Berln");
    asking_text(scope, "UPDATE schedules SET time_zone = 'Europe/Berlin', problem = NULL WHERE "
                       "name = 'b'");
    assert_int_equal(tick(scope), NOON + 3600);
    must_be_next(scope, "a, b 01-12 13:00, c 01-12 13:00");
}

/* Each of them, from the start of the program on, is understood. */
static void test_seeded(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    tick(scope);
    asking_expect(scope,
                  "SELECT string_agg(name, ' ' ORDER BY name) FROM schedules WHERE problem IS NULL"
                  " AND next_run_at > now() AND catch_up = 'once' AND kind = name",
                  "audit.trim idempotency.clean imports.sweep inventory.daily jobs.clean mail.send "
                  "purge sessions.clean throttle.clean");
}

/* Makes one due, on a connection that may have been lost. */
static void make_due(struct test_database *database)
{
    struct scope *scope = &database->scope;

    assert_true(db_ensure(scope));
    clocks_use(scope);
    clocks_set(scope, "2026-01-12 12:00:00Z");
    asking_text(scope, "DELETE FROM jobs");
    asking_text(scope, "UPDATE schedules SET next_run_at = '2026-01-12 11:59Z'");
}

static bool try_tick(struct scope *scope)
{
    int64_t next;

    return db_begin(scope) && schedules_tick(scope, &next) && db_commit(scope);
}

/* It left all of its effects, or none. */
static void must_be_whole(struct test_database *database, bool done)
{
    if (db_in_transaction(database->db))
        db_rollback(&database->scope);
    test_database_renew(database);
    asking_outside(database,
                   "SELECT count(*) || ' ' || (SELECT count(*) FROM schedules WHERE next_run_at >"
                   " '2026-01-12 12:00Z') FROM jobs",
                   done ? "2 1" : "0 0");
}

static void test_faults(void **state)
{
    struct test_database *database = *state;

    add(&database->scope, "a", "* * * * *", "all", NULL);
    asking_text(&database->scope, "UPDATE schedules SET time_zone = 'Europe/Berlin'");
    faults_begin();
    make_due(database);
    while (faults_next()) {
        bool done = try_tick(&database->scope);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        must_be_whole(database, done);
        make_due(database);
    }
    assert_true(faults_count() > 0);
    query_faults_begin("XX000");
    while (query_faults_next()) {
        bool done = try_tick(&database->scope);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        must_be_whole(database, done);
        make_due(database);
    }
    assert_true(query_faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a new schedule is given its first time and fires nothing", test_first),
        TEST("what is due is fired once, with its tick", test_due),
        TEST("a clock that is set back fires nothing twice", test_clock_set_back),
        TEST("two runners at once fire once, and one does what the other took back",
             test_two_runners),
        TEST("what was missed is made up for by the schedule's own rule", test_missed),
        TEST("and not without end", test_bounded),
        TEST("while a tick's job is not over the next tick adds none", test_not_over),
        TEST("what is paused does not fire", test_paused),
        TEST("nonsense is set aside and keeps nobody else", test_problems),
        {"the schedules that are there from the start are understood", test_seeded, accounts_make,
         test_database_drop, NULL},
        TEST("whatever fails on the way is a failure", test_faults),
    };

    return cmocka_run_group_tests_name("services/schedules", tests, NULL, NULL);
}
