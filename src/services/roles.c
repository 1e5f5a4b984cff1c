/* roles.c - roles: named sets of permissions */
#include "keel/services/roles.h"

#include "keel/core/config.h"
#include "keel/services/users.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

static const struct column columns[] = {
    {TEXT(struct role, name), .uses = READ, .example = "\"editor\"", .doc = "Its unique name."},
    {TEXT(struct role, summary), .uses = READ, .example = "\"Looks after items and categories.\"",
     .doc = "What it is for."},
    {TEXTS(struct role, permissions), .uses = READ, .most = INT32_MAX,
     .example = "[\"categories:write\", \"items:write\"]", .doc = "What those who have it may do."},
};

const struct model role_model = {
    .name = "Role",
    .plural = "roles",
    COLUMNS(columns),
    .size = sizeof(struct role),
};

bool roles_list(struct scope *scope, struct rows *rows)
{
    return db_query(scope, &sql_roles_list, NO_PARAMS, rows);
}

bool roles_create(struct scope *scope, const char *name, const char *summary)
{
    struct rows rows;

    if (db_query(scope, &sql_roles_insert, PARAMS(name, summary), &rows))
        return true;
    if (scope->error.kind == ERR_CONFLICT)
        scope->error.message = "There is a role of this name already";
    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    return fail_field(scope, "name", "not_allowed",
                      "A role's name begins with a small letter and has at most 63 of a-z, 0-9, _ "
                      "and -");
}

/* How many accounts have it. */
static bool count_users(struct scope *scope, const char *name, int64_t *count)
{
    struct rows rows;

    if (!db_query(scope, &sql_roles_count_users, PARAMS(name), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "There is no role %s", name);
    *count = row_int(&rows, 0, 0);
    return true;
}

bool roles_delete(struct scope *scope, const char *name)
{
    int64_t count = 0;
    struct rows rows;

    if (strcmp(name, ROLE_ADMIN) == 0)
        return fail(scope, ERR_CONFLICT,
                    "Somebody must be in charge: the role " ROLE_ADMIN " cannot be deleted");
    if (strcmp(name, scope->config->default_role) == 0)
        return fail(scope, ERR_CONFLICT, "New accounts get the role %s (KEEL_DEFAULT_ROLE)", name);
    if (!db_query(scope, &sql_roles_delete, PARAMS(name), &rows))
        return false;
    if (rows.affected > 0)
        return true;
    return count_users(scope, name, &count) &&
           fail(scope, ERR_CONFLICT,
                "The role %s cannot be deleted: accounts have it (%" PRId64 ")", name, count);
}

static bool require_permission(struct scope *scope, const char *permission)
{
    struct rows rows;

    if (!db_query(scope, &sql_roles_find_permission, PARAMS(permission), &rows))
        return false;
    return row_bool(&rows, 0, 0) ||
           fail(scope, ERR_NOT_FOUND, "There is no permission %s. There are: %s", permission,
                row_text(&rows, 0, 1));
}

/* One that nobody has heard of is a mistake of whoever names it, not something that is so already.
 */
static bool require_both(struct scope *scope, const char *role, const char *permission)
{
    int64_t count;

    return count_users(scope, role, &count) && require_permission(scope, permission);
}

bool roles_grant(struct scope *scope, const char *role, const char *permission, bool *changed)
{
    struct rows rows;

    if (!require_both(scope, role, permission) ||
        !db_query(scope, &sql_roles_grant, PARAMS(role, permission), &rows))
        return false;
    *changed = rows.affected > 0;
    return true;
}

bool roles_revoke(struct scope *scope, const char *role, const char *permission, bool *changed)
{
    struct rows rows;

    if (strcmp(role, ROLE_ADMIN) == 0)
        return fail(scope, ERR_CONFLICT, "The role " ROLE_ADMIN " has every permission");
    if (!require_both(scope, role, permission) ||
        !db_query(scope, &sql_roles_revoke, PARAMS(role, permission), &rows))
        return false;
    *changed = rows.affected > 0;
    return true;
}

/* A row of roles_look: a role, and one of its permissions or none. */
static bool check_row(struct scope *scope, const struct rows *rows, int row)
{
    const char *name = row_text(rows, row, 0);

    if (!row_bool(rows, row, 2)) {
        const char *field = scope_format(scope, "roles[%s]", row_text(rows, row, 1));

        return field && fail_field(scope, field, "not_found", "There is no role %s", name);
    }
    if (!scope->caller || row_is_null(rows, row, 3) || scope_may(scope, row_text(rows, row, 3)))
        return true;
    return fail(scope, ERR_FORBIDDEN, "The role %s has the permission %s, which you do not have",
                name, row_text(rows, row, 3));
}

bool roles_check(struct scope *scope, const char *names)
{
    struct rows rows;

    if (!db_query(scope, &sql_roles_look, PARAMS(names), &rows))
        return false;
    for (int i = 0; i < rows.count; i++)
        check_row(scope, &rows, i);
    return scope->error.kind == ERR_NONE;
}
