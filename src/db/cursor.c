/* cursor.c - the rows of one SELECT, however many, read in batches at constant memory */
#include "keel/db/cursor.h"

#include "connection.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * What a batch may take in this process: some hundred rows, so that what a FETCH costs beside its
 * rows is little, and on its way not more than a socket holds. Else the server would wait for us
 * to read, and a caller who takes his time would meet the limit of time for statements.
 */
#define BATCH_MEMORY ((size_t)160 * 1024)
#define BATCH_FIRST  100
#define BATCH_MAX    10000

struct db_cursor {
    struct scope *scope;
    struct db *db;
    const char *statement; /* its name, which tells more than "fetch" where one takes long */
    char fetch[64];
    char name[32];
    size_t asked;      /* rows of the FETCH that is on its way, or was read last */
    PGresult *ready;   /* it came, and nobody has seen it yet */
    PGresult *current; /* what the caller looks at */
    bool ended;
};

static void clear(PGresult **result)
{
    PQclear(*result);
    *result = NULL;
}

static void release(void *object)
{
    struct db_cursor *cursor = object;

    clear(&cursor->ready);
    clear(&cursor->current);
    if (cursor->db->ahead != cursor)
        return;
    /* Nobody will read the answer, and there is no other way past it. */
    cursor->db->ahead = NULL;
    cursor->db->lost = true;
}

/* Sends the next FETCH, without waiting for what it gives. */
static bool ask(struct db_cursor *cursor, size_t count)
{
    struct scope *scope = cursor->scope;

    if (!db_settle(scope))
        return false;
    snprintf(cursor->fetch, sizeof cursor->fetch, "FETCH FORWARD %zu FROM %s", count, cursor->name);
    if (!PQsendQuery(cursor->db->connection, cursor->fetch))
        return connection_fail_send(scope, cursor->statement);
    scope->queries++;
    cursor->asked = count;
    cursor->db->ahead = cursor;
    return true;
}

bool db_settle(struct scope *scope)
{
    struct db *db = scope->db;
    struct db_cursor *cursor = db->ahead;

    if (!cursor)
        return true;
    db->ahead = NULL;
    PGresult *result = connection_wait(scope, cursor->statement);

    if (!result)
        return scope->error.kind == ERR_NONE ? connection_fail_send(scope, cursor->statement)
                                             : false;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        connection_fail(scope, cursor->statement, result);
        PQclear(result);
        return false;
    }
    cursor->ready = result;
    return true;
}

static bool declare(struct db_cursor *cursor, const struct sql *sql, struct params params)
{
    struct scope *scope = cursor->scope;
    const char *text =
        scope_format(scope, "DECLARE %s NO SCROLL CURSOR FOR %s", cursor->name, sql->text);
    struct rows ignored;

    return text && db_script(scope, "cursor", "SET LOCAL cursor_tuple_fraction = 1") &&
           db_query_once(scope, &(struct sql){sql->name, text, sql->params}, params, &ignored);
}

bool db_cursor_open(struct scope *scope, const struct sql *sql, struct params params,
                    struct db_cursor **cursor)
{
    struct db_cursor *made = scope_alloc(scope, sizeof *made);

    if (!made)
        return false;
    *made = (struct db_cursor){.scope = scope, .db = scope->db, .statement = sql->name};
    snprintf(made->name, sizeof made->name, "keel_cursor_%" PRIu64, ++scope->db->serial);
    if (!arena_defer(&scope->arena, release, made))
        return fail_memory(scope);
    *cursor = made;
    return declare(made, sql, params) && ask(made, BATCH_FIRST);
}

/* How many rows to ask for after these, so that a batch has the size that it should have. */
static size_t choose_count(const PGresult *result, size_t count)
{
    size_t memory = PQresultMemorySize(result);
    size_t fitting = memory ? BATCH_MEMORY * count / memory : BATCH_MAX;
    size_t most = count * 2 < BATCH_MAX ? count * 2 : BATCH_MAX;

    if (fitting > most)
        return most;
    return fitting ? fitting : 1;
}

/* What was asked for last; NULL: failed, recorded. */
static PGresult *take_ready(struct db_cursor *cursor)
{
    struct scope *scope = cursor->scope;

    if (scope->error.kind != ERR_NONE)
        return NULL;
    if (cursor->db->ahead == cursor && !db_settle(scope))
        return NULL;
    PGresult *result = cursor->ready;

    cursor->ready = NULL;
    if (!result)
        connection_fail_send(scope, cursor->statement);
    return result;
}

bool db_cursor_next(struct db_cursor *cursor, struct rows *rows)
{
    *rows = (struct rows){0};
    clear(&cursor->current);
    if (cursor->ended)
        return true;
    cursor->current = take_ready(cursor);
    if (!cursor->current)
        return false;
    *rows = (struct rows){.result = cursor->current, .count = PQntuples(cursor->current)};
    cursor->ended = (size_t)rows->count < cursor->asked;
    return cursor->ended || ask(cursor, choose_count(cursor->current, cursor->asked));
}

bool db_cursor_close(struct db_cursor *cursor)
{
    struct scope *scope = cursor->scope;
    char text[64];

    cursor->ended = true;
    snprintf(text, sizeof text, "CLOSE %s", cursor->name);
    bool closed = db_script(scope, "close", text);

    clear(&cursor->ready);
    clear(&cursor->current);
    return closed;
}
