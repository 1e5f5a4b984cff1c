/* users_roles.c - roles given to accounts and taken from them */
#include "keel/services/users.h"

#include "keel/model/changes.h"
#include "keel/services/roles.h"
#include "sql.h"
#include "users_guard.h"

#include <string.h>

static const struct column columns[] = {
    {TEXTS(struct role_choice, roles), .uses = UPDATE | REQUIRE, .min = 1, .max = 63,
     .most = USER_ROLES_MAX, .example = "[\"editor\"]", .doc = "All roles that it shall have."},
};

const struct model role_choice_model = {
    .name = "RoleChoice",
    COLUMNS(columns),
    .size = sizeof(struct role_choice),
};

/* No row: they were these roles already. */
static const char *describe(struct scope *scope, const struct rows *rows)
{
    return rows->count ? changes_of_one(scope, "roles", row_text(rows, 0, 0), row_text(rows, 0, 1))
                       : "{}";
}

bool users_set_roles(struct scope *scope, int64_t id, const char *roles, const char **changes)
{
    struct standing before;
    struct rows rows;

    if (!users_guard_begin(scope, id, NULL, &before) || !roles_check(scope, roles) ||
        !db_query(scope, &sql_users_set_roles, PARAMS(param_int(scope, id), roles), &rows))
        return false;
    *changes = describe(scope, &rows);
    return *changes && (!before.is_admin || users_require_admin_left(scope));
}

bool users_explain_role(struct scope *scope, const char *role)
{
    const char *constraint = scope->error.constraint;

    if (!constraint || strcmp(constraint, "user_roles_role_fkey") != 0)
        return false;
    scope_clear_error(scope);
    return fail_field(scope, "role", "not_found", "There is no role %s", role);
}

bool users_add_role(struct scope *scope, const char *email, const char *role, bool *changed)
{
    int64_t id = 0;
    struct rows rows;

    if (!users_find(scope, email, &id))
        return false;
    if (!db_query(scope, &sql_users_add_role, PARAMS(param_int(scope, id), role), &rows))
        return users_explain_role(scope, role);
    *changed = rows.affected > 0;
    return true;
}

bool users_remove_role(struct scope *scope, const char *email, const char *role, bool *changed)
{
    int64_t id = 0;
    struct standing before;
    struct rows rows;

    if (!users_find(scope, email, &id) || !users_guard_begin(scope, id, NULL, &before) ||
        !db_query(scope, &sql_users_remove_role, PARAMS(param_int(scope, id), role), &rows))
        return false;
    *changed = rows.affected > 0;
    return !(before.is_admin && *changed) || users_require_admin_left(scope);
}
