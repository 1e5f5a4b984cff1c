/* mailer_test.c - tests of mailer/mailer: what is due is sent once, and tried again when it failed
 */
#include "keel/mailer/mailer.h"

#include "../services/accounts.h"
#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/query_faults.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[FOLDER_PATH_SIZE];

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    folder_make(folder);
    database->config.mail_transport = "folder";
    database->config.mail_folder = folder;
    return 0;
}

static int drop(void **state)
{
    folder_remove(folder);
    return test_database_drop(state);
}

static const struct mail_value link_value = {"link", "https://x/reset#token=kp_secret"};

static void queue(struct scope *scope, int count)
{
    for (int i = 0; i < count; i++)
        assert_true(mail_queue(scope, MAIL_RESET, "ada@example.org", &link_value, 1));
}

static struct mail_tally send_due(struct scope *scope)
{
    const struct mail_drain drain = {.limit = 1000};
    struct mail_tally tally;

    if (!mail_send_due(scope, &drain, &tally))
        unit_fail("%s (%s)", scope->error.message, scope->error.detail);
    return tally;
}

static void expect_tally(struct scope *scope, int64_t sent, int64_t failed, int64_t given_up)
{
    struct mail_tally tally = send_due(scope);

    if (tally.sent != sent || tally.failed != failed || tally.given_up != given_up)
        unit_fail("%" PRId64 " sent, %" PRId64 " failed, %" PRId64 " given up", tally.sent,
                  tally.failed, tally.given_up);
}

static int count_files(const char *ending)
{
    DIR *stream = opendir(folder);
    int count = 0;

    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');

        count += dot && strcmp(dot, ending) == 0;
    }
    closedir(stream);
    return count;
}

static void test_sent(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    queue(scope, 3);
    expect_tally(scope, 3, 0, 0);
    assert_int_equal(count_files(".eml"), 3);
    assert_int_equal(count_files(".part"), 0);
    asking_expect(scope,
                  "SELECT count(*) FROM mail_outbox WHERE sent_at IS NOT NULL AND text_body IS "
                  "NULL AND html_body IS NULL AND attempts = 1 AND claimed_until IS NULL",
                  "3");
    expect_tally(scope, 0, 0, 0);
    assert_int_equal(count_files(".eml"), 3);
}

