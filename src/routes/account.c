/* account.c - the routes of what people do to their own account: password and address */
#include "keel/services/account.h"
#include "keel/http/crud.h"

static void note_caller(struct exchange *exchange)
{
    crud_note_row(exchange, users_model.table, exchange->scope.caller->user_id);
}

/* A mailed token says whose account it is. */
static bool note_account(struct exchange *exchange, const struct account_change *change)
{
    crud_note_row(exchange, users_model.table, change->user_id);
    exchange->audit.user_id = change->user_id;
    exchange->audit.changes = change->changes;
    return true;
}

static bool change_password(struct exchange *exchange)
{
    struct password_change change;

    note_caller(exchange);
    return input_load(&exchange->scope, &exchange->input, &change) &&
           account_change_password(&exchange->scope, &change);
}

static bool forgot_password(struct exchange *exchange)
{
    struct password_forgotten forgotten;

    return input_load(&exchange->scope, &exchange->input, &forgotten) &&
           account_forgot_password(&exchange->scope, forgotten.email);
}

static bool reset_password(struct exchange *exchange)
{
    struct password_reset reset;
    struct account_change change;

    return input_load(&exchange->scope, &exchange->input, &reset) &&
           account_reset_password(&exchange->scope, &reset, &change) &&
           note_account(exchange, &change);
}

static bool confirm_email(struct exchange *exchange)
{
    struct email_confirmation confirmation;
    struct account_change change;

    return input_load(&exchange->scope, &exchange->input, &confirmation) &&
           account_confirm_email(&exchange->scope, confirmation.token, &change) &&
           note_account(exchange, &change);
}

static bool resend_verification(struct exchange *exchange)
{
    note_caller(exchange);
    return account_resend_verification(&exchange->scope);
}

static bool change_email(struct exchange *exchange)
{
    struct email_change change;

    note_caller(exchange);
    return input_load(&exchange->scope, &exchange->input, &change) &&
           account_change_email(&exchange->scope, &change);
}

static const struct route routes[] = {
    {"account.password", POST, "/auth/password", change_password, ACCESS_SIGNED_IN,
     .rate = RATE_AUTH, .body = {&password_change_model, CREATE}, .success = 200,
     .message = "Password changed", .summary = "Another password; the other sessions end."},
    {"account.forgot_password", POST, "/auth/password/forgot", forgot_password, ACCESS_PUBLIC,
     .rate = RATE_AUTH, .body = {&password_forgotten_model, CREATE}, .success = 202,
     .flags = ROUTE_NO_CREDENTIALS,
     .message = "If an account has this address, a mail is on its way",
     .summary = "Have a link mailed that lets one choose a new password."},
    {"account.reset_password", POST, "/auth/password/reset", reset_password, ACCESS_PUBLIC,
     .rate = RATE_AUTH, .body = {&password_reset_model, CREATE}, .success = 200,
     .flags = ROUTE_NO_CREDENTIALS, .message = "Password changed; sign in with it",
     .summary = "A new password for the token of such a link; all sessions end."},
    {"account.verify_email", POST, "/auth/email/verify", confirm_email, ACCESS_PUBLIC,
     .rate = RATE_AUTH, .body = {&email_confirmation_model, CREATE}, .success = 200,
     .errors = ERROR_BIT(ERR_CONFLICT), .flags = ROUTE_NO_CREDENTIALS,
     .message = "Address confirmed",
     .summary = "Confirm an address, or a new one, by the token of a mailed link."},
    {"account.resend_verification", POST, "/auth/email/resend", resend_verification,
     ACCESS_SIGNED_IN, .rate = RATE_AUTH, .success = 202, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "A mail is on its way",
     .summary = "Have the link that confirms the address mailed again."},
    {"account.change_email", POST, "/auth/email", change_email, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&email_change_model, CREATE}, .success = 202, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "A mail is on its way to the new address",
     .summary = "Have a link mailed to another address, which is the account's once it is used."},
};

extern const struct module module_account;
const struct module module_account = {
    .name = "account", .doc = "One's own password and address.", ROUTES(routes)};
