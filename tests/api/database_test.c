/* database_test.c - what a request becomes when the database is lost, slow, or refuses */
#include "support/api.h"
#include "support/api_disturb.h"
#include "support/template.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":1}"

static const struct api_reply *create(struct api *api, int status)
{
    return api_expect(api, status, "POST", "/api/items", api->tokens[API_EDITOR], ITEM);
}

static const char *count_kettles(struct api *api)
{
    return api_ask(api, "SELECT count(*) FROM items WHERE name = 'Kettle'");
}

static void cut_connections(struct api *api)
{
    api_ask(api, "SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static void a_connection_lost_between_requests_is_opened_again(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    cut_connections(api);
    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    cut_connections(api);
    create(api, 201);
    cut_connections(api);
    api_expect(api, 200, "GET", "/api/users/me", api->tokens[API_VIEWER], NULL);
    cut_connections(api);
    api_expect(api, 200, "GET", "/api/health/ready", NULL, NULL);
}

static void a_connection_lost_inside_a_request_is_one_503(void **state)
{
    struct api *api = *state;

    api_disturb(api, "PERFORM pg_terminate_backend(pg_backend_pid());");
    api_must_fail(create(api, 503), "SERVICE_UNAVAILABLE");
    api_calm(api);
    create(api, 201);
    assert_string_equal(count_kettles(api), "1");
}

static void a_connection_lost_at_commit_is_503_and_nothing_is_repeated(void **state)
{
    struct api *api = *state;

    api_disturb_commit(api, "PERFORM pg_terminate_backend(pg_backend_pid());");
    const struct api_reply *reply = create(api, 503);

    assert_non_null(strstr(api_text(reply, "/error/message"), "before repeating"));
    api_calm(api);
    assert_string_equal(count_kettles(api), "0");
    create(api, 201);
}

static void a_commit_that_the_server_refuses_is_no_success(void **state)
{
    struct api *api = *state;

    api_disturb_commit(api, "RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation';");
    api_must_fail(create(api, 400), "VALIDATION_ERROR");
    api_calm(api);
    assert_string_equal(count_kettles(api), "0");
    create(api, 201);
}

/* A connection of a stranger's, which holds what the program wants. */
static PGconn *stranger(struct api *api, const char *statement)
{
    PGconn *connection = PQconnectdb(api->url);

    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    PQclear(PQexec(connection, "BEGIN"));
    PGresult *result = PQexec(connection, statement);

    assert_true(PQresultStatus(result) == PGRES_TUPLES_OK ||
                PQresultStatus(result) == PGRES_COMMAND_OK);
    PQclear(result);
    return connection;
}

static void a_statement_that_takes_too_long_is_504_and_the_next_works(void **state)
{
    struct api *api = *state;

    api->app.config.db_statement_timeout_ms = 300;
    api_reconnect(api);
    PGconn *other = stranger(api, "SELECT FROM items WHERE id = 1 FOR UPDATE");

    api_must_fail(
        api_expect(api, 504, "PATCH", "/api/items/1", api->tokens[API_EDITOR], "{\"quantity\":5}"),
        "TIMEOUT");
    api_expect(api, 200, "PATCH", "/api/items/2", api->tokens[API_EDITOR], "{\"quantity\":5}");
    PQfinish(other);
    api_expect(api, 200, "PATCH", "/api/items/1", api->tokens[API_EDITOR], "{\"quantity\":5}");
}

static void a_lock_that_somebody_keeps_is_503(void **state)
{
    struct api *api = *state;

    api->app.config.db_lock_timeout_ms = 50;
    api_reconnect(api);
    PGconn *other = stranger(api, "SELECT FROM items WHERE id = 1 FOR UPDATE");

    api_must_fail(api_expect(api, 503, "DELETE", "/api/items/1", api->tokens[API_EDITOR], NULL),
                  "SERVICE_UNAVAILABLE");
    PQfinish(other);
    api_expect(api, 200, "DELETE", "/api/items/1", api->tokens[API_EDITOR], NULL);
}

/* An abandoned transaction would keep its locks until the server ends it for idling. */
static void a_silent_database_is_504_after_the_deadline_and_keeps_no_lock(void **state)
{
    static const char locks[] = "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = "
                                "database WHERE datname = current_database() AND "
                                "pid <> pg_backend_pid()";
    struct api *api = *state;

    int64_t deadline = api->app.config.db_deadline_ms;

    api->app.config.db_deadline_ms = 100;
    api_reconnect(api);
    api_disturb(api, "PERFORM pg_sleep(0.5);");
    api_must_fail(create(api, 504), "TIMEOUT");
    for (int i = 0; i < 30 && strcmp(api_ask(api, locks), "0") != 0; i++)
        api_ask(api, "SELECT pg_sleep(0.1)");
    assert_string_equal(api_ask(api, locks), "0");
    api->app.config.db_deadline_ms = deadline;
    api_calm(api);
    create(api, 201);
}

static void a_database_that_turned_read_only_is_503_until_it_writes_again(void **state)
{
    struct api *api = *state;

    api_ask(api,
            api_format(api, "ALTER DATABASE %s SET default_transaction_read_only = on", api->name));
    cut_connections(api);
    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    create(api, 503);
    free(template_ask(
        "dbname=postgres",
        api_format(api, "ALTER DATABASE %s RESET default_transaction_read_only", api->name)));
    create(api, 201);
}

static void a_changed_table_does_not_break_prepared_statements(void **state)
{
    struct api *api = *state;

    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    create(api, 201);
    api_ask(api, "ALTER TABLE items ALTER COLUMN quantity TYPE bigint");
    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    api_ask(api, "ALTER TABLE items ALTER COLUMN quantity TYPE integer");
    create(api, 201);
}

static void without_prepared_statements_everything_works(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];

    api->app.config.db_prepared = false;
    api_reconnect(api);
    const char *path = api_header(api, create(api, 201), "Location");

    api_expect(api, 200, "PUT", path, editor, ITEM);
    api_expect(api, 200, "PATCH", path, editor, "{\"description\":null}");
    api_expect(api, 200, "DELETE", path, editor, NULL);
    api_expect(api, 200, "POST", api_format(api, "%s/restore", path), editor, NULL);
    const struct api_reply *list =
        api_expect(api, 200, "GET", "/api/items?sort=price&category_id=2&per_page=2", NULL, NULL);

    api_expect(
        api, 200, "GET",
        api_format(api, "/api/items?cursor=%s", api_text(list, "/data/pagination/next_cursor")),
        NULL, NULL);
    api_expect(api, 200, "GET", "/api/items?created_after=2026-02-08T08:00:00Z", NULL, NULL);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM pg_stat_activity WHERE "
                                     "datname = current_database() AND state LIKE 'idle in%'"),
                        "0");
}

