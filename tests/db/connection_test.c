/* connection_test.c - tests of db/connection: opening, losing and opening again */
#include "keel/db/db.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void test_session(void **state)
{
    struct test_database *database = *state;

    database->config.db_statement_timeout_ms = 4321;
    database->config.db_lock_timeout_ms = 1234;
    database->config.db_idle_transaction_timeout_ms = 7000;
    struct scope *scope = test_database_open(database);

    asking_expect(scope, "SHOW TimeZone", "UTC");
    asking_expect(scope, "SELECT split_part(current_setting('DateStyle'), ',', 1)", "ISO");
    asking_expect(scope, "SHOW statement_timeout", "4321ms");
    asking_expect(scope, "SHOW lock_timeout", "1234ms");
    asking_expect(scope, "SHOW idle_in_transaction_session_timeout", "7s");
    asking_expect(scope, "SHOW client_encoding", "UTF8");
    asking_expect(scope, "SHOW application_name", "keel");
    test_database_close(scope);
}

/* What the connection was told of this keyword; "" where nothing. */
static const char *told(struct scope *scope, const PQconninfoOption *options, const char *keyword)
{
    while (options->keyword && strcmp(options->keyword, keyword) != 0)
        options++;
    return scope_format(scope, "%s", options->keyword && options->val ? options->val : "");
}

/* Without these a server that is gone without a word would be waited for by the kernel's patience.
 */
static void test_patience(void **state)
{
    struct test_database *database = *state;

    database->config.db_connect_timeout_s = 3;
    database->config.db_deadline_ms = 4321;
    struct scope *scope = test_database_open(database);
    PQconninfoOption *options = PQconninfo(db_connection(scope->db));

    assert_non_null(options);
    assert_string_equal(told(scope, options, "connect_timeout"), "3");
    assert_string_equal(told(scope, options, "tcp_user_timeout"), "4321");
    assert_string_equal(told(scope, options, "keepalives_idle"), "30");
    assert_string_not_equal(told(scope, options, "keepalives"), "0");
    PQconninfoFree(options);
    test_database_close(scope);
}

static void test_reconnect(void **state)
{
    struct test_database *database = *state;
    int before = PQbackendPID(db_connection(database->db));

    asking_terminate(database, &database->scope);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 'here'", "here");
    assert_int_not_equal(PQbackendPID(db_connection(database->db)), before);
}

