/* idempotency.c - answers kept under the Idempotency-Key of who was given them */
#include "keel/services/idempotency.h"

#include "keel/core/config.h"
#include "keel/db/db.h"
#include "sql.h"

static const char *caller(struct scope *scope)
{
    return param_int(scope, scope->caller->user_id);
}

static const char *hours(struct scope *scope)
{
    return param_int(scope, scope->config->idempotency_hours);
}

/* As PostgreSQL writes bytes. */
static const char *bytes(struct scope *scope, const char *hash)
{
    return scope_format(scope, "\\x%s", hash);
}

/* What the database says of a row that is locked becomes what the caller knows of. */
static bool fail_claim(struct scope *scope)
{
    const char *detail = scope->error.detail;

    if (!scope->error.locked)
        return false;
    scope_clear_error(scope);
    fail(scope, ERR_CONFLICT,
         "A request with this Idempotency-Key is still being carried out; try again");
    scope->error.detail = detail;
    return false;
}

/* The claim has locked the row, so it is there. */
static bool find(struct scope *scope, const struct kept_request *request,
                 struct kept_answer *answer)
{
    struct rows rows;

    if (!db_query(scope, &sql_idempotency_find,
                  PARAMS(caller(scope), request->key, bytes(scope, request->hash)), &rows))
        return false;
    if (rows.count == 0 || !row_bool(&rows, 0, 0))
        return fail(scope, ERR_IDEMPOTENCY_MISMATCH,
                    "This Idempotency-Key was used for another request");
    answer->status = (int)row_int(&rows, 0, 1);
    answer->headers = row_text(&rows, 0, 2);
    answer->body = row_text(&rows, 0, 3);
    return true;
}

bool idempotency_claim(struct scope *scope, const struct kept_request *request, bool *found,
                       struct kept_answer *answer)
{
    struct rows rows;

    if (!db_query(scope, &sql_idempotency_claim,
                  PARAMS(caller(scope), request->key, bytes(scope, request->hash), hours(scope)),
                  &rows))
        return fail_claim(scope);
    *found = rows.count == 0;
    return !*found || find(scope, request, answer);
}

bool idempotency_keep(struct scope *scope, const struct kept_request *request,
                      const struct kept_answer *answer)
{
    struct rows rows;

    return db_query(scope, &sql_idempotency_keep,
                    PARAMS(caller(scope), request->key, param_int(scope, answer->status),
                           answer->headers, answer->body, hours(scope)),
                    &rows);
}

bool idempotency_purge(struct scope *scope, int64_t *count)
{
    struct rows rows;

    if (!db_query(scope, &sql_idempotency_purge, PARAMS(hours(scope)), &rows))
        return false;
    *count = rows.affected;
    return true;
}
