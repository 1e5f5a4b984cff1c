/* auth.c - signing in, and who a token stands for */
#include "keel/services/auth.h"

#include "keel/core/config.h"
#include "keel/services/password.h"
#include "keel/services/token.h"
#include "sql.h"

#include <string.h>

static const struct column credentials_columns[] = {
    {TEXT(struct credentials, email), .uses = CREATE | REQUIRE, .min = 1, .max = 255,
     .example = "\"ada@example.com\"", .doc = "Address of the account; case does not count."},
    {TEXT(struct credentials, password), .uses = CREATE | REQUIRE, .format = "password", .min = 1,
     .max = 1024, .example = "\"correct horse battery\"", .doc = "Its password."},
};

const struct model credentials_model = {
    .name = "Credentials",
    COLUMNS(credentials_columns),
    .size = sizeof(struct credentials),
};

static const struct column session_columns[] = {
    {TEXT(struct session, token), .uses = READ, .example = "\"eyJ...\"",
     .doc = "Access token, for the header Authorization: Bearer."},
    {TEXT(struct session, token_type), .uses = READ, .example = "\"Bearer\"",
     .doc = "Always Bearer."},
    {INT(struct session, expires_in), .uses = READ, .example = "900",
     .doc = "Seconds that the token is valid."},
    {JSON(struct session, user), .uses = READ, .nested = &users_model, .doc = "The account."},
};

const struct model session_model = {
    .name = "Session",
    COLUMNS(session_columns),
    .size = sizeof(struct session),
};

static bool refuse(struct scope *scope, const char *why)
{
    fail(scope, ERR_UNAUTHORIZED, "The address or the password is wrong");
    return fail_detail(scope, "login: %s", why);
}

/* Costs what a real comparison costs, so that time does not tell which addresses exist. */
static bool refuse_slowly(struct scope *scope, const char *password, const char *why)
{
    const char *ignored;

    return password_hash(scope, password, &ignored) && refuse(scope, why);
}

static bool check_password(struct scope *scope, const struct rows *user, const char *email,
                           const char *password)
{
    const char *hash = row_text(user, 0, 1);
    const char *renewed;
    bool matches;
    struct rows rows;

    if (!password_verify(scope, hash, password, &matches))
        return false;
    if (!matches)
        return refuse(scope, "wrong password");
    if (!row_bool(user, 0, 2))
        return refuse(scope, "the account is deactivated");
    if (scope->config->environment == ENV_PRODUCTION && users_is_demo(email))
        return refuse(scope, "a demo account, in production");
    if (!password_is_outdated(scope->config, hash))
        return true;
    return password_hash(scope, password, &renewed) &&
           db_query(scope, &sql_users_set_password_hash, PARAMS(row_text(user, 0, 0), renewed),
                    &rows);
}

bool auth_login(struct scope *scope, const struct credentials *credentials, struct session *session)
{
    struct rows found, user;
    struct buffer json;

    if (!db_query(scope, &sql_users_find, PARAMS(credentials->email), &found))
        return false;
    if (found.count == 0)
        return refuse_slowly(scope, credentials->password, "unknown address");
    if (!check_password(scope, &found, credentials->email, credentials->password) ||
        !store_get(scope, &users_model, row_int(&found, 0, 0), &user))
        return false;
    buffer_init(&json, &scope->arena);
    model_write_row(&json, &users_model, &user, 0);
    if (json.failed)
        return fail_memory(scope);
    *session =
        (struct session){.token_type = "Bearer", .expires_in = scope->config->access_token_s};
    session->user.text = json.data;
    return token_issue(scope, row_int(&found, 0, 0), &session->token);
}

/* Cuts the query's "a:read b:write" into a list. */
static bool split_permissions(struct scope *scope, const char *text, struct identity *identity)
{
    char *words = scope_copy(scope, text, strlen(text));
    const char **list = scope_alloc(scope, (strlen(text) / 2 + 1) * sizeof *list);

    if (!words || !list)
        return false;
    while (*words) {
        size_t length = strcspn(words, " ");
        char *end = words + length;

        list[identity->permission_count++] = words;
        words = *end ? end + 1 : end;
        *end = '\0';
    }
    identity->permissions = list;
    return true;
}

bool auth_identify(struct scope *scope, const char *token, const struct identity **identity)
{
    struct identity *found = scope_alloc(scope, sizeof *found);
    struct rows rows;

    if (!found || !token_verify(scope, token, &found->user_id) ||
        !db_query(scope, &sql_users_identify, PARAMS(param_int(scope, found->user_id)), &rows))
        return false;
    if (rows.count == 0) {
        fail(scope, ERR_UNAUTHORIZED, "The access token is not valid");
        return fail_detail(scope, "token: the account is gone or deactivated");
    }
    found->email = row_text(&rows, 0, 0);
    if (!split_permissions(scope, row_text(&rows, 0, 1), found))
        return false;
    *identity = found;
    return true;
}
