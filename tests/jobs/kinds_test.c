/* kinds_test.c - tests of src/jobs/kinds.c: what each kind leaves behind */
#include "../support/asking.h"
#include "../support/folder.h"
#include "../support/runner.h"
#include "../support/unit.h"

#include "keel/routes/modules.h"
#include "keel/services/mail.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct runner_options options(void)
{
    struct runner_options made = test_runner_options();

    made.kinds = job_kinds;
    made.kind_count = job_kind_count;
    return made;
}

/* Runs one job, and its result is this. */
static void expect(struct test_database *database, const char *kind, const char *result)
{
    struct scope *scope = &database->scope;

    asking_text(scope, "DELETE FROM jobs");
    test_runner_order(database, kind, NULL);
    test_runner_once(database, options());
    asking_expect(scope, "SELECT state || coalesce(errors->0->>'message', '') FROM jobs",
                  "succeeded");
    asking_expect(scope, "SELECT coalesce(result::text, '') FROM jobs", result);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < job_kind_count; i++) {
        const struct job_kind *kind = &job_kinds[i];

        if (!kind->run || kind->attempts < 1 || kind->timeout_s < 1 || kind->backoff_s < 1 ||
            !kind->summary || strlen(kind->name) > 80)
            unit_fail("%s says too little\n", kind->name);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(kind->name, job_kinds[j].name);
    }
}

static bool queue(struct scope *scope, const char *to)
{
    return mail_queue(scope, MAIL_PASSWORD_CHANGED, to, NULL, 0);
}

static void test_mail_at_once(void **state)
{
    struct test_database *database = *state;
    struct runner_options made = options();
    struct scope *scope = &database->scope;
    char folder[FOLDER_PATH_SIZE];

    folder_make(folder);
    database->config.mail_folder = folder;
    database->config.job_poll_ms = 600000;
    pid_t runner = test_runner_start(database, &made);

    assert_true(db_begin(scope));
    for (int i = 0; i < 30; i++)
        assert_true(queue(scope, "ada@example.org"));
    assert_true(db_commit(scope));
    test_runner_until(database, 10, "SELECT count(*) FROM mail_outbox WHERE sent_at IS NOT NULL",
                      "30");
    test_runner_until(database, 5, "SELECT string_agg(state || result, ' ') FROM jobs",
                      "succeeded{\"sent\": 30, \"failed\": 0, \"given_up\": 0}");
    assert_int_equal(test_runner_end(runner, SIGTERM), 0);
    folder_remove(folder);
}

static void test_mail_rolled_back(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    assert_true(queue(scope, "ada@example.org"));
    db_rollback(scope);
    asking_expect(scope, "SELECT count(*) FROM jobs", "0");
    database->config.mail_transport = "none";
    assert_true(queue(scope, "ada@example.org"));
    asking_expect(scope, "SELECT count(*) FROM jobs", "0");
    expect(database, "mail.send", "");
}

/* The outbox says when a mail is tried again, and a job is there at that time. */
static void test_mail_again(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    char folder[FOLDER_PATH_SIZE];

    folder_make(folder);
    database->config.mail_transport = "sendmail";
    database->config.mail_command = "/bin/false";
    assert_true(queue(scope, "ada@example.org") && queue(scope, "bob@example.org"));
    test_runner_once(database, options());
    asking_expect(
        scope,
        "SELECT count(*) || ' ' || bool_and(run_at = (SELECT min(next_attempt_at) FROM "
        "mail_outbox)) || ' ' || bool_and(run_at > now()) FROM jobs WHERE state = 'queued'",
        "1 true true");
    asking_expect(scope, "SELECT result FROM jobs WHERE state = 'succeeded'",
                  "{\"sent\": 0, \"failed\": 2, \"given_up\": 0}");
    database->config.mail_transport = "folder";
    database->config.mail_folder = folder;
    asking_text(scope, "UPDATE mail_outbox SET next_attempt_at = now()");
    asking_text(scope, "UPDATE jobs SET run_at = now() WHERE state = 'queued'");
    test_runner_once(database, options());
    asking_expect(scope, "SELECT count(sent_at) FROM mail_outbox", "2");
    asking_expect(scope, "SELECT count(*) FROM jobs WHERE state = 'queued'", "0");
    folder_remove(folder);
}

/* More than one job takes. */
static void test_many_mails(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    char folder[FOLDER_PATH_SIZE];

    folder_make(folder);
    database->config.mail_folder = folder;
    assert_true(queue(scope, "ada@example.org"));
    asking_text(scope, "INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, "
                       "message_id) SELECT kind, recipient, subject, text_body, html_body, "
                       "'<' || n || '@x>' FROM mail_outbox, generate_series(1, 250) n");
    test_runner_once(database, options());
    asking_expect(scope, "SELECT count(sent_at) FROM mail_outbox", "251");
    folder_remove(folder);
}

static void test_scheduled_kinds(void **state)
{
    struct test_database *database = *state;
    struct rows rows;

    assert_true(asking_query(&database->scope, "SELECT kind FROM schedules", NO_PARAMS, &rows));
    assert_true(rows.count > 5);
    for (int row = 0; row < rows.count; row++) {
        size_t i = 0;

        while (i < job_kind_count && strcmp(job_kinds[i].name, row_text(&rows, row, 0)) != 0)
            i++;
        if (i == job_kind_count)
            unit_fail("%s is scheduled, and nobody can do it\n", row_text(&rows, row, 0));
    }
}

