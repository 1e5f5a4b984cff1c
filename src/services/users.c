/* users.c - accounts: what they look like, how they come to be and change */
#include "keel/services/users.h"

#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/model/array.h"
#include "keel/services/password.h"
#include "keel/services/roles.h"
#include "sql.h"
#include "users_guard.h"
#include "users_mail.h"

#include <string.h>
#include <strings.h>

static const struct column user_columns[] = {
    {INT(struct user, id), .uses = READ | SORT, .example = "1", .doc = "Identifier."},
    {TEXT(struct user, email), .uses = READ | SORT | SEARCH, .format = "email", .max = 255,
     .example = "\"ada@example.com\"", .doc = "Address, as its owner writes it."},
    {TEXT(struct user, name), .uses = READ | UPDATE | SEARCH, .nullable = true, .min = 1,
     .max = 255, .example = "\"Ada\"", .doc = "Name to be shown."},
    {JSON(struct user, roles), .uses = READ, .example = "[\"editor\"]",
     .doc = "Names of the account's roles.",
     .expression = "SELECT coalesce(json_agg(role ORDER BY role), '[]') FROM user_roles WHERE "
                   "user_id = users.id"},
    {COLUMN_NAME("role"), .kind = KIND_TEXT, .uses = FILTER, .min = 1, .max = 63,
     .condition = "users.id IN (SELECT user_id FROM user_roles WHERE role = ?)",
     .example = "\"editor\"", .doc = "A role that the account has."},
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
    .search = "search_text",
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

static const struct column new_user_columns[] = {
    {TEXT(struct new_user, email), .uses = CREATE | REQUIRE, .format = "email", .max = 255,
     .example = "\"ada@example.com\"", .doc = "Address; case does not count."},
    {TEXT(struct new_user, password), .uses = CREATE, .nullable = true, .format = "password",
     .min = 10, .max = 1024, .example = "\"correct horse battery\"",
     .doc = "10 to 1024 bytes; without one its owner is mailed a link to choose one."},
    {TEXT(struct new_user, name), .uses = CREATE, .nullable = true, .min = 1, .max = 255,
     .example = "\"Ada\"", .doc = "Name to be shown."},
    {TEXTS(struct new_user, roles), .uses = CREATE, .min = 1, .max = 63, .most = USER_ROLES_MAX,
     .example = "[\"editor\"]", .doc = "Its roles; when not said, the one that new accounts get."},
    {BOOL(struct new_user, email_verified), .uses = CREATE, .example = "false",
     .doc = "Whether the address is known to be its owner's; false when not said."},
};

const struct model new_user_model = {
    .name = "NewUser",
    COLUMNS(new_user_columns),
    .size = sizeof(struct new_user),
};

bool users_is_demo(const char *email)
{
    static const char domain[] = "@example.com";
    const char *at = strrchr(email, '@');

    return at && strncasecmp(at, domain, sizeof domain - 1) == 0 &&
           strspn(at + sizeof domain - 1, " ") == strlen(at + sizeof domain - 1);
}

/* `roles` as PostgreSQL writes an array. Without a password it gets one that nobody knows. */
static bool insert(struct scope *scope, const struct new_user *user, const char *roles, int64_t *id)
{
    const char *password = user->password;
    char unknown[65];
    const char *hash;
    struct rows rows;

    if (!password && random_hex(unknown, 32))
        password = unknown;
    if (!password)
        return fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    if ((user->password && !password_check_new(scope, "password", password, user->email)) ||
        !password_hash(scope, password, &hash) ||
        !db_query(scope, &sql_users_insert,
                  PARAMS(user->email, user->name, hash, param_bool(user->email_verified), roles),
                  &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_CONFLICT, "An account with this address exists already");
    *id = row_int(&rows, 0, 0);
    return true;
}

static bool insert_with_role(struct scope *scope, const struct new_user *user, const char *role,
                             int64_t *id)
{
    struct array roles;

    array_begin(&roles, &scope->arena);
    array_add(&roles, role);
    const char *text = array_end(&roles);

    if (!text)
        return fail_memory(scope);
    return insert(scope, user, text, id) || users_explain_role(scope, role);
}

bool users_create(struct scope *scope, const struct registration *registration, const char *role,
                  int64_t *id)
{
    const struct new_user user = {
        .email = registration->email,
        .password = registration->password,
        .name = registration->name,
    };

    return insert_with_role(scope, &user, role, id);
}

/* What everybody gets who registers, everybody may give. */
static bool insert_for(struct scope *scope, const struct new_user *user, int64_t *id)
{
    if (!user->roles.text)
        return insert_with_role(scope, user, scope->config->default_role, id);
    return roles_check(scope, user->roles.text) && insert(scope, user, user->roles.text, id);
}

bool users_add(struct scope *scope, const struct new_user *user, int64_t *id)
{
    return insert_for(scope, user, id) &&
           (user->password || users_mail_invite(scope, *id, user->email));
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
