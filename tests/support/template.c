/* template.c - databases that are filled once on a cluster, and copied for each test */
#include "template.h"

#include "keel/core/config.h"
#include "keel/db/db.h"
#include "keel/db/migrate.h"
#include "unit.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER  "dbname=postgres"
#define UNREADY "keel_unready" /* a template's name until it is complete */
#define WAIT_S  20

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

char *template_ask(const char *url, const char *statement)
{
    PGconn *connection = connect_to(url);
    char *value = first_value(connection, statement);

    PQfinish(connection);
    return value;
}

__attribute__((format(printf, 2, 3))) static void order(PGconn *connection, const char *format, ...)
{
    char statement[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(statement, sizeof statement, format, arguments);
    va_end(arguments);
    free(first_value(connection, statement));
}

static bool is_there(PGconn *server, const char *name)
{
    char statement[256];

    snprintf(statement, sizeof statement, "SELECT 1 FROM pg_database WHERE datname = '%s'", name);
    char *found = first_value(server, statement);
    bool there = *found != '\0';

    free(found);
    return there;
}

/* File by file: quicker than through the log, as nothing waits for a disk. */
static void copy(PGconn *server, const char *from, const char *to)
{
    order(server, "CREATE DATABASE \"%s\" TEMPLATE \"%s\" STRATEGY file_copy", to,
          from ? from : "template1");
}

static void require(PGconn *server, const struct template *template)
{
    if (is_there(server, template->name))
        return;
    if (template->base)
        require(server, template->base);
    order(server, "DROP DATABASE IF EXISTS " UNREADY);
    copy(server, template->base ? template->base->name : NULL, UNREADY);
    template->fill("dbname=" UNREADY, template->context);
    order(server, "ALTER DATABASE " UNREADY " RENAME TO \"%s\"", template->name);
}

/* The lock lets programs that run at the same time make one template together. */
void template_copy(const struct template *from, const char *database)
{
    PGconn *server = connect_to(SERVER);

    if (from) {
        order(server, "SELECT pg_advisory_lock(7310579611)");
        require(server, from);
        order(server, "SELECT pg_advisory_unlock(7310579611)");
    }
    copy(server, from ? from->name : NULL, database);
    PQfinish(server);
}

void template_drop(const char *database)
{
    PGconn *server = connect_to(SERVER);

    order(server, "DROP DATABASE \"%s\" WITH (FORCE)", database);
    PQfinish(server);
}

static void must(const struct scope *scope, bool done)
{
    const struct error *error = &scope->error;

    if (!done)
        unit_fail("%s (%s)", error->message, error->detail ? error->detail : "");
}

static void migrate(const char *url, const void *context)
{
    static char *const environment[] = {"KEEL_ENV=testing", NULL};
    struct migration_set migrations;
    struct config config;
    struct scope settings, scope;
    struct db *db;

    (void)context;
    scope_begin(&settings, NULL, NULL, NULL);
    must(&settings, config_load(&settings, environment, &config, NULL));
    must(&settings, db_open(&settings, url, &db));
    scope_begin(&scope, &config, db, NULL);
    must(&scope, db_ensure(&scope));
    must(&scope, migrations_embedded(&scope, &migrations));
    must(&scope, migrate_up(&scope, &migrations, -1, false, WAIT_S, NULL));
    scope_end(&scope);
    db_close(db);
    scope_end(&settings);
}

const struct template template_migrated = {.name = "keel_template_migrated", .fill = migrate};
