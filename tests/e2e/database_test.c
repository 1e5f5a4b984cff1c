/* database_test.c - PostgreSQL is restarted, stopped and locked under a running Keel */
#include "keel/core/clock.h"

#include "support/site.h"
#include "support/worker.h"

#include "support/unit.h"

#include <libpq-fe.h>
#include <string.h>

#define WORKERS 2

static int begin(void **state)
{
    return site_begin(state, WORKERS, NULL);
}

/* So many requests at once that each worker has had one. */
static void warm_up(struct site *site)
{
    for (int i = 0; i < 20; i++)
        http_expect(&site->http, 200, "GET", "/api/items/1", NULL, NULL);
}

/* Every worker has a connection of its own, and may lose one request with it. */
static void test_restarted(void **state)
{
    struct site *site = *state;
    int refused = 0;

    warm_up(site);
    instance_database(&site->instance, "restart");
    for (int i = 0; i < 40; i++) {
        const struct http_reply *reply =
            http_call(&site->http, &(struct http_request){.target = "/api/items/1"});

        if (reply->status != 200)
            http_must_fail(reply, 503, "SERVICE_UNAVAILABLE");
        refused += reply->status != 200;
    }
    assert_true(refused <= WORKERS);
    http_expect(&site->http, 201, "POST", "/api/items", site->editor,
                "{\"name\":\"After the restart\",\"price\":1}");
}

static void must_be_away(struct site *site)
{
    struct http *http = &site->http;
    const char *body = "{\"email\":\"editor@example.com\",\"password\":\"editor-password-1\"}";

    for (int i = 0; i < 4; i++)
        http_must_fail(http_expect(http, 503, "GET", "/api/items/1", NULL, NULL), 503,
                       "SERVICE_UNAVAILABLE");
    http_must_fail(http_expect(http, 503, "GET", "/api/health/ready", NULL, NULL), 503,
                   "SERVICE_UNAVAILABLE");
    http_must_fail(http_expect(http, 503, "POST", "/api/auth/login", NULL, body), 503,
                   "SERVICE_UNAVAILABLE");
    http_must_fail(http_expect(http, 503, "POST", "/api/items", site->editor,
                               "{\"name\":\"Never\",\"price\":1}"),
                   503, "SERVICE_UNAVAILABLE");
    http_expect(http, 200, "GET", "/api/health", NULL, NULL);
    http_expect(http, 200, "GET", "/api/version", NULL, NULL);
}

static void test_stopped_and_started(void **state)
{
    struct site *site = *state;
    pid_t workers[INSTANCE_WORKERS_MAX];
    size_t count = instance_worker_pids(&site->instance, workers);

    assert_int_equal(count, WORKERS);
    instance_database(&site->instance, "stop");
    must_be_away(site);
    instance_database(&site->instance, "start");
    /* As long as Retry-After said. */
    sleep_ms(1000);
    http_expect(&site->http, 200, "GET", "/api/health/ready", NULL, NULL);
    warm_up(site);
    http_expect(&site->http, 200, "GET", "/api/users/me", site->editor, NULL);
    assert_true(instance_has_workers(&site->instance, workers, count));
    assert_string_equal(
        instance_ask(&site->instance, "SELECT count(*) FROM items WHERE name = 'Never'"), "0");
}

/* A connection that does something and then holds what it has locked. */
static PGconn *lock(struct instance *instance, const char *statement)
{
    PGconn *connection = PQconnectdb(instance_setting(instance, "KEEL_MIGRATION_DATABASE_URL"));

    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    PQclear(PQexec(connection, "BEGIN"));
    PGresult *result = PQexec(connection, statement);

    assert_true(PQresultStatus(result) == PGRES_COMMAND_OK ||
                PQresultStatus(result) == PGRES_TUPLES_OK);
    PQclear(result);
    return connection;
}

static void must_time_out(struct site *site, int status, const char *code, const char *method,
                          const char *body)
{
    int64_t began = clock_monotonic_us();
    const struct http_reply *reply =
        http_call(&site->http, &(struct http_request){.method = method,
                                                      .target = "/api/items/1",
                                                      .token = body ? site->editor : NULL,
                                                      .body = body});
    int64_t took = clock_monotonic_us() - began;

    http_must_fail(reply, status, code);
    assert_true(took > 250000 && took < 3000000);
}

static void test_row_lock(void **state)
{
    static const char *const settings[] = {"KEEL_DB_LOCK_TIMEOUT_MS=300", NULL};
    static const char change[] = "{\"quantity\":7}";
    struct site *site = *state;

    instance_configure(&site->instance, settings);
    PGconn *holder = lock(&site->instance, "SELECT FROM items WHERE id = 1 FOR UPDATE");

    must_time_out(site, 503, "SERVICE_UNAVAILABLE", "PATCH", change);
    http_expect(&site->http, 200, "GET", "/api/items/1", NULL, NULL);
    PQfinish(holder);
    http_expect(&site->http, 200, "PATCH", "/api/items/1", site->editor, change);
}

static void test_statement_timeout(void **state)
{
    static const char *const settings[] = {"KEEL_DB_STATEMENT_TIMEOUT_MS=300", NULL};
    struct site *site = *state;

    instance_configure(&site->instance, settings);
    PGconn *holder = lock(&site->instance, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE");

    for (int i = 0; i < 2 * WORKERS; i++)
        must_time_out(site, 504, "TIMEOUT", "GET", NULL);
    PQfinish(holder);
    /* On the very connections that the timeout ended statements of. */
    warm_up(site);
    assert_null(strstr(instance_read(&site->instance, "log/workers.log"), "died"));
}

/* A database that says nothing at all: the deadline on the client's side counts it as lost. */
static void test_deadline(void **state)
{
    static const char *const settings[] = {"KEEL_DB_STATEMENT_TIMEOUT_MS=60000",
                                           "KEEL_DB_LOCK_TIMEOUT_MS=60000",
                                           "KEEL_DB_DEADLINE_MS=400", NULL};
    struct site *site = *state;

    instance_configure(&site->instance, settings);
    PGconn *holder = lock(&site->instance, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE");

    for (int i = 0; i < 2 * WORKERS; i++)
        must_time_out(site, 504, "TIMEOUT", "GET", NULL);
    PQfinish(holder);
    warm_up(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a restart of PostgreSQL costs a worker one request at most",
         .test_func = test_restarted},
        {.name = "while PostgreSQL is away all that needs it is 503, and it heals by itself",
         .test_func = test_stopped_and_started},
        {.name = "a row that somebody holds is 503 after the lock timeout",
         .test_func = test_row_lock},
        {.name = "a statement that takes too long is 504", .test_func = test_statement_timeout},
        {.name = "a database that is silent counts as lost", .test_func = test_deadline},
    };

    return cmocka_run_group_tests_name("database", tests, begin, site_end);
}
