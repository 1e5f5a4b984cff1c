/* idempotency.h - answers kept under the Idempotency-Key of who was given them */
#ifndef KEEL_SERVICES_IDEMPOTENCY_H
#define KEEL_SERVICES_IDEMPOTENCY_H

#include "keel/core/scope.h"

/* A request that may be repeated. */
struct kept_request {
    const char *key;  /* made by the caller: 1 to 255 visible ASCII characters */
    const char *hash; /* digest_text() of all that it asks for */
};

struct kept_answer {
    int status;
    const char *headers; /* lines that belong to this answer alone */
    const char *body;
};

/*
 * Makes the key the request's, for scope->caller, or gives the answer that the same request got
 * before (`*found`; it belongs to the scope's arena). Comes first in the transaction that carries
 * the request out; when that rolls back, the key was never used. Fails with
 * ERR_IDEMPOTENCY_MISMATCH where another request had the key within the last idempotency_hours,
 * with ERR_CONFLICT where one with it is not done after db_lock_timeout_ms.
 */
bool idempotency_claim(struct scope *scope, const struct kept_request *request, bool *found,
                       struct kept_answer *answer);

/* Keeps the answer of a request whose key was claimed in this transaction. */
bool idempotency_keep(struct scope *scope, const struct kept_request *request,
                      const struct kept_answer *answer);

/* Takes away every answer that is older than idempotency_hours; `*count` is how many those were. */
bool idempotency_purge(struct scope *scope, int64_t *count);

#endif
