/* sqlstate.c - what a PostgreSQL error means to a caller (PostgreSQL 15 manual, appendix A) */
#include "sqlstate.h"

#include <string.h>

#define AGAIN "The database is not available at the moment; try again"

static const struct sqlstate_meaning meanings[] = {
    /* "cached plan must not change result type": a migration ran; a new connection plans anew. */
    {.prefix = "0A000", .kind = ERR_UNAVAILABLE, .retryable = true, .lost = true, .message = AGAIN},
    {.prefix = "08", .kind = ERR_UNAVAILABLE, .lost = true, .message = AGAIN},
    {.prefix = "22", .kind = ERR_VALIDATION, .message = "A value is out of range or malformed"},
    {.prefix = "23502", .kind = ERR_VALIDATION, .message = "A required value is missing"},
    {.prefix = "23503",
     .kind = ERR_CONFLICT,
     .message = "Another row refers to this one, or the row it refers to is gone"},
    {.prefix = "23505", .kind = ERR_CONFLICT, .message = "A row with this value exists already"},
    {.prefix = "23514", .kind = ERR_VALIDATION, .message = "A value is not allowed"},
    {.prefix = "23", .kind = ERR_CONFLICT, .message = "The row conflicts with another one"},
    {.prefix = "25006", .kind = ERR_UNAVAILABLE, .lost = true, .message = AGAIN},
    {.prefix = "25P03", .kind = ERR_UNAVAILABLE, .lost = true, .message = AGAIN},
    {.prefix = "40",
     .kind = ERR_UNAVAILABLE,
     .retryable = true,
     .message = "Too many changes at once; try again"},
    {.prefix = "53", .kind = ERR_UNAVAILABLE, .lost = true, .message = AGAIN},
    {.prefix = "55P03",
     .kind = ERR_UNAVAILABLE,
     .locked = true,
     .message = "The row is in use by somebody else; try again"},
    {.prefix = "57014", .kind = ERR_TIMEOUT, .message = "The database took too long"},
    {.prefix = "57", .kind = ERR_UNAVAILABLE, .lost = true, .message = AGAIN},
    {.prefix = "58", .kind = ERR_UNAVAILABLE, .lost = true, .message = AGAIN},
    {.prefix = "", .kind = ERR_INTERNAL, .message = "Something went wrong on our side"},
};

const struct sqlstate_meaning *sqlstate_find(const char *sqlstate)
{
    const struct sqlstate_meaning *best = NULL;

    if (!sqlstate)
        sqlstate = "08006";
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        size_t length = strlen(meanings[i].prefix);

        if (strncmp(sqlstate, meanings[i].prefix, length) == 0 &&
            (!best || length > strlen(best->prefix)))
            best = &meanings[i];
    }
    return best;
}
