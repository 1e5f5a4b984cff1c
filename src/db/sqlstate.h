/* sqlstate.h - what a PostgreSQL error means to a caller */
#ifndef KEEL_DB_SQLSTATE_H
#define KEEL_DB_SQLSTATE_H

#include "keel/core/scope.h"

#include <libpq-fe.h>

struct sqlstate_meaning {
    const char *prefix; /* a whole SQLSTATE, or the beginning that a class shares */
    enum error_kind kind;
    bool retryable; /* the unit of work may run again */
    bool lost;      /* the connection is of no use any more */
    bool locked;    /* it waited too long for somebody else's transaction */
    const char *message;
};

/*
 * The row for a SQLSTATE (longest prefix wins); never NULL. A NULL state (connection lost in
 * mid-sentence) counts as 08006.
 */
const struct sqlstate_meaning *sqlstate_find(const char *sqlstate);

#endif
