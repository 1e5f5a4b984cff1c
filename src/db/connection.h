/* connection.h - the inside of a struct db, shared by the files of this folder */
#ifndef KEEL_DB_CONNECTION_H
#define KEEL_DB_CONNECTION_H

#include "keel/db/db.h"
#include "placement.h"

/*
 * Enough for every statement of the program and the usual variants of lists; the least used makes
 * room.
 */
#define STATEMENT_LIMIT 128

/* A statement that this connection has prepared. */
struct statement {
    uint64_t hash;
    uint64_t last_use;
    char *text; /* malloc'ed */
    char name[24];
};

struct db {
    char *url; /* malloc'ed; holds a password: never logged */
    PGconn *connection;
    bool lost;        /* to be opened again before the next unit of work */
    bool approaching; /* db_approach() is on its way: `connection` is not usable yet */
    PostgresPollingStatusType approach; /* what it waits for */
    int64_t give_up_at_us;              /* monotonic; its end */
    bool in_transaction;
    bool begin_pending;  /* db_begin() was called, but nothing asked yet */
    bool reading;        /* by db_begin_reading() */
    int64_t pause_ms;    /* of db_begin_reading() */
    bool unreplicated;   /* the server warned that a commit may not be on its standby */
    int64_t retry_at_us; /* monotonic; no new attempt before */
    struct statement statements[STATEMENT_LIMIT];
    int statement_count;
    uint64_t uses;
    uint64_t serial;
    struct placement placement;
    struct db_cursor *ahead; /* has asked for rows that nobody has read yet */
};

/* Closes the connection and forgets what was prepared on it. */
void connection_drop(struct db *db);

/* Opens it and waits for that. False, recorded; soon after a failure without trying. */
bool connection_open(struct scope *scope);

/* From here on, what the server says unasked is heeded. */
void connection_listen(struct db *db);

/*
 * Claim: it is lost, the server has closed it, or has said something while we were idle that ends
 * it.
 */
bool connection_is_dead(struct db *db);

/*
 * Records the error of a failed or missing result, marking the connection lost where the SQLSTATE
 * says so. Returns false.
 */
bool connection_fail(struct scope *scope, const char *name, const PGresult *result);

/*
 * Runs one command that was just sent: waits for its last result until the deadline, which counts
 * as the database's time. NULL: failed, recorded.
 */
PGresult *connection_wait(struct scope *scope, const char *name);

/* The same for a command that has no rows to give. False: failed, recorded. */
bool connection_finish(struct scope *scope, const char *name);

/*
 * Sends what is unsent and reads until a result is there, or libpq waits for rows of a COPY; no
 * longer than the monotonic time `deadline_us`. False: failed, recorded.
 */
bool connection_wait_result(struct scope *scope, const char *name, int64_t deadline_us);

/*
 * Makes the connection free for a statement of this name, and says the BEGIN that was put off.
 * False, recorded: it is lost, or the scope has failed already.
 */
bool connection_begin(struct scope *scope, const char *name);

/* Says in the log which statement took so long: its name, none of its values. And counts it. */
void slow_query_note(struct scope *scope, const char *name, int64_t duration_us);

/* Records that a statement could not even be sent. Returns false. */
bool connection_fail_send(struct scope *scope, const char *name);

/*
 * The name under which `sql` is prepared on this connection, preparing it on first use. NULL:
 * failed, recorded.
 */
const char *statement_prepare(struct scope *scope, const struct sql *sql);

/* Says the BEGIN that db_begin() put off, now that the first statement of the transaction comes. */
bool transaction_open(struct scope *scope);

/* Forgets all (the connection they were prepared on is gone). */
void statement_forget_all(struct db *db);

#endif
