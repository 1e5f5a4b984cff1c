/* auth.c - signing in, and who a token stands for */
#include "keel/services/auth.h"

#include "keel/core/config.h"
#include "keel/services/password.h"
#include "keel/services/throttle.h"
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

/* Counts it and says no: the same whatever was wrong. */
static bool refuse(struct scope *scope, const char *email, const char *why)
{
    if (!throttle_wrong(scope, THROTTLE_PASSWORD, email))
        return false;
    fail(scope, ERR_UNAUTHORIZED, "The address or the password is wrong");
    fail_detail(scope, "login: %s", why);
    return fail_and_keep(scope);
}

/* Costs what a real comparison costs, so that time does not tell which addresses exist. */
static bool refuse_slowly(struct scope *scope, const struct credentials *credentials)
{
    const char *ignored;

    return password_hash(scope, credentials->password, &ignored) &&
           refuse(scope, credentials->email, "unknown address");
}

static bool check_password(struct scope *scope, const struct rows *user,
                           const struct credentials *credentials)
{
    const char *email = credentials->email;
    bool matches;

    if (!password_verify(scope, row_text(user, 0, 1), credentials->password, &matches))
        return false;
    if (!matches)
        return refuse(scope, email, "wrong password");
    if (!row_bool(user, 0, 2))
        return refuse(scope, email, "the account is deactivated");
    if (scope->config->environment == ENV_PRODUCTION && users_is_demo(email))
        return refuse(scope, email, "a demo account, in production");
    return throttle_right(scope, THROTTLE_PASSWORD, email);
}

static bool renew_hash(struct scope *scope, const struct rows *user, const char *password)
{
    const char *renewed;
    struct rows rows;

    if (!password_is_outdated(scope->config, row_text(user, 0, 1)))
        return true;
    return password_hash(scope, password, &renewed) &&
           db_query(scope, &sql_users_set_password_hash, PARAMS(row_text(user, 0, 0), renewed),
                    &rows);
}

bool auth_login(struct scope *scope, const struct credentials *credentials, struct grant *grant)
{
    struct rows found;
    bool is_new_place;

    if (!throttle_check(scope, THROTTLE_PASSWORD, credentials->email) ||
        !db_query(scope, &sql_users_find, PARAMS(credentials->email), &found))
        return false;
    if (found.count == 0)
        return refuse_slowly(scope, credentials);
    return check_password(scope, &found, credentials) &&
           renew_hash(scope, &found, credentials->password) &&
           session_open(scope, row_int(&found, 0, 0), grant, &is_new_place);
}

bool auth_confirm(struct scope *scope, const char *field, const char *password)
{
    const char *email = scope->caller->email;
    struct rows found;
    bool matches;

    if (!throttle_check(scope, THROTTLE_PASSWORD, email) ||
        !db_query(scope, &sql_users_find, PARAMS(email), &found))
        return false;
    if (found.count == 0)
        return fail(scope, ERR_UNAUTHORIZED, "The account is no more");
    if (!password_verify(scope, row_text(&found, 0, 1), password, &matches))
        return false;
    if (matches)
        return throttle_right(scope, THROTTLE_PASSWORD, email);
    if (!throttle_wrong(scope, THROTTLE_PASSWORD, email))
        return false;
    fail_field(scope, field, "wrong", "%s is not the account's password", field);
    return fail_and_keep(scope);
}

bool auth_identify(struct scope *scope, const char *token, const struct identity **identity)
{
    struct identity *found = scope_alloc(scope, sizeof *found);
    struct token_subject subject;

    if (!found || !token_verify(scope, token, &subject))
        return false;
    if (!session_identify(scope, subject.user_id, subject.session_id, found)) {
        fail(scope, ERR_UNAUTHORIZED, "The access token is not valid");
        return fail_detail(scope, "token: the session has ended, or the account is not active");
    }
    *identity = found;
    return true;
}
