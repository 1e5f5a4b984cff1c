/* users_guard.c - what holds whenever an account changes: nobody rises, somebody stays in charge */
#include "users_guard.h"

#include "keel/services/users.h"
#include "sql.h"

static bool require_power(struct scope *scope, int64_t id)
{
    struct rows rows;

    if (!scope->caller)
        return true;
    if (!db_query(scope, &sql_users_permissions, PARAMS(param_int(scope, id)), &rows))
        return false;
    for (int i = 0; i < rows.count; i++) {
        if (!scope_may(scope, row_text(&rows, i, 0)))
            return fail(scope, ERR_FORBIDDEN,
                        "The account has the permission %s, which you do not have",
                        row_text(&rows, i, 0));
    }
    return true;
}

/*
 * The lock comes in a statement of its own: one that waited for it would go on with what it saw
 * before.
 */
bool users_guard_begin(struct scope *scope, int64_t id, const char *email,
                       struct standing *standing)
{
    const char *user = param_int(scope, id);
    struct rows rows;

    if (!db_query(scope, &sql_users_lock, PARAMS(user), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "User not found");
    if (!require_power(scope, id) ||
        !db_query(scope, &sql_users_standing, PARAMS(user, email), &rows))
        return false;
    *standing = (struct standing){.is_admin = row_bool(&rows, 0, 0),
                                  .email = row_text(&rows, 0, 1),
                                  .moves = email && row_bool(&rows, 0, 2)};
    return true;
}

bool users_require_admin_left(struct scope *scope)
{
    struct rows rows;

    if (!db_query(scope, &sql_users_lock_admins, NO_PARAMS, &rows) ||
        !db_query(scope, &sql_users_has_admin, NO_PARAMS, &rows))
        return false;
    return row_bool(&rows, 0, 0) ||
           fail(scope, ERR_CONFLICT, "This is the last active admin; make somebody else one first");
}
