/* auth.c - signing in, and who a token stands for */
#include "keel/services/auth.h"

#include "account_parts.h"
#include "keel/core/config.h"
#include "keel/services/account.h"
#include "keel/services/api_keys.h"
#include "keel/services/password.h"
#include "keel/services/second_factor.h"
#include "keel/services/throttle.h"
#include "keel/services/token.h"
#include "second_step.h"
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

/* `hash` is then the one that the account has. */
static bool renew_hash(struct scope *scope, const struct rows *user, const char *password,
                       const char **hash)
{
    struct rows rows;

    *hash = row_text(user, 0, 1);
    if (!password_is_outdated(scope->config, *hash))
        return true;
    return password_hash(scope, password, hash) &&
           db_query(scope, &sql_accounts_renew_hash,
                    PARAMS(row_text(user, 0, 0), *hash, row_text(user, 0, 1)), &rows);
}

/* Ends a transaction of ours: login's row opens none, as comparing takes long. */
static bool finish(struct scope *scope, bool done)
{
    if (done && db_commit(scope))
        return true;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

/* Told only to who knows the password. The link comes again, as the first one may be lost. */
static bool require_verified(struct scope *scope, const struct rows *user)
{
    if (!scope->config->require_verified_email || row_bool(user, 0, 3))
        return true;
    return finish(scope,
                  db_begin(scope) && account_send_verification(scope, row_int(user, 0, 0))) &&
           fail(scope, ERR_FORBIDDEN,
                "The address is not confirmed yet; open the link that was mailed to it");
}

bool auth_open(struct scope *scope, int64_t user_id, struct grant *grant)
{
    struct account account;
    bool is_new_place;

    if (!session_open(scope, user_id, grant, &is_new_place))
        return false;
    if (!is_new_place)
        return true;
    return account_get(scope, user_id, &account) &&
           account_notify(scope, &account, MAIL_NEW_DEVICE, NULL);
}

/* After the password: a session, or what asks for the second factor. */
static bool go_on(struct scope *scope, int64_t user_id, struct grant *grant)
{
    bool is_on;

    if (!second_factor_is_on(scope, user_id, &is_on))
        return false;
    return is_on ? second_step_ask(scope, user_id, grant) : auth_open(scope, user_id, grant);
}

/*
 * Comparing took a while: a password that was changed meanwhile opens nothing any more. The account
 * is held, so that a change that ends all sessions ends this one too.
 */
static bool open_held(struct scope *scope, const char *user, const char *hash, struct grant *grant,
                      bool *is_held)
{
    struct rows rows;

    if (!db_query(scope, &sql_accounts_hold, PARAMS(user, hash), &rows))
        return false;
    *is_held = rows.count > 0;
    return !*is_held || go_on(scope, row_int(&rows, 0, 0), grant);
}

static bool let_in(struct scope *scope, const struct rows *user,
                   const struct credentials *credentials, struct grant *grant)
{
    const char *hash;
    bool is_held = false;

    if (!require_verified(scope, user) || !renew_hash(scope, user, credentials->password, &hash) ||
        !finish(scope,
                db_begin(scope) && open_held(scope, row_text(user, 0, 0), hash, grant, &is_held)))
        return false;
    return is_held || refuse(scope, credentials->email, "the account was changed meanwhile");
}

bool auth_login(struct scope *scope, const struct credentials *credentials, struct grant *grant)
{
    struct rows found;

    if (!throttle_check(scope, THROTTLE_PASSWORD, credentials->email) ||
        !db_query(scope, &sql_users_find, PARAMS(credentials->email), &found))
        return false;
    if (found.count == 0)
        return refuse_slowly(scope, credentials);
    return check_password(scope, &found, credentials) && let_in(scope, &found, credentials, grant);
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

static bool identify_session(struct scope *scope, const char *token, struct identity *identity)
{
    struct token_subject subject;

    if (!token_verify(scope, token, &subject))
        return false;
    if (session_identify(scope, subject.user_id, subject.session_id, identity))
        return true;
    fail(scope, ERR_UNAUTHORIZED, "The access token is not valid");
    return fail_detail(scope, "token: the session has ended, or the account is not active");
}

bool auth_identify(struct scope *scope, const char *token, const struct identity **identity)
{
    struct identity *found = scope_alloc(scope, sizeof *found);

    if (!found || !(api_key_is_meant(token) ? api_key_identify(scope, token, found)
                                            : identify_session(scope, token, found)))
        return false;
    *identity = found;
    return true;
}
