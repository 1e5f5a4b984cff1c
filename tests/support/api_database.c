/* api_database.c - databases for API tests: one is migrated, seeded and copied for each */
#include "api_database.h"

#include "embedded.h"
#include "keel/db/db.h"
#include "keel/db/migrate.h"
#include "keel/services/users.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER   "dbname=postgres"
#define TEMPLATE "keel_api_template"
#define UNREADY  "keel_api_unready" /* the template's name until it is complete */
#define WAIT_S   20

/* "There was none to drop" and the like say nothing about a test. */
static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static PGconn *connect_to(const char *url)
{
    PGconn *connection = PQconnectdb(url);

    if (PQstatus(connection) != CONNECTION_OK)
        unit_fail("connect: %s", PQerrorMessage(connection));
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    return connection;
}

static char *first_value(PGconn *connection, const char *statement)
{
    PGresult *result = PQexec(connection, statement);
    bool done =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    char *value = strdup(done && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");

    PQclear(result);
    if (!done)
        unit_fail("%s: %s", statement, PQerrorMessage(connection));
    assert_non_null(value);
    return value;
}

char *api_database_ask(const char *url, const char *statement)
{
    PGconn *connection = connect_to(url);
    char *value = first_value(connection, statement);

    PQfinish(connection);
    return value;
}

static void order(PGconn *connection, const char *statement)
{
    free(first_value(connection, statement));
}

static void must(const struct scope *scope, bool done)
{
    const struct error *error = &scope->error;

    if (!done)
        unit_fail("%s (%s)", error->message, error->detail ? error->detail : "");
}

static const char *test_seed(void)
{
    for (size_t i = 0; i < embedded_seeds_count; i++) {
        if (strstr(embedded_seeds[i].name, "test"))
            return embedded_seeds[i].text;
    }
    unit_fail("there is no seed for tests");
    return NULL;
}

static void add_accounts(struct scope *scope, const char *const *roles, size_t count)
{
    char email[64], password[64];
    int64_t id;

    for (size_t i = 0; i < count; i++) {
        snprintf(email, sizeof email, "%s@example.com", roles[i]);
        snprintf(password, sizeof password, "%s-password-1", roles[i]);
        must(scope,
             users_create(scope, &(struct registration){email, password, NULL}, roles[i], &id));
        assert_int_equal(id, i + 1);
    }
}

static void fill(const struct config *config, const char *const *roles, size_t count)
{
    struct migration_set migrations;
    struct scope scope;
    struct db *db;

    scope_begin(&scope, config, NULL, NULL);
    must(&scope, db_open(&scope, "dbname=" UNREADY, &db));
    scope.db = db;
    must(&scope, db_ensure(&scope));
    must(&scope, migrations_embedded(&scope, &migrations));
    must(&scope, migrate_up(&scope, &migrations, -1, false, WAIT_S, NULL));
    /* As `keelctl seed` has it: rows of the seed may refer to accounts. */
    add_accounts(&scope, roles, count);
    must(&scope, db_script(&scope, "seed", test_seed()));
    db_close(db);
    scope_end(&scope);
}

/* The lock lets programs that run at the same time make one template together. */
static void require_template(PGconn *server, const struct config *config, const char *const *roles,
                             size_t count)
{
    order(server, "SELECT pg_advisory_lock(7310579611)");
    char *there = first_value(server, "SELECT 1 FROM pg_database WHERE datname = '" TEMPLATE "'");

    if (!*there) {
        order(server, "DROP DATABASE IF EXISTS " UNREADY);
        order(server, "CREATE DATABASE " UNREADY);
        fill(config, roles, count);
        order(server, "ALTER DATABASE " UNREADY " RENAME TO " TEMPLATE);
    }
    free(there);
    order(server, "SELECT pg_advisory_unlock(7310579611)");
}

void api_database_make(const struct config *config, const char *name, const char *const *roles,
                       size_t count)
{
    PGconn *server = connect_to(SERVER);
    char statement[160];

    require_template(server, config, roles, count);
    snprintf(statement, sizeof statement, "CREATE DATABASE %s TEMPLATE " TEMPLATE, name);
    order(server, statement);
    PQfinish(server);
}

void api_database_drop(const char *name)
{
    char statement[160];

    snprintf(statement, sizeof statement, "DROP DATABASE %s WITH (FORCE)", name);
    free(api_database_ask(SERVER, statement));
}
