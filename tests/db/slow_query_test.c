/* slow_query_test.c - tests of db/slow_query: what took long is told, by its name */
#include "keel/db/cursor.h"

#include "../support/asking.h"
#include "../support/folder.h"
#include "../support/scrape.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/core/log.h"
#include "keel/core/metrics.h"

#include <stdio.h>
#include <string.h>

static const struct sql slow = {"tests.slow", "SELECT pg_sleep($1::float8), $2::text", 2};

struct told {
    char folder[FOLDER_PATH_SIZE];
    struct log log;
    struct config config;
    struct metrics *metrics;
    char text[4096];
};

static bool ask(struct scope *scope, const char *seconds)
{
    struct rows rows;

    return db_query(scope, &slow, PARAMS(seconds, "a secret value"), &rows);
}

/* The same by a cursor, whose first rows are what takes long. */
static bool fetch(struct scope *scope, const char *seconds)
{
    struct db_cursor *cursor;
    struct rows rows;

    return db_begin(scope) &&
           db_cursor_open(scope, &slow, PARAMS(seconds, "a secret value"), &cursor) &&
           db_cursor_next(cursor, &rows) && db_commit(scope);
}

/* Runs a statement of so many seconds; what the log says of it. */
static const char *run(struct test_database *database, struct told *told,
                       bool (*statement)(struct scope *, const char *), const char *seconds,
                       int64_t limit_ms)
{
    struct scope *scope = &database->scope;
    char path[FOLDER_PATH_SIZE + 16];

    snprintf(path, sizeof path, "%s/log", told->folder);
    remove(path);
    assert_true(log_open(&told->log, path, LOG_LEVEL_INFO));
    told->config = *scope->config;
    told->config.slow_query_ms = limit_ms;
    scope->config = &told->config;
    scope->log = &told->log;
    scope->metrics = told->metrics;
    scope->request_id = "request-17";
    scope->route = "things.list";
    scope->trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_true(statement(scope, seconds));
    log_close(&told->log);
    scope->config = &database->config;
    scope->log = NULL;
    scope->metrics = NULL;
    FILE *stream = fopen(path, "re");

    assert_non_null(stream);
    told->text[fread(told->text, 1, sizeof told->text - 1, stream)] = '\0';
    fclose(stream);
    return told->text;
}

static void begin(struct told *told)
{
    char path[FOLDER_PATH_SIZE + 16];

    *told = (struct told){0};
    folder_make(told->folder);
    snprintf(path, sizeof path, "%s/metrics", told->folder);
    assert_true(metrics_open(path, NULL, 0, &told->metrics));
}

static double end(struct test_database *database, struct told *told)
{
    struct buffer out;

    buffer_init(&out, &database->scope.arena);
    metrics_write(told->metrics, &out);
    metrics_close(told->metrics);
    folder_remove(told->folder);
    return scrape_value(out.data, "keel_slow_queries_total");
}

static void test_told(void **state)
{
    struct told told;

    begin(&told);
    const char *text = run(*state, &told, ask, "0.06", 50);

    assert_non_null(strstr(text, "\"level\":\"warn\",\"message\":\"slow query\""));
    assert_non_null(strstr(text, "\"request_id\":\"request-17\""));
    assert_non_null(strstr(text, "\"route\":\"things.list\""));
    assert_non_null(strstr(text, "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
    assert_non_null(strstr(text, "\"query\":\"tests.slow\",\"us\":"));
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "pg_sleep"));
    assert_true(end(*state, &told) == 1);
}

static void test_fetched(void **state)
{
    struct told told;

    begin(&told);
    const char *text = run(*state, &told, fetch, "0.06", 50);

    assert_non_null(strstr(text, "\"query\":\"tests.slow\",\"us\":"));
    assert_true(end(*state, &told) == 1);
}

static void test_quick(void **state)
{
    struct told told;

    begin(&told);
    assert_string_equal(run(*state, &told, ask, "0", 60000), "");
    assert_true(end(*state, &told) == 0);
}

static void test_never(void **state)
{
    struct told told;

    begin(&told);
    assert_string_equal(run(*state, &told, ask, "0.06", 0), "");
    assert_true(end(*state, &told) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a slow statement is told by its name, not by its values", test_told, test_database_make,
         test_database_drop, NULL},
        {"rows of a cursor that take long are told by its statement", test_fetched,
         test_database_make, test_database_drop, NULL},
        {"a quick one is not", test_quick, test_database_make, test_database_drop, NULL},
        {"0 tells of none", test_never, test_database_make, test_database_drop, NULL},
    };

    return cmocka_run_group_tests_name("db/slow_query", tests, NULL, NULL);
}
