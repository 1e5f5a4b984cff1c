/* account_password.c - another password: by the old one, or by the link of a mail */
#include "account_parts.h"
#include "keel/services/account.h"
#include "keel/services/auth.h"
#include "keel/services/password.h"
#include "keel/services/single_use.h"
#include "sql.h"

static const struct column change_columns[] = {
    {TEXT(struct password_change, current_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 1, .max = 1024, .example = "\"correct horse battery\"",
     .doc = "The password until now."},
    {TEXT(struct password_change, new_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 10, .max = 1024, .example = "\"staple and another battery\"",
     .doc = "10 to 1024 bytes."},
};

const struct model password_change_model = {
    .name = "PasswordChange",
    COLUMNS(change_columns),
    .size = sizeof(struct password_change),
};

static const struct column forgotten_columns[] = {
    {TEXT(struct password_forgotten, email), .uses = CREATE | REQUIRE, .format = "email",
     .max = 255, .example = "\"ada@example.com\"",
     .doc = "Address of the account; case does not count."},
};

const struct model password_forgotten_model = {
    .name = "PasswordForgotten",
    COLUMNS(forgotten_columns),
    .size = sizeof(struct password_forgotten),
};

static const struct column reset_columns[] = {
    {TEXT(struct password_reset, token), .uses = CREATE | REQUIRE, .min = 1, .max = 2048,
     .secret = true, .example = "\"kp_...\"",
     .doc = "What stands behind #token= in the mail's link."},
    {TEXT(struct password_reset, new_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 10, .max = 1024, .example = "\"staple and another battery\"",
     .doc = "10 to 1024 bytes."},
};

const struct model password_reset_model = {
    .name = "PasswordReset",
    COLUMNS(reset_columns),
    .size = sizeof(struct password_reset),
};

/* What holds of every new password: nothing that the old one opened stays open, but `session`. */
static bool set_password(struct scope *scope, const struct account *account, const char *hash,
                         bool by_mail, int64_t session)
{
    struct rows rows;

    return db_query(scope, &sql_accounts_set_password,
                    PARAMS(param_int(scope, account->id), hash, param_bool(by_mail)), &rows) &&
           sessions_end(scope, account->id, session, session ? SESSIONS_OTHERS : SESSIONS_GLOBAL,
                        SESSION_PASSWORD) &&
           single_use_forget_all(scope, account->id) &&
           account_notify(scope, account, MAIL_PASSWORD_CHANGED, NULL);
}

bool account_change_password(struct scope *scope, const struct password_change *change)
{
    struct account account;
    const char *hash;

    return password_check_new(scope, "new_password", change->new_password, scope->caller->email) &&
           account_lock_caller(scope, &account) &&
           auth_confirm(scope, "current_password", change->current_password) &&
           password_hash(scope, change->new_password, &hash) &&
           set_password(scope, &account, hash, false, scope->caller->session_id);
}

bool account_forgot_password(struct scope *scope, const char *email)
{
    struct account account;
    bool may = false;

    if (!account_find(scope, email, &account))
        return false;
    if (account.is_active && !account_may_mail(scope, &account, MAIL_RESET, &may))
        return false;
    return may ? account_mail_link(scope, &account, MAIL_RESET, NULL)
               : account_mail_nobody(scope, MAIL_RESET, email);
}

/* The hash comes before the lock: it takes long, and whoever signs in meanwhile must not wait. */
bool account_reset_password(struct scope *scope, const struct password_reset *reset,
                            struct account_change *change)
{
    struct single_use_token found;
    struct account account;
    const char *hash;

    if (!single_use_find(scope, SINGLE_USE_RESET, reset->token, &found) ||
        !password_hash(scope, reset->new_password, &hash) ||
        !account_take(scope, SINGLE_USE_RESET, reset->token, &account, &found))
        return false;
    *change = (struct account_change){account.id, "{}"};
    return password_check_new(scope, "new_password", reset->new_password, account.email) &&
           set_password(scope, &account, hash, true, 0);
}
