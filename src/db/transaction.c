/* transaction.c - begin, commit and roll back, with what each can hide */
#include "connection.h"

#include "keel/core/config.h"
#include "keel/db/cursor.h"

#include <string.h>

/* PostgreSQL 14 and later notice within this time that nobody waits for its long statement. */
#define CHECK_CLIENT  "; SET LOCAL client_connection_check_interval = 2000"
#define CHECKS_CLIENT 140000

/*
 * Behind a transaction pooler the session's settings hold for one transaction only (see
 * session_options()); others hold for one that its reader may keep waiting.
 */
static const char *begin_text(struct scope *scope)
{
    const struct config *config = scope->config;
    const struct db *db = scope->db;

    if (config->db_prepared && !db->reading)
        return "BEGIN";
    int64_t statement_ms = config->db_statement_timeout_ms + db->pause_ms;
    bool checks = db->reading && PQserverVersion(db->connection) >= CHECKS_CLIENT;
    int64_t idle_ms = config->db_idle_transaction_timeout_ms + db->pause_ms;

    return scope_format(scope,
                        "BEGIN%s; SET LOCAL statement_timeout = %lld; SET LOCAL lock_timeout = "
                        "%lld; SET LOCAL idle_in_transaction_session_timeout = %lld%s",
                        db->reading ? " READ ONLY" : "", (long long)statement_ms,
                        (long long)config->db_lock_timeout_ms, (long long)idle_ms,
                        checks ? CHECK_CLIENT : "");
}

/*
 * Only notes the wish: a request that is refused before its first statement, or hashes a password
 * first, then holds no transaction meanwhile.
 */
static bool begin(struct scope *scope, bool reading, int64_t pause_ms)
{
    if (scope->error.kind != ERR_NONE)
        return false;
    scope->db->in_transaction = true;
    scope->db->begin_pending = true;
    scope->db->reading = reading;
    scope->db->pause_ms = pause_ms;
    return true;
}

bool db_begin(struct scope *scope)
{
    return begin(scope, false, 0);
}

bool db_begin_reading(struct scope *scope, int64_t pause_ms)
{
    return begin(scope, true, pause_ms);
}

bool transaction_open(struct scope *scope)
{
    if (!scope->db->begin_pending)
        return true;
    const char *text = begin_text(scope);

    scope->db->begin_pending = false;
    return text && db_script(scope, "begin", text);
}

/* A connection lost here leaves an unknown outcome: the caller is told, and nothing is repeated. */
static bool fail_unknown(struct scope *scope)
{
    const char *cause = scope->error.detail;

    scope_clear_error(scope);
    scope->db->lost = true;
    fail(scope, ERR_UNAVAILABLE,
         "The database went away while saving; look whether the change is there before repeating "
         "it");
    scope->error.retry_after = 1;
    return fail_detail(scope, "commit: outcome unknown: %s", cause ? cause : "could not be sent");
}

/* Claim: the server said that everything is saved, and where it should be. */
static bool is_committed(struct scope *scope, PGresult *result)
{
    const char *tag;

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        connection_fail(scope, "commit", result);
        /* A pooler says in an error of its own that it lost the server. */
        return scope->db->lost ? fail_unknown(scope) : false;
    }
    tag = PQcmdStatus(result);
    if (strcmp(tag, "COMMIT") != 0) {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
        return fail_detail(scope, "commit: the server answered %s", tag);
    }
    if (scope->db->unreplicated) {
        fail(scope, ERR_UNAVAILABLE,
             "The change is saved, but its copy could not be confirmed; look before repeating it");
        scope->error.retry_after = 1;
        return fail_detail(scope, "commit: might not have been replicated");
    }
    return true;
}

/* Claim: the server still has the transaction, so that somebody must roll it back. */
static bool is_open(const PGconn *connection)
{
    PGTransactionStatusType status = PQtransactionStatus(connection);

    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool db_commit(struct scope *scope)
{
    struct db *db = scope->db;

    if (scope->error.kind != ERR_NONE)
        return false;
    if (db->begin_pending) {
        db->begin_pending = db->in_transaction = false;
        return true;
    }
    db->unreplicated = false;
    if (!db_settle(scope))
        return false;
    if (!PQsendQuery(db->connection, "COMMIT"))
        return fail_unknown(scope);
    PGresult *result = connection_wait(scope, "commit");

    scope->queries++;
    db->in_transaction = is_open(db->connection);
    if (!result)
        return fail_unknown(scope);
    bool done = is_committed(scope, result);

    PQclear(result);
    return done;
}

void db_rollback(struct scope *scope)
{
    struct db *db = scope->db;
    struct scope quiet = {.config = scope->config, .db = db};
    bool nothing_sent = db->begin_pending;

    db->in_transaction = false;
    db->begin_pending = false;
    if (nothing_sent || !db->connection)
        return;
    /* A scope of its own: the error that led here is the one to keep. */
    arena_init(&quiet.arena);
    /* That a cursor's rows cannot be had any more says nothing of the connection. */
    if (!db->lost && !db_settle(&quiet))
        scope_clear_error(&quiet);
    /*
     * Nobody would say ROLLBACK: the server does when the connection closes, and lets the locks go.
     */
    if (db->lost) {
        connection_drop(db);
        scope_end(&quiet);
        return;
    }
    if (!db_script(&quiet, "rollback", "ROLLBACK"))
        db->lost = true;
    scope->queries++;
    scope->database_us += quiet.database_us;
    scope_end(&quiet);
}

bool db_savepoint(struct scope *scope)
{
    return db_script(scope, "savepoint", "SAVEPOINT keel");
}

bool db_go_back(struct scope *scope)
{
    return db_script(scope, "go back", "ROLLBACK TO SAVEPOINT keel");
}

bool db_release(struct scope *scope)
{
    return db_script(scope, "release", "RELEASE SAVEPOINT keel");
}

bool db_in_transaction(const struct db *db)
{
    return db->in_transaction;
}
