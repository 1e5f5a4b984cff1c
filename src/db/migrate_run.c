/* migrate_run.c - runs the statements of one migration file and says where one fails */
#include "migrate_run.h"

#include "keel/db/db.h"
#include "migrate_split.h"

#include <stdlib.h>
#include <string.h>

static struct sql_split split_begin(const struct migrate_script *script)
{
    return (struct sql_split){script->text, script->text + strlen(script->text), 1};
}

/* Looks before anything runs: what a COMMIT in the middle saved could not be taken back. */
static bool refuse_transaction_control(struct scope *scope, const struct migrate_script *script)
{
    struct sql_split split = split_begin(script);
    struct sql_statement statement;

    while (sql_split_next(&split, &statement)) {
        if (statement.controls_transaction)
            return fail(scope, ERR_CONFLICT,
                        "%s:%d: begins or ends a transaction, but the whole file runs in one; "
                        "\"-- migrate: no-transaction\" as its first line turns that off.",
                        script->file, statement.line);
    }
    return true;
}

/* The server counts characters from 1; a failure while running has no position. */
static int line_of_position(const struct sql_statement *statement, const PGresult *result)
{
    const char *field = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    long left = field ? strtol(field, NULL, 10) : 1;
    int line = statement->line;

    for (size_t i = 0; i < statement->length; i++) {
        bool begins_character = ((unsigned char)statement->text[i] & 0xC0) != 0x80;

        left -= begins_character;
        if (left == 0)
            break;
        line += statement->text[i] == '\n';
    }
    return line;
}

static bool fail_statement(struct scope *scope, const struct migrate_script *script,
                           const struct sql_statement *statement, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    bool is_locked = state && strcmp(state, "55P03") == 0;

    if (PQstatus(db_connection(scope->db)) != CONNECTION_OK)
        return fail(scope, ERR_UNAVAILABLE, "%s:%d: the connection to the database broke: %s",
                    script->file, statement->line, primary ? primary : "no reason was given");
    fail(scope, ERR_CONFLICT, "%s:%d: %s%s%s", script->file, line_of_position(statement, result),
         primary ? primary : "failed",
         is_locked ? "; another session uses the table: run it again when that is done" : "",
         script->in_transaction
             ? ""
             : " (what this file did before that line stays: it runs outside a transaction)");
    return fail_detail(scope, "SQLSTATE %s%s%s%s%s", state ? state : "none", detail ? ": " : "",
                       detail ? detail : "", hint ? "; hint: " : "", hint ? hint : "");
}

/* Leaves copy mode in either direction: the connection must be usable for what follows. */
static bool fail_copy(struct scope *scope, const struct migrate_script *script,
                      const struct sql_statement *statement)
{
    PGconn *connection = db_connection(scope->db);
    PGresult *result;
    char *row;

    PQputCopyEnd(connection, "a migration has no data to copy");
    while (PQgetCopyData(connection, &row, 0) > 0)
        PQfreemem(row);
    while ((result = PQgetResult(connection)) != NULL)
        PQclear(result);
    return fail(scope, ERR_CONFLICT,
                "%s:%d: COPY with STDIN or STDOUT works only in psql; use INSERT.", script->file,
                statement->line);
}

static bool run_statement(struct scope *scope, const struct migrate_script *script,
                          const struct sql_statement *statement)
{
    const char *text = scope_copy(scope, statement->text, statement->length);

    if (!text)
        return false;
    PGresult *result = PQexec(db_connection(scope->db), text);
    bool done = true;

    scope->queries++;
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
        done = fail_copy(scope, script, statement);
        break;
    default:
        done = fail_statement(scope, script, statement, result);
    }
    PQclear(result);
    return done;
}

/* Deferred constraints speak here, where it may take its time, not in COMMIT with its deadline. */
static bool settle_constraints(struct scope *scope, const struct migrate_script *script, int line)
{
    static const char text[] = "SET CONSTRAINTS ALL IMMEDIATE";
    const struct sql_statement statement = {.text = text, .length = strlen(text), .line = line};

    return run_statement(scope, script, &statement);
}

/* A script that opens transactions of its own must have closed them. */
static bool refuse_open_transaction(struct scope *scope, const struct migrate_script *script)
{
    if (PQtransactionStatus(db_connection(scope->db)) == PQTRANS_IDLE)
        return true;
    db_rollback(scope);
    return fail(scope, ERR_CONFLICT, "%s: leaves a transaction open; it was rolled back.",
                script->file);
}

bool migrate_run(struct scope *scope, const struct migrate_script *script)
{
    struct sql_split split = split_begin(script);
    struct sql_statement statement;

    if (script->in_transaction && !refuse_transaction_control(scope, script))
        return false;
    while (sql_split_next(&split, &statement)) {
        if (!run_statement(scope, script, &statement))
            return false;
    }
    if (script->in_transaction)
        return settle_constraints(scope, script, statement.line);
    return refuse_open_transaction(scope, script);
}
