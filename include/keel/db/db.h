/* db.h - one PostgreSQL connection: statements, transactions, and what to do when it is lost */
#ifndef KEEL_DB_DB_H
#define KEEL_DB_DB_H

#include "keel/core/scope.h"
#include "keel/db/sql.h"

#include <libpq-fe.h>

struct db;

/*
 * A statement's values in PostgreSQL's text form; NULL is SQL's NULL. Held by the scope's arena or
 * constant.
 */
struct params {
    const char *const *values;
    int count;
};

/* PARAMS(param_int(s, id), name): the values of one statement, in order. */
#define PARAMS(...)                                                                                \
    ((struct params){(const char *const[]){__VA_ARGS__},                                           \
                     (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))})
#define NO_PARAMS ((struct params){NULL, 0})

/* What a query gave; belongs to the scope's arena. */
struct rows {
    PGresult *result;
    int count;
    int64_t affected; /* rows that an INSERT, UPDATE or DELETE touched */
};

/*
 * Makes a handle that connects on first need, with the settings of the scope's configuration and
 * `url` (a libpq connection string, which may name several hosts and target_session_attrs). The
 * caller ends it with db_close(). Fails for memory only.
 */
bool db_open(struct scope *scope, const char *url, struct db **db);
void db_close(struct db *db);

/*
 * Closes the connection, which must be in no transaction, until db_ensure() opens it again: for
 * whoever will not need it for a while.
 */
void db_disconnect(struct db *db);

/*
 * Makes sure that scope->db is connected and alive, connecting again if the server went away
 * meanwhile. Called before a handler runs, never inside one. Fails with ERR_UNAVAILABLE; after a
 * failure it does not try again for a quarter of a second.
 */
bool db_ensure(struct scope *scope);

/*
 * Goes on opening scope->db as far as that needs no waiting, for whoever can do without it
 * meanwhile. Claim: it is connected and alive. False also once for each connection that was lost,
 * and with an error recorded where an attempt failed; the next one begins a second later.
 */
bool db_approach(struct scope *scope);

/*
 * Runs one statement on scope->db and waits for it, no longer than the deadline of the settings.
 * Refuses when the scope has failed already (a parameter that could not be made must not read as
 * NULL). Errors come from the SQLSTATE table (db/sqlstate.h).
 */
bool db_query(struct scope *scope, const struct sql *sql, struct params params, struct rows *rows);

/*
 * The same for a text that rarely comes again, or whose best plan depends on its values: no name is
 * kept for it, and it is planned with the values at hand.
 */
bool db_query_once(struct scope *scope, const struct sql *sql, struct params params,
                   struct rows *rows);

/* Several statements in one text without parameters, as migrations need; no result. */
bool db_script(struct scope *scope, const char *name, const char *text);

/*
 * A transaction; BEGIN is sent with its first statement. db_commit() compares the tag: COMMIT of a
 * failed transaction says ROLLBACK and fails here.
 */
bool db_begin(struct scope *scope);
bool db_commit(struct scope *scope);

/*
 * A transaction that only reads, for somebody who may pause for up to `pause_ms` while what it gave
 * is used: statements, and the time between them, may take that much longer than the settings say.
 */
bool db_begin_reading(struct scope *scope, int64_t pause_ms);
void db_rollback(struct scope *scope);

/*
 * A place in the transaction that db_go_back() returns to, also after a statement failed (once that
 * error is cleared); the newest one counts, and stays.
 */
bool db_savepoint(struct scope *scope);
bool db_go_back(struct scope *scope);

/* Forgets the newest such place; what was done since is kept. */
bool db_release(struct scope *scope);
bool db_in_transaction(const struct db *db);

/*
 * The raw connection for what this layer does not cover (COPY, catalog tools); NULL while not
 * connected.
 */
PGconn *db_connection(struct db *db);

/* A value as parameter text; on lack of memory the scope has failed and db_query() will refuse. */
const char *param_int(struct scope *scope, int64_t value);
const char *param_bool(bool value);
const char *param_time(struct scope *scope, int64_t us);

/*
 * Reading a result; `column` counts from 0. A NULL reads as "", 0, false. Times are microseconds
 * since 1970 UTC.
 */
bool row_is_null(const struct rows *rows, int row, int column);
const char *row_text(const struct rows *rows, int row, int column);
int64_t row_int(const struct rows *rows, int row, int column);
bool row_bool(const struct rows *rows, int row, int column);

#endif
