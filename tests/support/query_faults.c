/* query_faults.c - makes the 1st, 2nd, 3rd... statement on its way to PostgreSQL fail */
#include "query_faults.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* More rounds than any request has statements: one that never succeeds must not run for ever. */
#define MOST_ROUNDS 1000

/* Names that the linker's --wrap makes. */
int __real_PQsendQuery(PGconn *connection, const char *text);
int __real_PQsendPrepare(PGconn *connection, const char *name, const char *text, int count,
                         const Oid *types);
int __real_PQsendQueryParams(PGconn *connection, const char *text, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format);
int __real_PQsendQueryPrepared(PGconn *connection, const char *name, int count,
                               const char *const *values, const int *lengths, const int *formats,
                               int format);
int __wrap_PQsendQuery(PGconn *connection, const char *text);
int __wrap_PQsendPrepare(PGconn *connection, const char *name, const char *text, int count,
                         const Oid *types);
int __wrap_PQsendQueryParams(PGconn *connection, const char *text, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format);
int __wrap_PQsendQueryPrepared(PGconn *connection, const char *name, int count,
                               const char *const *values, const int *lengths, const int *formats,
                               int format);

/* libpq has no argument to carry this in. */
static struct {
    bool armed;
    unsigned fail_at;  /* the statement that fails, from 1; 0 before the first round */
    unsigned seen;     /* statements in this round */
    char instead[128]; /* what is sent in its place; empty: the connection is cut */
} faults;

void query_faults_begin(const char *sqlstate)
{
    faults.armed = false;
    faults.fail_at = 0;
    faults.seen = 0;
    faults.instead[0] = '\0';
    if (sqlstate)
        snprintf(faults.instead, sizeof faults.instead,
                 "DO $$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '%s'; END $$",
                 sqlstate);
}

bool query_faults_hit(void)
{
    return faults.seen >= faults.fail_at;
}

bool query_faults_next(void)
{
    bool finished = faults.fail_at > 0 && !query_faults_hit();

    faults.armed = !finished;
    if (finished)
        return false;
    if (faults.fail_at == MOST_ROUNDS) {
        fprintf(stderr, "query_faults: the operation fails even with all its statements\n");
        abort();
    }
    faults.fail_at++;
    faults.seen = 0;
    return true;
}

void query_faults_stop(void)
{
    faults.armed = false;
}

unsigned query_faults_count(void)
{
    return faults.fail_at - 1;
}

/* Claim: this statement is the one. Cuts the connection where that is what was asked. */
static bool fails_now(PGconn *connection)
{
    bool fails = faults.armed && ++faults.seen == faults.fail_at;

    if (fails && !faults.instead[0])
        shutdown(PQsocket(connection), SHUT_RDWR);
    return fails && faults.instead[0];
}

int __wrap_PQsendQuery(PGconn *connection, const char *text)
{
    return __real_PQsendQuery(connection, fails_now(connection) ? faults.instead : text);
}

int __wrap_PQsendPrepare(PGconn *connection, const char *name, const char *text, int count,
                         const Oid *types)
{
    if (fails_now(connection))
        return __real_PQsendQuery(connection, faults.instead);
    return __real_PQsendPrepare(connection, name, text, count, types);
}

int __wrap_PQsendQueryParams(PGconn *connection, const char *text, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format)
{
    if (fails_now(connection))
        return __real_PQsendQuery(connection, faults.instead);
    return __real_PQsendQueryParams(connection, text, count, types, values, lengths, formats,
                                    format);
}

int __wrap_PQsendQueryPrepared(PGconn *connection, const char *name, int count,
                               const char *const *values, const int *lengths, const int *formats,
                               int format)
{
    if (fails_now(connection))
        return __real_PQsendQuery(connection, faults.instead);
    return __real_PQsendQueryPrepared(connection, name, count, values, lengths, formats, format);
}
