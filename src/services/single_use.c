/* single_use.c - tokens that are good once: links of mails, the second step of a login */
#include "keel/services/single_use.h"

#include "keel/db/db.h"
#include "keel/services/opaque.h"
#include "sql.h"

#include <string.h>

static const struct {
    const char *name, *prefix;
} purposes[] = {
    [SINGLE_USE_VERIFY] = {"verify", "kv_"},
    [SINGLE_USE_RESET] = {"reset", "kp_"},
    [SINGLE_USE_EMAIL] = {"email", "ke_"},
    [SINGLE_USE_MFA] = {"mfa", "km_"},
};

bool single_use_issue(struct scope *scope, int64_t user_id, enum single_use purpose,
                      const char *data, int64_t lifetime_s, const char **token)
{
    struct rows rows;

    *token = opaque_make(scope, purposes[purpose].prefix);
    return *token && db_query(scope, &sql_single_use_issue,
                              PARAMS(opaque_hash(scope, *token), param_int(scope, user_id),
                                     purposes[purpose].name, data, param_int(scope, lifetime_s)),
                              &rows);
}

bool single_use_refuse(struct scope *scope)
{
    return fail_field(scope, "token", "invalid",
                      "The token is not valid, has been used or is too old");
}

bool single_use_is(enum single_use purpose, const char *token)
{
    const char *prefix = purposes[purpose].prefix;

    return strncmp(token, prefix, strlen(prefix)) == 0;
}

bool single_use_take(struct scope *scope, enum single_use purpose, const char *token,
                     struct single_use_token *found)
{
    struct rows rows;

    if (!db_query(scope, &sql_single_use_take,
                  PARAMS(opaque_hash(scope, token), purposes[purpose].name), &rows))
        return false;
    if (rows.count == 0)
        return single_use_refuse(scope);
    *found = (struct single_use_token){row_int(&rows, 0, 0), row_text(&rows, 0, 1), 0};
    return true;
}

bool single_use_find(struct scope *scope, enum single_use purpose, const char *token,
                     struct single_use_token *found)
{
    struct rows rows;

    if (!db_query(scope, &sql_single_use_find,
                  PARAMS(opaque_hash(scope, token), purposes[purpose].name), &rows))
        return false;
    if (rows.count == 0)
        return single_use_refuse(scope);
    *found = (struct single_use_token){row_int(&rows, 0, 0), row_text(&rows, 0, 1),
                                       row_int(&rows, 0, 2)};
    return true;
}

bool single_use_attempt(struct scope *scope, enum single_use purpose, const char *token,
                        int64_t most, struct single_use_token *found)
{
    struct rows rows;

    if (!db_query(scope, &sql_single_use_attempt,
                  PARAMS(opaque_hash(scope, token), purposes[purpose].name, param_int(scope, most)),
                  &rows))
        return false;
    if (rows.count == 0)
        return single_use_refuse(scope);
    *found = (struct single_use_token){row_int(&rows, 0, 0), row_text(&rows, 0, 1),
                                       row_int(&rows, 0, 2)};
    return true;
}

bool single_use_forget_all(struct scope *scope, int64_t user_id)
{
    struct rows rows;

    return db_query(scope, &sql_single_use_forget, PARAMS(param_int(scope, user_id), ""), &rows);
}

bool single_use_purge(struct scope *scope, int64_t *count)
{
    struct rows rows;

    *count = 0;
    do {
        if (!db_query(scope, &sql_single_use_remove_old, NO_PARAMS, &rows))
            return false;
        *count += rows.affected;
    } while (rows.affected > 0);
    return true;
}
