/* second_factor.h - codes of an authenticator app on top of the password, and recovery codes */
#ifndef KEEL_SERVICES_SECOND_FACTOR_H
#define KEEL_SERVICES_SECOND_FACTOR_H

#include "keel/db/db.h"
#include "keel/model/model.h"

/* The bodies: to begin, to confirm that the app has the secret, and to end or renew. */
struct totp_start {
    const char *current_password;
};

struct totp_confirmation {
    const char *code;
};

struct totp_proof {
    const char *current_password;
    const char *code;
};

/* The answers. */
struct totp_secret {
    const char *secret; /* base32 */
    const char *uri;
};

struct recovery_codes {
    struct texts recovery_codes;
};

struct totp_state {
    bool enabled;
    struct instant enabled_at;
    int64_t recovery_codes_left;
};

extern const struct model totp_start_model;
extern const struct model totp_confirmation_model;
extern const struct model totp_proof_model;
extern const struct model totp_secret_model;
extern const struct model recovery_codes_model;
extern const struct model totp_state_model;

/* One row of totp_state_model's columns. */
bool second_factor_describe(struct scope *scope, int64_t user_id, struct rows *rows);
bool second_factor_is_on(struct scope *scope, int64_t user_id, bool *is_on);

/*
 * A new secret for the account; it is asked for at no login before it was confirmed. `email` is
 * what the app shows beside the code. ERR_CONFLICT when the second factor is on.
 */
bool second_factor_begin(struct scope *scope, int64_t user_id, const char *email,
                         struct totp_secret *secret);

/*
 * Turns it on with a code of the app, and gives recovery codes, which are good once each and never
 * shown again; a notice goes out. Wants a transaction. ERR_VALIDATION (field "code") for a wrong
 * one, ERR_CONFLICT when none was begun.
 */
bool second_factor_confirm(struct scope *scope, int64_t user_id, const char *code,
                           struct recovery_codes *codes);

/*
 * Uses up a code of the app, or a recovery code; `*right` tells. One that counted once is wrong,
 * and of two at once the second is. Wants a transaction, in which a wrong guess is to be kept
 * (fail_and_keep). ERR_CONFLICT when the second factor is not on.
 */
bool second_factor_check(struct scope *scope, int64_t user_id, const char *code, bool *right);

/* New recovery codes in place of all that there are. */
bool second_factor_renew_codes(struct scope *scope, int64_t user_id, struct recovery_codes *codes);

/*
 * Ends it, also one that was only begun; `*was_there` false: there was none. Wants a transaction: a
 * notice goes out if it was on.
 */
bool second_factor_remove(struct scope *scope, int64_t user_id, bool *was_there);

#endif
