/* account.h - what people do to their own account: password, address, and its end */
#ifndef KEEL_SERVICES_ACCOUNT_H
#define KEEL_SERVICES_ACCOUNT_H

#include "keel/services/users.h"

/* The bodies of the flows. */
struct password_change {
    const char *current_password;
    const char *new_password;
};

struct password_forgotten {
    const char *email;
};

struct password_reset {
    const char *token;
    const char *new_password;
};

struct email_confirmation {
    const char *token;
};

struct email_change {
    const char *email;
    const char *current_password;
};

struct account_removal {
    const char *current_password;
};

/* What a mailed token did, and to whose account. */
struct account_change {
    int64_t user_id;
    const char *changes; /* as JSON (model/changes.h) */
};

extern const struct model password_change_model;
extern const struct model password_forgotten_model;
extern const struct model password_reset_model;
extern const struct model email_confirmation_model;
extern const struct model email_change_model;
extern const struct model account_removal_model;

/*
 * All of them want a transaction; mails are queued in it. What a caller's own password is asked
 * for fails as auth_confirm() does, in the field "current_password". A new password fails as
 * password_check_new() does, in "new_password". Tokens that are good for nothing are ERR_VALIDATION
 * of "token".
 */

/*
 * Makes an account with the setting default_role and mails a link that confirms its address.
 * ERR_CONFLICT when the address is taken; with hide_accounts that is told to nobody but the
 * account's owner, by mail, and `*id` is 0.
 */
bool account_register(struct scope *scope, const struct registration *registration, int64_t *id);

/* Another password for the caller: their other sessions end, mailed links die, a notice goes out.
 */
bool account_change_password(struct scope *scope, const struct password_change *change);

/*
 * Mails a link that lets its reader choose a new password, to active accounts and no more often
 * than account_mail_pause_s. The caller learns nothing from it, nor from the time that it takes.
 */
bool account_forgot_password(struct scope *scope, const char *email);

/*
 * A new password for whoever has the mailed token: all sessions end, other links die, a notice goes
 * out, and the address is confirmed.
 */
bool account_reset_password(struct scope *scope, const struct password_reset *reset,
                            struct account_change *change);

/*
 * Uses the token of a mail up: the address is confirmed, or the new one takes the place of the old
 * one, which gets a notice (ERR_CONFLICT when it is somebody else's by now).
 */
bool account_confirm_email(struct scope *scope, const char *token, struct account_change *change);

/* The link of registering once more. ERR_CONFLICT when confirmed already, ERR_RATE_LIMITED. */
bool account_resend_verification(struct scope *scope);

/* The same for an account that may not sign in before; too soon sends nothing and is no error. */
bool account_send_verification(struct scope *scope, int64_t user_id);

/*
 * Mails a link to the caller's new address; nothing changes before it is used. ERR_CONFLICT when
 * the address is taken, which hide_accounts keeps quiet about; ERR_RATE_LIMITED.
 */
bool account_change_email(struct scope *scope, const struct email_change *change);

/* Removes the caller's account as users_remove() does. */
bool account_remove(struct scope *scope, const char *current_password);

#endif