static void test_private(void **state)
{
    struct test_database *database = *state;
    struct stat found;
    char made[FOLDER_PATH_SIZE + 8];

    snprintf(made, sizeof made, "%s/mails", folder);
    database->config.mail_folder = made;
    queue(&database->scope, 1);
    mode_t before = umask(0);

    expect_tally(&database->scope, 1, 0, 0);
    umask(before);
    assert_int_equal(stat(made, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    DIR *stream = opendir(made);

    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (*entry->d_name == '.')
            continue;
        assert_int_equal(fstatat(dirfd(stream), entry->d_name, &found, 0), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
    closedir(stream);
    folder_remove(made);
}

static void test_rolled_back(void **state)
{
    struct test_database *database = *state;
    struct scope *writer = test_database_open(database);

    assert_true(db_begin(writer));
    queue(writer, 1);
    expect_tally(&database->scope, 0, 0, 0);
    db_rollback(writer);
    expect_tally(&database->scope, 0, 0, 0);
    assert_true(db_begin(writer));
    queue(writer, 1);
    assert_true(db_commit(writer));
    expect_tally(&database->scope, 1, 0, 0);
    test_database_close(writer);
}

static void test_limits(void **state)
{
    struct test_database *database = *state;
    const struct mail_drain two = {.limit = 2};
    struct mail_tally tally;

    queue(&database->scope, 3);
    assert_true(mail_send_due(&database->scope, &two, &tally));
    assert_int_equal(tally.sent, 2);
    asking_expect(&database->scope, "SELECT min(id) || '' FROM mail_outbox WHERE sent_at IS NULL",
                  "3");
}

static bool is_stopped(void *state)
{
    int *left = state;

    return (*left)-- == 0;
}

static void test_stopped(void **state)
{
    struct test_database *database = *state;
    int left = 1;
    const struct mail_drain drain = {.limit = 10, .is_stopped = is_stopped, .state = &left};
    struct mail_tally tally;

    queue(&database->scope, 3);
    assert_true(mail_send_due(&database->scope, &drain, &tally));
    assert_int_equal(tally.sent, 1);
}

/* The times are moved in the database: nobody has to wait for hours. */
static void make_due(struct scope *scope)
{
    asking_text(scope, "UPDATE mail_outbox SET next_attempt_at = now(), claimed_until = NULL");
}

static void test_failing(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.mail_transport = "sendmail";
    database->config.mail_command = "/bin/false";
    database->config.mail_attempts = 3;
    queue(scope, 1);
    expect_tally(scope, 0, 1, 0);
    asking_expect(scope,
                  "SELECT attempts || ' ' || last_error || ' ' || (next_attempt_at BETWEEN now() + "
                  "interval '35 s' AND now() + interval '60 s') FROM mail_outbox",
                  "1 the mail command ended with 1: it said nothing true");
    expect_tally(scope, 0, 0, 0);
    make_due(scope);
    expect_tally(scope, 0, 1, 0);
    asking_expect(scope,
                  "SELECT next_attempt_at BETWEEN now() + interval '110 s' AND now() + interval "
                  "'180 s' FROM mail_outbox",
                  "t");
    make_due(scope);
    expect_tally(scope, 0, 0, 1);
    asking_expect(scope, "SELECT failed_at IS NOT NULL AND text_body IS NOT NULL FROM mail_outbox",
                  "t");
    make_due(scope);
    expect_tally(scope, 0, 0, 0);
}

static void test_refused(void **state)
{
    static const char script[] = "#!/bin/sh\nexit 67\n";
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    char path[FOLDER_PATH_SIZE + 8];

    folder_write(folder, "mail", script, sizeof script - 1);
    snprintf(path, sizeof path, "%s/mail", folder);
    assert_int_equal(chmod(path, 0700), 0);
    database->config.mail_transport = "sendmail";
    database->config.mail_command = path;
    database->config.mail_retry_s = 0;
    queue(scope, 1);
    expect_tally(scope, 0, 0, 1);
    asking_expect(scope, "SELECT attempts || ' ' || (text_body IS NULL) FROM mail_outbox",
                  "1 true");
}

/* One mail that cannot be sent holds up no other. */
static void test_one_of_many(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    queue(scope, 3);
    /* A name is made of the second that was, however little is missing to the next. */
    asking_text(scope, "UPDATE mail_outbox SET created_at = date_trunc('second', created_at) + "
                       "interval '999 ms'");
    /* A folder where its file should go. */
    const char *name =
        asking_text(scope, "SELECT to_char(created_at, 'YYYYMMDD\"T\"HH24MISS\"Z\"') || "
                           "'-000002.eml' FROM mail_outbox WHERE id = 2");
    char path[2 * FOLDER_PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_tally(scope, 2, 1, 0);
    assert_int_equal(count_files(".part"), 0);
    assert_int_equal(rmdir(path), 0);
    make_due(scope);
    expect_tally(scope, 1, 0, 0);
}

/* The process was killed while it sent: nothing happens while its claim lasts, and then again. */
static void test_claims(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    queue(scope, 1);
    asking_text(scope, "UPDATE mail_outbox SET attempts = 1, claimed_until = now() + interval '1 "
                       "min'");
    expect_tally(scope, 0, 0, 0);
    asking_text(scope, "UPDATE mail_outbox SET claimed_until = now() - interval '1 s'");
    expect_tally(scope, 1, 0, 0);
    asking_expect(scope, "SELECT attempts || '' FROM mail_outbox", "2");
}

static void test_deadly(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    queue(scope, 1);
    asking_text(scope, "UPDATE mail_outbox SET attempts = 8");
    expect_tally(scope, 0, 0, 1);
    asking_expect(scope, "SELECT last_error FROM mail_outbox",
                  "no attempt to send it came to an end");
    assert_int_equal(count_files(".eml"), 0);
}

/* Sends all that is due in a process of its own; the exit status is 0 when that worked. */
static pid_t drain_beside(const struct test_database *database)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    const struct mail_drain drain = {.limit = 1000};
    struct mail_tally tally = {0};
    struct scope scope;
    struct db *db = NULL;

    scope_begin(&scope, &database->config, NULL, NULL);
    bool ok = db_open(&scope, database->url, &db);

    scope.db = db;
    ok = ok && db_ensure(&scope) && mail_send_due(&scope, &drain, &tally);
    /* Not exit(): what the test has open is not ours. */
    _exit(ok ? (int)tally.sent : 255);
}

static void test_many_drains(void **state)
{
    enum { DRAINS = 4, MAILS = 60 };
    static const char script[] = "#!/bin/sh\ncat >/dev/null\necho x >>\"$1/log\"\n";
    struct test_database *database = *state;
    char path[3 * FOLDER_PATH_SIZE];
    pid_t drains[DRAINS];
    struct stat log;
    int sum = 0;

    folder_write(folder, "mail", script, sizeof script - 1);
    snprintf(path, sizeof path, "%s/mail", folder);
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(path, sizeof path, "%s/mail %s", folder, folder);
    database->config.mail_transport = "sendmail";
    database->config.mail_command = path;
    queue(&database->scope, MAILS);
    for (int i = 0; i < DRAINS; i++)
        drains[i] = drain_beside(database);
    for (int i = 0; i < DRAINS; i++) {
        int status;

        assert_int_equal(waitpid(drains[i], &status, 0), drains[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
        sum += WEXITSTATUS(status);
    }
    assert_int_equal(sum, MAILS);
    snprintf(path, sizeof path, "%s/log", folder);
    assert_int_equal(stat(path, &log), 0);
    assert_int_equal(log.st_size, 2 * MAILS);
    asking_outside(database,
                   "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL OR attempts > 1", "0");
}

/*
 * Makes the mail command a script that works on the test's database while it "sends". The command
 * gets no PG variables, so they stand in the script.
 */
static void send_by_script(struct test_database *database, const char *lines)
{
    static char command[2 * FOLDER_PATH_SIZE];
    const char *port = getenv("PGPORT");
    const char *password = getenv("PGPASSWORD");
    const char *script =
        scope_format(&database->settings,
                     "#!/bin/sh\nexport PGHOST='%s' PGPORT='%s' PGUSER='%s' PGPASSWORD='%s'\n"
                     "sql() { psql -qX -d '%s' -c \"$1\" >/dev/null 2>&1; }\ncat >/dev/null\n%s\n",
                     getenv("PGHOST"), port ? port : "5432", getenv("PGUSER"),
                     password ? password : "", database->name, lines);

    assert_non_null(script);
    folder_write(folder, "mail", script, strlen(script));
    snprintf(command, sizeof command, "%s/mail", folder);
    assert_int_equal(chmod(command, 0700), 0);
    database->config.mail_transport = "sendmail";
    database->config.mail_command = command;
}

/* The connection goes away between sending and saying so: it is said over another one. */
static void test_lost_connection(void **state)
{
    struct test_database *database = *state;

    send_by_script(database, "sql 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                             "datname = current_database() AND pid <> pg_backend_pid()'");
    queue(&database->scope, 1);
    expect_tally(&database->scope, 1, 0, 0);
    asking_outside(database, "SELECT count(*) FROM mail_outbox WHERE sent_at IS NOT NULL", "1");
}

/* Its claim ran out while it hung, and another one has taken the mail since. */
static void test_lost_claim(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    queue(scope, 1);
    send_by_script(database, "sql \"UPDATE mail_outbox SET attempts = 2, claimed_until = now() + "
                             "interval '1 h'\"; exit 1");
    expect_tally(scope, 0, 1, 0);
    asking_expect(
        scope,
        "SELECT attempts || ' ' || (claimed_until > now()) || ' ' || (last_error IS NULL) "
        "FROM mail_outbox",
        "2 true true");
    asking_text(scope, "UPDATE mail_outbox SET attempts = 0, claimed_until = NULL");
    send_by_script(database, "sql 'UPDATE mail_outbox SET attempts = 2'; exit 0");
    expect_tally(scope, 1, 0, 0);
    asking_expect(scope, "SELECT count(*) FROM mail_outbox WHERE sent_at IS NOT NULL", "1");
}

static void test_wrong_settings(void **state)
{
    static const struct {
        const char *transport, *folder, *message;
    } cases[] = {
        {"none", "", "KEEL_MAIL_TRANSPORT is none"},
        {"folder", "", "KEEL_MAIL_FOLDER is not set"},
        {"folder", "/dev/null", "is no folder"},
        {"folder", "/nowhere/at/all", "cannot be made"},
    };
    struct test_database *database = *state;
    const struct mail_drain drain = {.limit = 1};
    struct mail_tally tally;

    queue(&database->scope, 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        database->config.mail_transport = cases[i].transport;
        database->config.mail_folder = cases[i].folder;
        assert_false(mail_send_due(&database->scope, &drain, &tally));
        asking_failed(&database->scope, ERR_INTERNAL);
        assert_non_null(strstr(database->scope.error.message, cases[i].message));
        test_database_renew(database);
    }
    asking_expect(&database->scope, "SELECT attempts || '' FROM mail_outbox", "0");
}

static void test_now(void **state)
{
    const struct mail_text text = {"s", "p", "h"};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(mail_send_now(scope, "ada@example.org", &text));
    assert_int_equal(count_files(".eml"), 1);
    assert_false(mail_send_now(scope, "a@b, c@d", &text));
    asking_failed(scope, ERR_VALIDATION);
    test_database_renew(database);
    database->config.mail_transport = "sendmail";
    database->config.mail_command = "/bin/false";
    assert_false(mail_send_now(scope, "ada@example.org", &text));
    asking_failed(scope, ERR_UNAVAILABLE);
    assert_non_null(strstr(scope->error.detail, "ended with 1"));
}

static void test_tidied(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    queue(scope, 5);
    database->config.mail_retry_s = 3600;
    database->config.mail_keep_s = 7200;
    asking_text(scope,
                "UPDATE mail_outbox SET sent_at = now() - interval '1 min', text_body = NULL, "
                "html_body = NULL WHERE id = 1");
    asking_text(scope, "UPDATE mail_outbox SET sent_at = now() - interval '3 h', text_body = NULL, "
                       "html_body = NULL WHERE id = 2");
    asking_text(scope, "UPDATE mail_outbox SET failed_at = now() - interval '1 min' WHERE id = 3");
    asking_text(scope, "UPDATE mail_outbox SET failed_at = now() - interval '90 min' WHERE id = 4");
    asking_text(scope, "UPDATE mail_outbox SET created_at = now() - interval '9 d' WHERE id = 5");
    assert_true(mail_tidy(scope));
    asking_expect(scope,
                  "SELECT string_agg(id || CASE WHEN text_body IS NULL THEN '-' ELSE '+' END, ' ' "
                  "ORDER BY id) FROM mail_outbox",
                  "1- 3+ 4- 5+");
}

static void test_backoff(void **state)
{
    static const int64_t delays[] = {60, 180, 540, 1620, 4860, 14400, 14400};

    (void)state;
    for (int64_t i = 0; i < (int64_t)COUNT(delays); i++) {
        assert_int_equal(mail_backoff_s(i + 1, 0), delays[i]);
        int64_t least = mail_backoff_s(i + 1, 65535);

        assert_in_range(least, delays[i] * 2 / 3, delays[i] * 2 / 3 + 1);
    }
    assert_int_equal(mail_backoff_s(INT64_MAX, 0), 14400);
    assert_int_equal(mail_backoff_s(0, 0), 60);
}

/* Mails stay queued until a round has memory for all of it. */
static void test_no_memory(void **state)
{
    struct test_database *database = *state;

    queue(&database->scope, 1);
    faults_begin();
    while (faults_next()) {
        const struct mail_drain drain = {.limit = 5};
        struct mail_tally tally;
        struct scope scope;

        scope_begin(&scope, &database->config, database->db, NULL);
        bool ok = mail_send_due(&scope, &drain, &tally);

        faults_stop();
        /* That a mail is out is said a second time where the first time failed. */
        assert_true(ok || faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
        asking_text(&database->scope, "UPDATE mail_outbox SET claimed_until = NULL, attempts = 0");
    }
    assert_true(faults_count() > 0);
    asking_expect(&database->scope, "SELECT count(*) FROM mail_outbox WHERE sent_at IS NULL", "0");
    assert_int_equal(count_files(".eml"), 1);
}

static void test_failing_database(void **state)
{
    struct test_database *database = *state;

    query_faults_begin("40001");
    while (query_faults_next()) {
        const struct mail_drain drain = {.limit = 5};
        struct mail_tally tally;
        struct scope scope;

        scope_begin(&scope, &database->config, database->db, NULL);
        bool ok = mail_send_due(&scope, &drain, &tally) && mail_tidy(&scope);

        query_faults_stop();
        assert_int_equal(ok, !query_faults_hit());
        scope_end(&scope);
    }
    assert_true(query_faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, drop, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what is due is sent once, and its texts are gone", test_sent),
        TEST("files with links in them are the owner's alone", test_private),
        TEST("what was rolled back is not sent, what is not committed not yet", test_rolled_back),
        TEST("a drain sends no more than it was asked to", test_limits),
        TEST("a drain stops between two mails when it is told to", test_stopped),
        TEST("a mail that failed is tried again at growing intervals, then given up", test_failing),
        TEST("a mail that is refused is given up at once, its texts gone", test_refused),
        TEST("one mail that cannot be sent holds up no other", test_one_of_many),
        TEST("a mail in somebody's hand is taken when the claim has run out", test_claims),
        TEST("a mail whose senders all died is given up", test_deadly),
        TEST("many drains at once send each mail once", test_many_drains),
        TEST("a connection lost while sending does not make a mail go out twice",
             test_lost_connection),
        TEST("who has lost its claim can only say that the mail is out", test_lost_claim),
        TEST("settings that cannot work are told, and cost no attempt", test_wrong_settings),
        TEST("a mail can go past the outbox", test_now),
        TEST("texts and rows go when their time is over", test_tidied),
        TEST("intervals grow up to four hours", test_backoff),
        TEST("without memory the drain fails cleanly, and no mail is lost", test_no_memory),
        TEST("a failing database fails the drain cleanly", test_failing_database),
    };

    return cmocka_run_group_tests_name("mailer/mailer", tests, NULL, NULL);
}