static void test_schedule(void **state)
{
    struct test_database *database = *state;
    struct runner_options made = options();
    struct scope *scope = &database->scope;

    asking_text(scope, "DELETE FROM schedules");
    asking_text(scope, "INSERT INTO schedules (name, kind, expression, next_run_at, summary) "
                       "VALUES ('tick', 'noop', '0 0 1 1 *', now() - interval '10s', 'x')");
    pid_t one = test_runner_start(database, &made);
    pid_t two = test_runner_start(database, &made);

    test_runner_until(database, 10, "SELECT count(*) FROM jobs WHERE state = 'succeeded'", "1");
    asking_expect(scope,
                  "SELECT next_run_at > now() AND last_job_id = (SELECT id FROM jobs) "
                  "FROM schedules",
                  "t");
    asking_text(scope, "UPDATE schedules SET next_run_at = now()");
    test_runner_until(database, 12, "SELECT count(*) FROM jobs WHERE state = 'succeeded'", "2");
    assert_int_equal(test_runner_end(one, SIGTERM), 0);
    assert_int_equal(test_runner_end(two, SIGTERM), 0);
    asking_expect(scope, "SELECT count(*) FROM jobs", "2");
}

static void test_purge(void **state)
{
    const struct model *models[64];
    struct test_database *database = *state;
    struct runner_options made = options();
    struct scope *scope = &database->scope;

    made.models = models;
    for (size_t i = 0; i < keel_modules.count; i++) {
        if (keel_modules.list[i]->model)
            models[made.model_count++] = keel_modules.list[i]->model;
    }
    asking_text(scope, "INSERT INTO categories (name) VALUES ('old'), ('kept')");
    asking_text(scope, "ALTER TABLE categories DISABLE TRIGGER USER");
    asking_text(scope, "UPDATE categories SET is_active = false, updated_at = now() - "
                       "interval '40d' WHERE name = 'old'");
    expect(database, "purge", "");
    asking_expect(scope, "SELECT count(*) FROM categories", "2");
    database->config.purge_days = 30;
    test_runner_order(database, "purge", NULL);
    test_runner_once(database, made);
    asking_expect(scope, "SELECT string_agg(name, ' ') FROM categories", "kept");
    asking_expect(scope, "SELECT result FROM jobs WHERE result IS NOT NULL",
                  "{\"kept\": 0, \"removed\": 1}");
}

static void test_cleaning(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO users (email, password_hash) VALUES ('a@example.org', 'x')");
    asking_text(scope, "INSERT INTO sessions (user_id, ended_at, end_reason, created_at, "
                       "last_used_at) SELECT id, t, CASE WHEN t IS NOT NULL THEN 'logout' END, "
                       "coalesce(t, now()), coalesce(t, now()) FROM users, unnest(ARRAY[now() - "
                       "interval '91d', now() - interval '80d', NULL]) t");
    asking_text(scope, "INSERT INTO single_use_tokens (hash, user_id, purpose, expires_at) SELECT "
                       "sha256(n::text::bytea), id, 'reset', now() + make_interval(hours => n) "
                       "FROM users, unnest(ARRAY[-1, 1]) n");
    expect(database, "sessions.clean", "{\"removed\": 2}");
    asking_expect(scope,
                  "SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM "
                  "single_use_tokens)",
                  "2 1");
    asking_text(scope, "INSERT INTO login_throttle (kind, key, failures, expires_at) SELECT "
                       "'client', sha256(n::text::bytea), 1, now() + make_interval(hours => n) "
                       "FROM unnest(ARRAY[-1, 1]) n");
    expect(database, "throttle.clean", "{\"removed\": 1}");
    asking_text(scope, "INSERT INTO idempotency_keys (user_id, key, request_hash, created_at) "
                       "SELECT id, n::text, sha256('x'), now() - make_interval(hours => n) FROM "
                       "users, unnest(ARRAY[1, 25]) n");
    expect(database, "idempotency.clean", "{\"removed\": 1}");
    asking_text(scope, "INSERT INTO audit_log (at, route, method, status) SELECT now() - "
                       "make_interval(days => n), 'x', 'GET', 200 FROM unnest(ARRAY[1, 366]) n");
    expect(database, "audit.trim", "{\"removed\": 1}");
    expect(database, "audit.trim", "{\"removed\": 0}");
}

static void test_inventory(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO items (name, price, quantity) VALUES ('Kettle', 1.50, 4)");
    expect(database, "inventory.daily", "{\"categories\": 1}");
    expect(database, "inventory.daily", "{\"categories\": 1}");
    asking_expect(scope,
                  "SELECT string_agg(concat_ws(' ', items, units, value), ';') FROM inventory_daily"
                  " WHERE day = (now() AT TIME ZONE 'UTC')::date",
                  "1 4 6.00");
}

static int begin(void **state)
{
    return test_runner_make(state);
}

static int end(void **state)
{
    return test_runner_drop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "each kind says all that it has to", .test_func = test_table},
        FIXTURE_TEST("mails go out at once, and one job sends many", test_mail_at_once),
        FIXTURE_TEST("a mail that is taken back, or goes nowhere, orders nothing",
                     test_mail_rolled_back),
        FIXTURE_TEST("a mail that could not be sent has a job when it is due again",
                     test_mail_again),
        FIXTURE_TEST("more mails than one job sends are sent by another", test_many_mails),
        FIXTURE_TEST("what is scheduled can be done", test_scheduled_kinds),
        FIXTURE_TEST("what is due by the clock is begun once by two runners", test_schedule),
        FIXTURE_TEST("deleted rows are purged after their days", test_purge),
        FIXTURE_TEST("what is over is cleaned away", test_cleaning),
        FIXTURE_TEST("what is in stock is counted for the day, as often as it is asked for",
                     test_inventory),
    };

    return cmocka_run_group_tests_name("jobs kinds", tests, NULL, NULL);
}
