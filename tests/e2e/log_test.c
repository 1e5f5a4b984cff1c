/* log_test.c - the logs of a running Keel: rotated without losing a line, and free of secrets */
#include "support/site.h"
#include "support/worker.h"

#include "support/unit.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 4
#define CLIENTS 4

static const char password[] = "the-password-of-the-log-test";

static int begin(void **state)
{
    static const char *const settings[] = {"KEEL_LOG_LEVEL=debug", NULL};

    return site_begin(state, WORKERS, settings);
}

struct caller {
    pthread_t thread;
    struct http http;
    int number, calls, failures;
    const atomic_bool *stop;
};

/* Each request has an id of its own: "rotated-CALLER-CALL.". */
static void *call(void *user)
{
    struct caller *caller = user;

    while (!atomic_load(caller->stop)) {
        const char *const headers[] = {http_format(&caller->http, "X-Request-Id: rotated-%d-%d.",
                                                   caller->number, caller->calls),
                                       NULL};
        const struct http_request request = {.target = "/api/health", .headers = headers};
        struct http_reply reply;

        caller->failures += !http_send(&caller->http, &request, &reply) || reply.status != 200;
        caller->calls++;
        http_forget(&caller->http);
    }
    return NULL;
}

/* As logrotate does: the file gets another name, then the workers are told. No assertion while
 * callers run. */
static bool rotate(const struct instance *instance, int number)
{
    char from[160], to[192];
    pid_t pids[INSTANCE_WORKERS_MAX];
    size_t alive = instance_worker_pids(instance, pids);

    snprintf(from, sizeof from, "%s/log/keel/keel.log", instance->var);
    snprintf(to, sizeof to, "%s.%d", from, number);
    bool ok = alive == WORKERS && rename(from, to) == 0;

    sleep_ms(100);
    for (size_t i = 0; i < alive; i++)
        ok = kill(pids[i], SIGHUP) == 0 && ok;
    sleep_ms(200);
    return ok;
}

static int count(const char *text, const char *wanted)
{
    int found = 0;

    while ((text = strstr(text, wanted)) != NULL) {
        found++;
        text += strlen(wanted);
    }
    return found;
}

/* All lines of all files are there once, and each file has some. */
static void must_have_lines(struct site *site, const struct caller *callers)
{
    static const char *const names[] = {"log/keel/keel.log.1", "log/keel/keel.log.2",
                                        "log/keel/keel.log"};
    struct http *http = &site->http;
    const char *texts[COUNT(names)];
    int lines = 0, calls = 0;

    for (size_t i = 0; i < COUNT(names); i++) {
        texts[i] = instance_read(&site->instance, names[i]);
        int here = count(texts[i], "\"request_id\":\"rotated-");

        assert_true(here > 0);
        lines += here;
    }
    for (int i = 0; i < CLIENTS; i++) {
        calls += callers[i].calls;
        for (int k = 0; k < callers[i].calls; k += 7) {
            const char *id = http_format(http, "\"rotated-%d-%d.\"", i, k);

            assert_int_equal(count(texts[0], id) + count(texts[1], id) + count(texts[2], id), 1);
        }
    }
    assert_int_equal(lines, calls);
}

static void test_rotation(void **state)
{
    struct site *site = *state;
    struct caller callers[CLIENTS] = {0};
    atomic_bool stop = false;

    for (int i = 0; i < CLIENTS; i++) {
        callers[i] = (struct caller){.number = i, .stop = &stop};
        http_open(&callers[i].http, site->instance.port);
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
    sleep_ms(300);
    bool rotated = rotate(&site->instance, 1) && rotate(&site->instance, 2);

    atomic_store(&stop, true);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(callers[i].thread, NULL);
        http_close(&callers[i].http);
        assert_int_equal(callers[i].failures, 0);
    }
    assert_true(rotated);
    sleep_ms(100);
    must_have_lines(site, callers);
}