static void what_the_database_says_is_for_the_log_only(void **state)
{
    struct api *api = *state;

    api_disturb(api, "RAISE EXCEPTION 'the inner truth' USING DETAIL = 'a detail of it', "
                     "HINT = 'a hint for it', ERRCODE = 'P0001';");
    const struct api_reply *reply = create(api, 500);

    assert_null(strstr(reply->body, "inner truth"));
    assert_null(strstr(reply->body, "detail of it"));
    assert_null(strstr(reply->body, "hint for it"));
    assert_non_null(strstr(api_logged_text(reply, "detail"), "P0001"));
    assert_non_null(strstr(api_logged_text(reply, "detail"), "inner truth"));
    assert_null(strstr(api_logged_text(reply, "detail"), "detail of it"));
}

static void no_configured_database_is_503(void **state)
{
    struct api *api = *state;

    api->url[0] = '\0';
    api_reconnect(api);
    api_must_fail(api_expect(api, 503, "GET", "/api/items", NULL, NULL), "SERVICE_UNAVAILABLE");
    api_expect(api, 200, "GET", "/api/health", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_connection_lost_between_requests_is_opened_again),
        api_unit_test(a_connection_lost_inside_a_request_is_one_503),
        api_unit_test(a_connection_lost_at_commit_is_503_and_nothing_is_repeated),
        api_unit_test(a_commit_that_the_server_refuses_is_no_success),
        api_unit_test(a_statement_that_takes_too_long_is_504_and_the_next_works),
        api_unit_test(a_lock_that_somebody_keeps_is_503),
        api_unit_test(a_silent_database_is_504_after_the_deadline_and_keeps_no_lock),
        api_unit_test(a_database_that_turned_read_only_is_503_until_it_writes_again),
        api_unit_test(a_changed_table_does_not_break_prepared_statements),
        api_unit_test(without_prepared_statements_everything_works),
        api_unit_test(what_the_database_says_is_for_the_log_only),
        api_unit_test(no_configured_database_is_503),
    };

    return cmocka_run_group_tests_name("the database", tests, NULL, NULL);
}
