/* account.c - how an account begins, and how its owner ends it */
#include "keel/services/account.h"

#include "account_parts.h"
#include "keel/core/config.h"
#include "keel/services/auth.h"

static const struct column removal_columns[] = {
    {TEXT(struct account_removal, current_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 1, .max = 1024, .example = "\"correct horse battery\"",
     .doc = "The account's password."},
};

const struct model account_removal_model = {
    .name = "AccountRemoval",
    COLUMNS(removal_columns),
    .size = sizeof(struct account_removal),
};

/* The address is taken: only who reads its mail is told so. */
static bool tell_owner(struct scope *scope, const char *email)
{
    struct account account;
    bool may = false;

    if (!account_find(scope, email, &account))
        return false;
    if (account.id && !account_may_mail(scope, &account, MAIL_REGISTERED_AGAIN, &may))
        return false;
    return may ? account_notify(scope, &account, MAIL_REGISTERED_AGAIN, NULL)
               : account_mail_nobody(scope, MAIL_REGISTERED_AGAIN, email);
}

bool account_register(struct scope *scope, const struct registration *registration, int64_t *id)
{
    if (users_create(scope, registration, scope->config->default_role, id))
        return account_send_verification(scope, *id);
    if (!scope->config->hide_accounts || scope->error.kind != ERR_CONFLICT)
        return false;
    scope_clear_error(scope);
    *id = 0;
    return tell_owner(scope, registration->email);
}

bool account_remove(struct scope *scope, const char *current_password)
{
    struct account account;

    return account_lock_caller(scope, &account) &&
           auth_confirm(scope, "current_password", current_password) &&
           users_remove(scope, account.id);
}