static void test_lost_inside(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    asking_terminate(database, scope);
    assert_false(asking_query(scope, "SELECT 1", NO_PARAMS, &rows));
    asking_failed(scope, ERR_UNAVAILABLE);
    assert_int_equal(scope->error.retry_after, 1);
    assert_false(scope->error.retryable);
    scope_clear_error(scope);
    assert_false(asking_query(scope, "SELECT 1", NO_PARAMS, &rows));
    asking_failed(scope, ERR_UNAVAILABLE);
    assert_non_null(strstr(scope->error.detail, "connection is gone"));
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

/* The network took the connection; nobody said goodbye. */
static void test_cut(void **state)
{
    struct test_database *database = *state;
    struct rows rows;

    assert_int_equal(shutdown(PQsocket(db_connection(database->db)), SHUT_RDWR), 0);
    assert_false(asking_query(&database->scope, "SELECT 1", NO_PARAMS, &rows));
    asking_failed(&database->scope, ERR_UNAVAILABLE);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_statement_timeout(void **state)
{
    struct test_database *database = *state;
    struct rows rows;

    database->config.db_statement_timeout_ms = 50;
    struct scope *scope = test_database_open(database);
    int pid = PQbackendPID(db_connection(scope->db));

    assert_false(asking_query(scope, "SELECT pg_sleep(20)", NO_PARAMS, &rows));
    asking_failed(scope, ERR_TIMEOUT);
    assert_non_null(strstr(scope->error.detail, "57014"));
    scope_clear_error(scope);
    assert_true(db_ensure(scope));
    assert_int_equal(PQbackendPID(db_connection(scope->db)), pid);
    asking_expect(scope, "SELECT 'still here'", "still here");
    test_database_close(scope);
}

static void test_deadline(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;
    int64_t start = clock_monotonic_us();

    database->config.db_deadline_ms = 150;
    assert_false(asking_query(scope, "SELECT pg_sleep(4)", NO_PARAMS, &rows));
    assert_in_range(clock_monotonic_us() - start, 100000, 2000000);
    asking_failed(scope, ERR_TIMEOUT);
    assert_non_null(strstr(scope->error.detail, "deadline"));
    database->config.db_deadline_ms = 8000;
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_idle_news(void **state)
{
    struct test_database *database = *state;
    int pid = PQbackendPID(db_connection(database->db));

    asking_text(&database->scope, "LISTEN news");
    asking_outside(database, "NOTIFY news", "");
    pause_ms(20);
    test_database_renew(database);
    assert_int_equal(PQbackendPID(db_connection(database->db)), pid);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_unreachable(void **state)
{
    struct test_database *database = *state;
    struct scope scope;

    asking_begin(&scope, &database->config, "host=/nonexistent dbname=none password=Sesame");
    assert_false(db_ensure(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    assert_int_equal(scope.error.retry_after, 1);
    assert_null(strstr(scope.error.message, "nonexistent"));
    assert_non_null(strstr(scope.error.detail, "nonexistent"));
    assert_null(strstr(scope.error.detail, "Sesame"));
    assert_null(db_connection(scope.db));
    scope_clear_error(&scope);
    assert_false(db_ensure(&scope));
    assert_non_null(strstr(scope.error.detail, "a moment ago"));
    scope_clear_error(&scope);
    pause_ms(300);
    assert_false(db_ensure(&scope));
    assert_null(strstr(scope.error.detail, "a moment ago"));
    asking_end(&scope);
}

static void test_wrong_password(void **state)
{
    struct test_database *database = *state;
    struct scope scope;

    asking_begin(&scope, &database->config, "password=Sesame-open dbname=postgres");
    assert_false(db_ensure(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    assert_null(strstr(scope.error.detail, "Sesame-open"));
    assert_null(strstr(scope.error.message, "postgres"));
    asking_end(&scope);
}

static void test_no_url(void **state)
{
    struct test_database *database = *state;
    struct scope scope;

    asking_begin(&scope, &database->config, "");
    assert_false(db_ensure(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    assert_non_null(strstr(scope.error.message, "No database is configured"));
    asking_end(&scope);
}

/* The first host is not there at all: the next one of the string is asked. */
static void test_several_hosts(void **state)
{
    struct test_database *database = *state;
    struct scope scope;
    char url[256];

    snprintf(url, sizeof url,
             "host=/nonexistent,%s port=5432,%s dbname=%s target_session_attrs=read-write",
             getenv("PGHOST"), getenv("PGPORT"), database->name);
    asking_begin(&scope, &database->config, url);
    if (!db_ensure(&scope))
        unit_fail("%s\n", scope.error.detail);
    asking_expect(&scope, "SELECT 1", "1");
    asking_end(&scope);
}

/* After a failover the old primary takes no writes: it must be left. */
static void test_read_only(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    int pid = PQbackendPID(db_connection(database->db));
    struct rows rows;

    asking_text(scope, "CREATE TABLE t (a int)");
    asking_text(scope, "SET default_transaction_read_only = on");
    assert_false(asking_query(scope, "INSERT INTO t VALUES (1)", NO_PARAMS, &rows));
    asking_failed(scope, ERR_UNAVAILABLE);
    assert_false(scope->error.retryable);
    test_database_renew(database);
    assert_int_not_equal(PQbackendPID(db_connection(database->db)), pid);
    asking_text(&database->scope, "INSERT INTO t VALUES (1)");
}

/* Only a database that takes no writes is there: no connection is better than a wrong one. */
static void test_read_write_demanded(void **state)
{
    struct test_database *database = *state;
    struct scope scope;
    char text[200];

    snprintf(text, sizeof text, "ALTER DATABASE \"%s\" SET default_transaction_read_only = on",
             database->name);
    free(test_database_ask(database, text));
    snprintf(text, sizeof text, "dbname=%s target_session_attrs=read-write", database->name);
    asking_begin(&scope, &database->config, text);
    assert_false(db_ensure(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    asking_end(&scope);
}

static void test_large(void **state)
{
    struct test_database *database = *state;
    const size_t size = (size_t)8 << 20;
    char *text = malloc(size + 1);
    struct rows rows;

    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = '\0';
    bool done = asking_query(&database->scope, "SELECT $1::text", PARAMS(text), &rows);

    free(text);
    assert_true(done);
    assert_int_equal(PQgetlength(rows.result, 0, 0), size);
}

/* Nobody can feed a COPY through a query: it must end as an error, not as an endless wait. */
static void test_copy(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    static const char *const copies[] = {"COPY (SELECT 1) TO STDOUT", "COPY t FROM STDIN"};
    struct rows rows;

    asking_text(scope, "CREATE TABLE t (a int)");
    for (size_t i = 0; i < COUNT(copies); i++) {
        assert_false(asking_query(&database->scope, copies[i], NO_PARAMS, &rows));
        asking_failed(&database->scope, ERR_INTERNAL);
        test_database_renew(database);
        asking_expect(&database->scope, "SELECT 1", "1");
        assert_false(db_script(&database->scope, "script", copies[i]));
        asking_failed(&database->scope, ERR_INTERNAL);
        test_database_renew(database);
        asking_expect(&database->scope, "SELECT 1", "1");
    }
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;

    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct db *db = NULL;

        scope_begin(&scope, &database->config, NULL, NULL);
        bool opened = db_open(&scope, database->url, &db);

        scope.db = db;
        bool connected = opened && db_ensure(&scope);

        faults_stop();
        assert_int_equal(connected, !faults_hit());
        if (!connected)
            asking_failed(&scope, ERR_UNAVAILABLE);
        asking_end(&scope);
    }
    assert_true(faults_count() > 1);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, test_database_make, test_database_drop, NULL                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a session has UTC, ISO dates, UTF-8 and the timeouts of the settings", test_session),
        TEST("connecting, silence and a dead network have limits of time", test_patience),
        TEST("a connection that the server ended is opened again", test_reconnect),
        TEST("one lost inside a unit of work is not opened again in it", test_lost_inside),
        TEST("one that the network cut is opened again", test_cut),
        TEST("a statement timeout leaves the connection usable", test_statement_timeout),
        TEST("a silent server is left at the client's deadline", test_deadline),
        TEST("news that come while idle do not end the connection", test_idle_news),
        TEST("an unreachable server is asked again only after a pause", test_unreachable),
        TEST("a wrong password is shown to nobody", test_wrong_password),
        TEST("an empty URL is an error of its own", test_no_url),
        TEST("a host that is not there is passed over", test_several_hosts),
        TEST("a server that became read-only is left", test_read_only),
        TEST("where read-write is demanded a read-only server is none", test_read_write_demanded),
        TEST("eight megabytes go through both ways", test_large),
        TEST("COPY in a query is an error and leaves nothing behind", test_copy),
        TEST("lack of memory while connecting is an error and no leak", test_no_memory),
    };

    return cmocka_run_group_tests_name("db/connection", tests, NULL, NULL);
}