/* A statement that waits is written down by PostgreSQL, which knows its parameters. */
static void register_slowly(struct site *site, const char *account)
{
    PGconn *holder = PQconnectdb(instance_setting(&site->instance, "KEEL_MIGRATION_DATABASE_URL"));
    struct http *http = &site->http;

    /* The address is in doubt until this session has ended, which PostgreSQL sees to. */
    PQclear(PQexec(holder, "SET idle_in_transaction_session_timeout = 900"));
    PQclear(PQexec(holder, "BEGIN"));
    PQclear(PQexec(holder,
                   "INSERT INTO users (email, password_hash) VALUES ('log@example.com', 'none')"));
    http_expect(http, 201, "POST", "/api/auth/register", NULL, account);
    PQfinish(holder);
    assert_non_null(
        strstr(instance_read(&site->instance, "log/postgresql.log"), "INSERT INTO users"));
}

static void use_secrets(struct site *site)
{
    struct http *http = &site->http;
    const char *account =
        http_format(http, "{\"email\":\"log@example.com\",\"password\":\"%s\"}", password);
    const char *cut =
        http_format(http, "{\"email\":\"log@example.com\",\"password\":\"%s", password);
    const char *wrong =
        http_format(http, "{\"email\":\"%s\",\"password\":[\"%s\"]}", password, password);

    register_slowly(site, account);
    http_expect(http, 409, "POST", "/api/auth/register", NULL, account);
    http_expect(http, 400, "POST", "/api/auth/login", NULL, cut);
    http_expect(http, 400, "POST", "/api/auth/login", NULL, wrong);
    http_expect(
        http, 401, "POST", "/api/auth/login", NULL,
        http_format(http, "{\"email\":\"log@example.com\",\"password\":\"%s?\"}", password));
    http_expect(http, 200, "GET", "/api/users/me", site->editor, NULL);
    http_expect(http, 401, "GET", "/api/users/me", http_format(http, "%s?", site->editor), NULL);
}

static void must_not_hold(struct site *site, const char *const *names, const char *what,
                          const char *secret)
{
    assert_true(strlen(secret) >= 8);
    for (; *names; names++) {
        if (strstr(instance_read(&site->instance, *names), secret))
            unit_fail("%s is in %s", what, *names);
    }
}

/* What follows "password=" in a connection string. */
static const char *password_of(struct site *site, const char *setting)
{
    const char *found = strstr(instance_setting(&site->instance, setting), "password=");

    assert_non_null(found);
    return found + strlen("password=");
}

static void test_secrets(void **state)
{
    static const char *const names[] = {
        "log/keel/keel.log",  "log/keel/keel.log.1",  "log/keel/keel.log.2", "log/workers.log",
        "log/postgresql.log", "log/nginx-access.log", "log/nginx-error.log", NULL};
    struct site *site = *state;
    struct instance *instance = &site->instance;

    use_secrets(site);
    /* nginx writes its log once a second. */
    sleep_ms(1200);
    assert_non_null(strstr(instance_read(instance, "log/nginx-access.log"), "/api/auth/login"));
    must_not_hold(site, names, "a password", password);
    must_not_hold(site, names, "a demo password", "editor-password-1");
    must_not_hold(site, names, "a token", site->editor);
    must_not_hold(site, names, "a token's signature", strrchr(site->editor, '.') + 1);
    must_not_hold(site, names, "a hash", "$argon2id$");
    must_not_hold(site, names, "the key", instance_setting(instance, "KEEL_JWT_SECRET"));
    must_not_hold(site, names, "the other key", instance_setting(instance, "KEEL_CURSOR_SECRET"));
    must_not_hold(site, names, "the database password", password_of(site, "KEEL_DATABASE_URL"));
    must_not_hold(site, names, "the owner's password",
                  password_of(site, "KEEL_MIGRATION_DATABASE_URL"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a log that is rotated under load loses no line", .test_func = test_rotation},
        {.name = "no log holds a password, a token, a hash or a key", .test_func = test_secrets},
    };

    return cmocka_run_group_tests_name("log", tests, begin, site_end);
}
