/* connection.c - opening, watching and losing the one PostgreSQL connection of a process */
#include "connection.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/metrics.h"
#include "sqlstate.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool db_open(struct scope *scope, const char *url, struct db **db)
{
    struct db *made = calloc(1, sizeof *made);

    if (made)
        made->url = strdup(url);
    if (!made || !made->url) {
        free(made);
        return fail_memory(scope);
    }
    *db = made;
    return true;
}

void connection_drop(struct db *db)
{
    statement_forget_all(db);
    PQfinish(db->connection);
    db->connection = NULL;
    db->lost = false;
    db->approaching = false;
    db->in_transaction = false;
    db->begin_pending = false;
    db->ahead = NULL;
}

void db_disconnect(struct db *db)
{
    connection_drop(db);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    connection_drop(db);
    free(db->url);
    free(db);
}

PGconn *db_connection(struct db *db)
{
    return db->connection;
}

/*
 * A synchronous standby that is gone: a cancelled wait reports the commit as done with only a
 * warning that it "might not have been replicated". Nobody reads warnings, so the commit must.
 * What the server says to an idle session before it ends it comes here too.
 */
static void note_notice(void *context, const PGresult *result)
{
    struct db *db = context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

    if (severity && strcmp(severity, "FATAL") == 0)
        db->lost = true;
    if (state && strcmp(state, "01000") == 0 && text &&
        strstr(text, "might not have been replicated"))
        db->unreplicated = true;
}

void connection_listen(struct db *db)
{
    PQsetNoticeReceiver(db->connection, note_notice, db);
}

/* Claim: something that was not read yet is there, be it the end. */
static bool has_news(const struct db *db)
{
    char byte;
    ssize_t size = recv(PQsocket(db->connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/*
 * A last word may lie in front of the end, so reading goes on until there is nothing more.
 */
bool connection_is_dead(struct db *db)
{
    while (!db->lost && has_news(db)) {
        if (!PQconsumeInput(db->connection) || PQstatus(db->connection) != CONNECTION_OK)
            return true;
        /* Has what came taken apart: note_notice() sees it. */
        (void)PQisBusy(db->connection);
    }
    return db->lost;
}

bool db_ensure(struct scope *scope)
{
    struct db *db = scope->db;

    if (db->connection && !connection_is_dead(db)) {
        placement_follow(&db->placement, db->connection);
        return true;
    }
    connection_drop(db);
    return connection_open(scope);
}

bool connection_fail(struct scope *scope, const char *name, const PGresult *result)
{
    struct db *db = scope->db;
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const struct sqlstate_meaning *meaning = sqlstate_find(state);

    if (meaning->lost || PQstatus(db->connection) != CONNECTION_OK)
        db->lost = true;
    if (scope->error.kind != ERR_NONE)
        return false;
    fail(scope, meaning->kind, "%s", meaning->message);
    scope->error.retryable = meaning->retryable;
    scope->error.locked = meaning->locked;
    if (meaning->kind == ERR_UNAVAILABLE)
        scope->error.retry_after = 1;
    if (constraint) {
        scope->error.constraint = arena_copy(&scope->arena, constraint, strlen(constraint));
        /* Without its name nobody can tell whether the caller is at fault. */
        if (!scope->error.constraint) {
            scope_clear_error(scope);
            return fail_memory(scope);
        }
    }
    return fail_detail(scope, "%s: SQLSTATE %s%s%s: %s", name, state ? state : "none",
                       constraint ? ", constraint " : "", constraint ? constraint : "",
                       primary ? primary : PQerrorMessage(db->connection));
}

bool connection_fail_send(struct scope *scope, const char *name)
{
    scope->db->lost = true;
    return connection_fail(scope, name, NULL);
}

/*
 * Past the deadline nobody knows what the server is doing, so the connection is of no use any more.
 */
static bool fail_deadline(struct scope *scope, const char *name)
{
    scope->db->lost = true;
    fail(scope, ERR_TIMEOUT, "The database took too long");
    return fail_detail(scope, "%s: no answer before the client's deadline", name);
}

bool connection_wait_result(struct scope *scope, const char *name, int64_t deadline_us)
{
    PGconn *connection = scope->db->connection;

    for (;;) {
        int unsent = PQflush(connection);

        if (unsent < 0)
            return connection_fail_send(scope, name);
        if (!unsent && !PQisBusy(connection))
            return true;
        int64_t left_ms = (deadline_us - clock_monotonic_us()) / 1000;
        struct pollfd wait = {PQsocket(connection), (short)(unsent ? POLLIN | POLLOUT : POLLIN), 0};
        int ready = left_ms > 0 ? poll(&wait, 1, (int)left_ms) : 0;

        if (ready == 0)
            return fail_deadline(scope, name);
        if (ready < 0 && errno != EINTR)
            return connection_fail_send(scope, name);
        if (ready > 0 && wait.revents & (POLLIN | POLLHUP | POLLERR) && !PQconsumeInput(connection))
            return connection_fail_send(scope, name);
    }
}

static bool is_copy(ExecStatusType status)
{
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/*
 * Nobody feeds or drains a COPY here, so its results would never end. Leaving the connection is the
 * one way out of every state that it can be in.
 */
static PGresult *fail_copy(struct scope *scope, const char *name, PGresult *result)
{
    PQclear(result);
    scope->db->lost = true;
    fail(scope, ERR_INTERNAL, "Something went wrong on our side");
    fail_detail(scope, "%s: COPY cannot be run as a query", name);
    return NULL;
}

/* Reads up to the end of a command; the last result is the one that counts. */
static PGresult *wait_command(struct scope *scope, const char *name, int64_t deadline)
{
    PGresult *last = NULL;

    for (;;) {
        if (!connection_wait_result(scope, name, deadline)) {
            PQclear(last);
            return NULL;
        }
        PGresult *result = PQgetResult(scope->db->connection);

        if (!result)
            return last;
        /* The first failure of several statements is the cause; what follows it says nothing. */
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result);
            continue;
        }
        PQclear(last);
        last = result;
        if (is_copy(PQresultStatus(result)))
            return fail_copy(scope, name, result);
    }
}

PGresult *connection_wait(struct scope *scope, const char *name)
{
    int64_t start = clock_monotonic_us();
    PGresult *result = wait_command(scope, name, start + scope->config->db_deadline_ms * 1000);

    int64_t duration = clock_monotonic_us() - start;

    scope->database_us += duration;
    if (scope->config->slow_query_ms && duration > scope->config->slow_query_ms * 1000)
        slow_query_note(scope, name, duration);
    return result;
}

bool connection_finish(struct scope *scope, const char *name)
{
    PGresult *result = connection_wait(scope, name);

    if (!result)
        return scope->error.kind == ERR_NONE ? connection_fail_send(scope, name) : false;
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!done)
        connection_fail(scope, name, result);
    PQclear(result);
    return done;
}
