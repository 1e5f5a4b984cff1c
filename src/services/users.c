/* users.c - accounts: what they look like, how they come to be and change */
#include "keel/services/users.h"

#include "keel/services/password.h"
#include "sql.h"

#include <string.h>
#include <strings.h>

static const struct column user_columns[] = {
    {INT(struct user, id), .uses = READ | SORT, .example = "1", .doc = "Identifier."},
    {TEXT(struct user, email), .uses = READ | SORT, .format = "email", .max = 255,
     .example = "\"ada@example.com\"", .doc = "Address, as its owner writes it."},
    {TEXT(struct user, name), .uses = READ | UPDATE, .nullable = true, .min = 1, .max = 255,
     .example = "\"Ada\"", .doc = "Name to be shown."},
    {JSON(struct user, roles), .uses = READ, .example = "[\"editor\"]",
     .doc = "Names of the account's roles.",
     .expression = "SELECT coalesce(json_agg(role ORDER BY role), '[]') FROM user_roles WHERE "
                   "user_id = users.id"},
    {BOOL(struct user, is_active), .uses = READ | FILTER, .example = "true",
     .doc = "False: may not sign in."},
    {BOOL(struct user, email_verified), .uses = READ | FILTER, .example = "true",
     .doc = "Whether the address is known to be its owner's."},
    {INT(struct user, version), .uses = READ, .example = "1", .doc = "Rises with every change."},
    {TIME(struct user, created_at), .uses = READ | SORT | RANGE,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was added."},
    {TIME(struct user, updated_at), .uses = READ | SORT, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it was last changed."},
};

const struct model users_model = {
    .name = "User",
    .plural = "users",
    .table = "users",
    COLUMNS(user_columns),
    .size = sizeof(struct user),
    .order = "-created_at",
};

static const struct column registration_columns[] = {
    {TEXT(struct registration, email), .uses = CREATE | REQUIRE, .format = "email", .max = 255,
     .example = "\"ada@example.com\"", .doc = "Address; case does not count."},
    {TEXT(struct registration, password), .uses = CREATE | REQUIRE, .format = "password", .min = 10,
     .max = 1024, .example = "\"correct horse battery\"",
     .doc = "10 to 1024 bytes; not one of the commonest, and not the address."},
    {TEXT(struct registration, name), .uses = CREATE, .nullable = true, .min = 1, .max = 255,
     .example = "\"Ada\"", .doc = "Name to be shown."},
};

const struct model registration_model = {
    .name = "Registration",
    COLUMNS(registration_columns),
    .size = sizeof(struct registration),
};

bool users_is_demo(const char *email)
{
    static const char domain[] = "@example.com";
    const char *at = strrchr(email, '@');

    return at && strncasecmp(at, domain, sizeof domain - 1) == 0 &&
           strspn(at + sizeof domain - 1, " ") == strlen(at + sizeof domain - 1);
}

static bool give_role(struct scope *scope, int64_t id, const char *role, bool *changed)
{
    struct rows rows;

    if (!db_query(scope, &sql_users_add_role, PARAMS(param_int(scope, id), role), &rows)) {
        if (scope->error.constraint) {
            scope_clear_error(scope);
            fail_field(scope, "role", "not_found", "There is no role %s", role);
        }
        return false;
    }
    *changed = rows.affected > 0;
    return true;
}

bool users_create(struct scope *scope, const struct registration *registration, const char *role,
                  int64_t *id)
{
    const char *hash;
    struct rows rows;
    bool changed;

    if (!password_check_new(scope, "password", registration->password, registration->email) ||
        !password_hash(scope, registration->password, &hash) ||
        !db_query(scope, &sql_users_insert, PARAMS(registration->email, registration->name, hash),
                  &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_CONFLICT, "An account with this address exists already");
    *id = row_int(&rows, 0, 0);
    return give_role(scope, *id, role, &changed);
}

bool users_find(struct scope *scope, const char *email, int64_t *id)
{
    struct rows rows;

    if (!db_query(scope, &sql_users_find, PARAMS(email), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "There is no account with the address %s", email);
    *id = row_int(&rows, 0, 0);
    return true;
}

bool users_set_password(struct scope *scope, const char *email, const char *password)
{
    const char *hash;
    int64_t id = 0;
    struct rows rows;

    return password_check_new(scope, "password", password, email) &&
           users_find(scope, email, &id) && password_hash(scope, password, &hash) &&
           db_query(scope, &sql_users_set_password_hash, PARAMS(param_int(scope, id), hash), &rows);
}

bool users_add_role(struct scope *scope, const char *email, const char *role, bool *changed)
{
    int64_t id = 0;

    return users_find(scope, email, &id) && give_role(scope, id, role, changed);
}

bool users_remove_role(struct scope *scope, const char *email, const char *role, bool *changed)
{
    int64_t id = 0;
    struct rows rows;

    if (!users_find(scope, email, &id) ||
        !db_query(scope, &sql_users_remove_role, PARAMS(param_int(scope, id), role), &rows))
        return false;
    *changed = rows.affected > 0;
    return true;
}
