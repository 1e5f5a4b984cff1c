/* retry_test.c - transactions that PostgreSQL asks to run again */
#include "support/api.h"
#include "support/api_disturb.h"

#include <libpq-fe.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":1}"

static const struct api_reply *create(struct api *api, int status)
{
    return api_expect(api, status, "POST", "/api/items", api->tokens[API_EDITOR], ITEM);
}

static const char *count_kettles(struct api *api)
{
    return api_ask(api, "SELECT count(*) FROM items WHERE name = 'Kettle'");
}

/* nextval() is not rolled back, so it counts the attempts. */
static void fail_first(struct api *api, int count, const char *sqlstate)
{
    api_ask(api, "CREATE SEQUENCE attempts");
    api_disturb(api, api_format(api,
                                "IF nextval('attempts') <= %d THEN RAISE EXCEPTION 'again' "
                                "USING ERRCODE = '%s'; END IF;",
                                count, sqlstate));
}

static const char *attempts(struct api *api)
{
    return api_ask(api, "SELECT last_value FROM attempts");
}

static void a_serialization_failure_is_run_again(void **state)
{
    struct api *api = *state;

    fail_first(api, 3, "40001");
    const struct api_reply *reply = create(api, 201);

    assert_string_equal(attempts(api), "4");
    assert_string_equal(count_kettles(api), "1");
    assert_string_equal(api_header(api, reply, "ETag"), "\"1\"");
}

static void a_failure_to_serialize_at_commit_is_run_again(void **state)
{
    struct api *api = *state;

    api_ask(api, "CREATE SEQUENCE attempts");
    api_disturb_commit(api, "IF nextval('attempts') <= 2 THEN RAISE EXCEPTION 'again' "
                            "USING ERRCODE = '40001'; END IF;");
    create(api, 201);
    assert_string_equal(attempts(api), "3");
    assert_string_equal(count_kettles(api), "1");
}

/* What an attempt found out about its rows must not outlive it. */
static void a_bulk_is_run_again_as_a_whole(void **state)
{
    struct api *api = *state;

    fail_first(api, 2, "40001");
    const struct api_reply *reply =
        api_expect(api, 200, "POST", "/api/items/bulk", api->tokens[API_EDITOR],
                   "{\"operations\":[{\"op\":\"create\",\"data\":" ITEM
                   "},{\"op\":\"create\",\"data\":" ITEM "},{\"op\":\"delete\",\"id\":4}]}");

    assert_string_equal(count_kettles(api), "2");
    for (int i = 0; i < 2; i++)
        api_expect(api, 200, "GET",
                   api_format(api, "/api/items/%s",
                              api_raw(reply, api_format(api, "/data/results/%d/id", i))),
                   NULL, NULL);
    assert_int_equal(api_int(reply, "/data/results/2/version"), 2);
}

static void it_is_not_run_again_for_ever(void **state)
{
    struct api *api = *state;

    fail_first(api, 1000, "40P01");
    api->app.config.db_retries = 2;
    api_must_fail(create(api, 503), "SERVICE_UNAVAILABLE");
    assert_string_equal(attempts(api), "3");
    api->app.config.db_retries = 0;
    create(api, 503);
    assert_string_equal(attempts(api), "4");
    assert_string_equal(count_kettles(api), "0");
}

static void an_answer_of_the_second_attempt_holds_nothing_of_the_first(void **state)
{
    static const char *const variables[] = {"HTTP_ORIGIN=https://shop.example", NULL};
    struct api *api = *state;

    api->app.config.cors_origins = "https://shop.example";
    api_ask(api, "CREATE SEQUENCE attempts");
    /* After the row was written and its answer made. */
    api_disturb_commit(api, "IF nextval('attempts') <= 1 THEN RAISE EXCEPTION 'again' "
                            "USING ERRCODE = '40001'; END IF;");
    const struct api_reply *reply =
        api_send(api, &(struct api_request){.method = "POST",
                                            .target = "/api/items",
                                            .token = api->tokens[API_EDITOR],
                                            .body = ITEM,
                                            .variables = variables});

    assert_int_equal(reply->status, 201);
    assert_string_equal(api_header(api, reply, "Access-Control-Allow-Origin"),
                        "https://shop.example");
    assert_string_equal(api_header(api, reply, "Location"),
                        api_format(api, "/api/items/%s", api_raw(reply, "/data/id")));
}

/* In a process of its own: waits until the program waits for the category, then wants its item. */
static bool close_the_circle(PGconn *connection)
{
    static const char waiting[] = "SELECT 1 FROM pg_stat_activity WHERE datname = "
                                  "current_database() AND wait_event_type = 'Lock'";

    for (int i = 0; i < 500; i++) {
        PGresult *result = PQexec(connection, waiting);
        bool found = PQntuples(result) > 0;

        PQclear(result);
        if (found)
            break;
        PQclear(PQexec(connection, "SELECT pg_sleep(0.01)"));
    }
    PGresult *update = PQexec(connection, "UPDATE items SET quantity = 77 WHERE id = 1");
    bool updated = PQresultStatus(update) == PGRES_COMMAND_OK;

    PQclear(update);
    PGresult *commit = PQexec(connection, "COMMIT");
    bool committed = strcmp(PQcmdStatus(commit), "COMMIT") == 0;

    PQclear(commit);
    return updated && committed;
}

/*
 * The program holds item 1 and waits for category 5; the stranger holds that and waits for item 1.
 * PostgreSQL ends the one that asks first, which is the program: its deadlock_timeout is shorter.
 */
static void a_deadlock_is_run_again_and_both_sides_get_through(void **state)
{
    struct api *api = *state;
    int go[2], status;
    char byte = 'g';

    api_ask(api, api_format(api, "ALTER DATABASE %s SET deadlock_timeout = '100ms'", api->name));
    api_reconnect(api);
    int64_t undisturbed = api_logged(api_expect(api, 200, "PATCH", "/api/items/1",
                                                api->tokens[API_EDITOR], "{\"category_id\":4}"),
                                     "queries");

    assert_int_equal(pipe(go), 0);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        PGconn *other = PQconnectdb(api->url);

        PQclear(PQexec(other, "SET deadlock_timeout = '30s'"));
        PQclear(PQexec(other, "BEGIN"));
        PQclear(PQexec(other, "SELECT FROM categories WHERE id = 5 FOR UPDATE"));
        bool done = write(go[1], &byte, 1) == 1 && close_the_circle(other);

        PQfinish(other);
        _exit(done ? 0 : 1);
    }
    close(go[1]);
    assert_int_equal(read(go[0], &byte, 1), 1);
    close(go[0]);
    const struct api_reply *reply = api_expect(api, 200, "PATCH", "/api/items/1",
                                               api->tokens[API_EDITOR], "{\"category_id\":5}");

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(api_int(reply, "/data/quantity"), 77);
    assert_int_equal(api_int(reply, "/data/category_id"), 5);
    assert_true(api_logged(reply, "queries") > undisturbed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_serialization_failure_is_run_again),
        api_unit_test(a_failure_to_serialize_at_commit_is_run_again),
        api_unit_test(a_bulk_is_run_again_as_a_whole),
        api_unit_test(it_is_not_run_again_for_ever),
        api_unit_test(an_answer_of_the_second_attempt_holds_nothing_of_the_first),
        api_unit_test(a_deadlock_is_run_again_and_both_sides_get_through),
    };

    return cmocka_run_group_tests_name("running again", tests, NULL, NULL);
}
