/* query.c - running a statement and reading what it gave */
#include "connection.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/text.h"
#include "keel/db/cursor.h"

#include <inttypes.h>
#include <string.h>

static void clear_result(void *result)
{
    PQclear(result);
}

static bool send(struct scope *scope, const struct sql *sql, struct params params, bool once)
{
    PGconn *connection = scope->db->connection;
    int sent;

    if (!once && scope->config->db_prepared) {
        const char *name = statement_prepare(scope, sql);

        if (!name)
            return false;
        sent = PQsendQueryPrepared(connection, name, params.count, params.values, NULL, NULL, 0);
    } else {
        sent = PQsendQueryParams(connection, sql->text, params.count, NULL, params.values, NULL,
                                 NULL, 0);
    }
    return sent || connection_fail_send(scope, sql->name);
}

/* Takes the result over into the arena, or records why there is none. */
static bool receive(struct scope *scope, const char *name, struct rows *rows)
{
    PGresult *result = connection_wait(scope, name);

    if (!result)
        return scope->error.kind == ERR_NONE ? connection_fail_send(scope, name) : false;
    if (!arena_defer(&scope->arena, clear_result, result))
        return fail_memory(scope);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return connection_fail(scope, name, result);
    const char *affected = PQcmdTuples(result);

    *rows = (struct rows){.result = result, .count = PQntuples(result)};
    if (*affected)
        text_to_int(affected, strlen(affected), &rows->affected);
    return true;
}

bool connection_begin(struct scope *scope, const char *name)
{
    if (scope->error.kind != ERR_NONE)
        return false;
    if (scope->db && scope->db->connection && !scope->db->lost)
        return db_settle(scope) && transaction_open(scope);
    fail(scope, ERR_UNAVAILABLE, "The database is not available at the moment; try again");
    scope->error.retry_after = 1;
    return fail_detail(scope, "%s: the connection is gone", name);
}

static bool query(struct scope *scope, const struct sql *sql, struct params params, bool once,
                  struct rows *rows)
{
    *rows = (struct rows){0};
    if (!connection_begin(scope, sql->name))
        return false;
    scope->queries++;
    return send(scope, sql, params, once) && receive(scope, sql->name, rows);
}

bool db_query(struct scope *scope, const struct sql *sql, struct params params, struct rows *rows)
{
    return query(scope, sql, params, false, rows);
}

bool db_query_once(struct scope *scope, const struct sql *sql, struct params params,
                   struct rows *rows)
{
    return query(scope, sql, params, true, rows);
}

bool db_script(struct scope *scope, const char *name, const char *text)
{
    struct rows ignored;

    if (!connection_begin(scope, name))
        return false;
    if (!PQsendQuery(scope->db->connection, text))
        return connection_fail_send(scope, name);
    scope->queries++;
    return receive(scope, name, &ignored);
}

const char *param_int(struct scope *scope, int64_t value)
{
    char digits[TEXT_INT_SIZE];

    return scope_copy(scope, digits, text_from_int(value, digits));
}

const char *param_bool(bool value)
{
    return value ? "true" : "false";
}

const char *param_time(struct scope *scope, int64_t us)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format_us(us, text);
    return scope_copy(scope, text, strlen(text));
}

bool row_is_null(const struct rows *rows, int row, int column)
{
    return PQgetisnull(rows->result, row, column) == 1;
}

const char *row_text(const struct rows *rows, int row, int column)
{
    return PQgetvalue(rows->result, row, column);
}

int64_t row_int(const struct rows *rows, int row, int column)
{
    int64_t value = 0;

    text_to_int(row_text(rows, row, column), (size_t)PQgetlength(rows->result, row, column),
                &value);
    return value;
}

bool row_bool(const struct rows *rows, int row, int column)
{
    return *row_text(rows, row, column) == 't';
}
