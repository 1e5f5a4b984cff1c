/* asking.c - short ways to run statements in tests of the database layer */
#include "asking.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void asking_begin(struct scope *scope, const struct config *config, const char *url)
{
    struct db *db = NULL;

    scope_begin(scope, config, NULL, NULL);
    assert_true(db_open(scope, url, &db));
    scope->db = db;
}

void asking_end(struct scope *scope)
{
    db_close(scope->db);
    scope_end(scope);
}

bool asking_query(struct scope *scope, const char *text, struct params params, struct rows *rows)
{
    struct sql sql = {"test", text, params.count};

    return db_query(scope, &sql, params, rows);
}

const char *asking_text(struct scope *scope, const char *text)
{
    struct rows rows;

    if (!asking_query(scope, text, NO_PARAMS, &rows))
        unit_fail("%s: %s (%s)\n", text, scope->error.message, scope->error.detail);
    return rows.count ? row_text(&rows, 0, 0) : "";
}

void asking_expect(struct scope *scope, const char *text, const char *value)
{
    assert_string_equal(asking_text(scope, text), value);
}

void asking_failed(const struct scope *scope, enum error_kind kind)
{
    if (scope->error.kind != kind)
        unit_fail("kind %d: %s (%s)\n", (int)scope->error.kind, scope->error.message,
                  scope->error.detail);
}

void asking_terminate(const struct test_database *database, struct scope *scope)
{
    char statement[160];
    int pid = PQbackendPID(db_connection(scope->db));
    bool gone = false;

    snprintf(statement, sizeof statement, "SELECT pg_terminate_backend(%d)", pid);
    free(test_database_ask(database, statement));
    snprintf(statement, sizeof statement, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d",
             pid);
    for (int tries = 0; !gone && tries < 500; tries++) {
        char *count = test_database_ask(database, statement);

        gone = strcmp(count, "0") == 0;
        free(count);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    assert_true(gone);
}

void asking_outside(const struct test_database *database, const char *text, const char *value)
{
    char *found = test_database_ask(database, text);
    bool same = strcmp(found, value) == 0;

    if (!same)
        print_error("%s gave <%s>, not <%s>\n", text, found, value);
    free(found);
    assert_true(same);
}
