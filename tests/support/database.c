/* database.c - a database of its own for each test */
#include "database.h"

#include "keel/core/random.h"

#include "unit.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* Runs one statement on the database `url` names and ends the test when that fails. */
static char *ask(const char *url, const char *statement)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = NULL;

    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    if (PQstatus(connection) == CONNECTION_OK)
        result = PQexec(connection, statement);
    bool done =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    char *value = strdup(done && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");

    if (!done)
        print_error("%s: %s\n", statement, PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
    assert_true(done);
    assert_non_null(value);
    return value;
}

static void order(const char *command, const char *name)
{
    char statement[160];

    snprintf(statement, sizeof statement, "%s \"%s\"", command, name);
    free(ask("dbname=postgres", statement));
}

int test_database_make(void **state)
{
    static char *const environment[] = {"KEEL_ENV=testing", NULL};
    struct test_database *made = calloc(1, sizeof *made);
    char suffix[17];

    assert_non_null(made);
    assert_true(random_hex(suffix, 8));
    snprintf(made->name, sizeof made->name, "keel_test_%s", suffix);
    snprintf(made->url, sizeof made->url, "dbname=%s", made->name);
    order("CREATE DATABASE", made->name);
    scope_begin(&made->settings, NULL, NULL, NULL);
    assert_true(config_load(&made->settings, environment, &made->config, NULL));
    assert_true(db_open(&made->settings, made->url, &made->db));
    scope_begin(&made->scope, &made->config, made->db, NULL);
    assert_true(db_ensure(&made->scope));
    *state = made;
    return 0;
}

int test_database_drop(void **state)
{
    struct test_database *database = *state;
    char statement[160];

    scope_end(&database->scope);
    db_close(database->db);
    scope_end(&database->settings);
    snprintf(statement, sizeof statement, "DROP DATABASE \"%s\" WITH (FORCE)", database->name);
    free(ask("dbname=postgres", statement));
    free(database);
    return 0;
}

void test_database_renew(struct test_database *database)
{
    scope_end(&database->scope);
    scope_begin(&database->scope, &database->config, database->db, NULL);
    assert_true(db_ensure(&database->scope));
}

struct scope *test_database_open(struct test_database *database)
{
    struct scope *scope = calloc(1, sizeof *scope);
    struct db *db = NULL;

    assert_non_null(scope);
    scope_begin(scope, &database->config, NULL, NULL);
    assert_true(db_open(scope, database->url, &db));
    scope->db = db;
    assert_true(db_ensure(scope));
    return scope;
}

void test_database_close(struct scope *scope)
{
    db_close(scope->db);
    scope_end(scope);
    free(scope);
}

char *test_database_ask(const struct test_database *database, const char *statement)
{
    return ask(database->url, statement);
}
