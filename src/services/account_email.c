/* account_email.c - an account's address: shown to be its owner's, and changed */
#include "account_parts.h"
#include "keel/core/config.h"
#include "keel/model/changes.h"
#include "keel/services/account.h"
#include "keel/services/auth.h"
#include "sql.h"

static const struct column confirmation_columns[] = {
    {TEXT(struct email_confirmation, token), .uses = CREATE | REQUIRE, .min = 1, .max = 2048,
     .secret = true, .example = "\"kv_...\"",
     .doc = "What stands behind #token= in the mail's link."},
};

const struct model email_confirmation_model = {
    .name = "EmailConfirmation",
    COLUMNS(confirmation_columns),
    .size = sizeof(struct email_confirmation),
};

static const struct column change_columns[] = {
    {TEXT(struct email_change, email), .uses = CREATE | REQUIRE, .format = "email", .max = 255,
     .example = "\"ada@example.org\"", .doc = "The new address."},
    {TEXT(struct email_change, current_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 1, .max = 1024, .example = "\"correct horse battery\"",
     .doc = "The account's password."},
};

const struct model email_change_model = {
    .name = "EmailChange",
    COLUMNS(change_columns),
    .size = sizeof(struct email_change),
};

bool account_send_verification(struct scope *scope, int64_t user_id)
{
    struct account account;
    bool may;

    if (!account_lock(scope, user_id, &account))
        return false;
    if (!account.id)
        return true;
    return account_may_mail(scope, &account, MAIL_VERIFY, &may) &&
           (!may || account_mail_link(scope, &account, MAIL_VERIFY, NULL));
}

bool account_resend_verification(struct scope *scope)
{
    struct account account;

    if (!account_lock_caller(scope, &account))
        return false;
    if (account.is_verified)
        return fail(scope, ERR_CONFLICT, "The address is confirmed already");
    return account_require_pause(scope, &account, MAIL_VERIFY) &&
           account_mail_link(scope, &account, MAIL_VERIFY, NULL);
}

/* Whoever clicked in time shows that the address is theirs; other links stay good. */
static bool verify(struct scope *scope, const char *token, struct account_change *change)
{
    struct single_use_token found;
    struct account account;
    struct rows rows;

    if (!account_take(scope, SINGLE_USE_VERIFY, token, &account, &found) ||
        !db_query(scope, &sql_accounts_verify_email, PARAMS(param_int(scope, account.id)), &rows))
        return false;
    *change = (struct account_change){
        account.id, changes_of_one(scope, "email_verified", NULL, param_bool(true))};
    return change->changes;
}

static bool set_email(struct scope *scope, const struct account *account, const char *email)
{
    struct rows rows;

    if (db_query(scope, &sql_accounts_set_email, PARAMS(param_int(scope, account->id), email),
                 &rows))
        return true;
    if (scope->error.kind == ERR_CONFLICT)
        scope->error.message = "Another account has this address by now";
    return false;
}

static bool move(struct scope *scope, const char *token, struct account_change *change)
{
    struct single_use_token found;
    struct account account;

    if (!account_take(scope, SINGLE_USE_EMAIL, token, &account, &found))
        return false;
    *change = (struct account_change){account.id,
                                      changes_of_text(scope, "email", account.email, found.data)};
    return change->changes && set_email(scope, &account, found.data) &&
           single_use_forget_all(scope, account.id) &&
           account_notify(scope, &account, MAIL_EMAIL_CHANGED, found.data);
}

bool account_confirm_email(struct scope *scope, const char *token, struct account_change *change)
{
    return single_use_is(SINGLE_USE_EMAIL, token) ? move(scope, token, change)
                                                  : verify(scope, token, change);
}

/* Who has the new address already, if anybody; the caller's own is no change. */
static bool find_owner(struct scope *scope, const char *email, struct account *owner)
{
    if (!account_find(scope, email, owner))
        return false;
    if (owner->id == scope->caller->user_id)
        return fail_field(scope, "email", "unchanged", "This is the account's address already");
    if (owner->id && !scope->config->hide_accounts)
        return fail(scope, ERR_CONFLICT, "An account with this address exists already");
    return true;
}

bool account_change_email(struct scope *scope, const struct email_change *change)
{
    struct account account, owner;

    if (!account_lock_caller(scope, &account) ||
        !auth_confirm(scope, "current_password", change->current_password) ||
        !find_owner(scope, change->email, &owner) ||
        !account_require_pause(scope, &account, MAIL_EMAIL_CHANGE))
        return false;
    return owner.id ? account_mail_nobody(scope, MAIL_EMAIL_CHANGE, change->email)
                    : account_mail_link(scope, &account, MAIL_EMAIL_CHANGE, change->email);
}
