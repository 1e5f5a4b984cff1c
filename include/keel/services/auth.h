/* auth.h - signing in, and who a token stands for */
#ifndef KEEL_SERVICES_AUTH_H
#define KEEL_SERVICES_AUTH_H

#include "keel/services/sessions.h"
#include "keel/services/users.h"

struct credentials {
    const char *email;
    const char *password;
};

/* The second step of signing in. */
struct second_step {
    const char *mfa_token;
    const char *code;
};

extern const struct model credentials_model;
extern const struct model second_step_model;

/*
 * Signs in. An unknown address, a wrong password and a deactivated account take the same time and
 * give the same ERR_UNAUTHORIZED; too many of them lock the address and the client out
 * (ERR_RATE_LIMITED, throttle.h), which costs no hash. A hash with older parameters is renewed. Who
 * knows the password of an account without a confirmed address is told so (ERR_FORBIDDEN), with
 * require_verified_email. With a second factor the grant is an mfa_token and nothing
 * else. Wants no transaction: it opens its own once the password is compared.
 */
bool auth_login(struct scope *scope, const struct credentials *credentials, struct grant *grant);

/*
 * The last step of every sign-in: session_open(), with a mail to the owner about a new place. Wants
 * a transaction.
 */
bool auth_open(struct scope *scope, int64_t user_id, struct grant *grant);

/*
 * The second step, where the first one gave an mfa_token instead of a session. Wants a transaction:
 * a wrong code uses up one of the token's attempts and counts as a wrong guess, both kept although
 * the answer is an error: ERR_UNAUTHORIZED, or ERR_RATE_LIMITED when locked out.
 */
bool auth_second_step(struct scope *scope, const struct second_step *step, struct grant *grant);

/*
 * The caller's own password once more, before something that a stolen token alone must not do. A
 * wrong one is ERR_VALIDATION of `field` (code "wrong"), counted as at signing in and kept
 * (fail_and_keep); ERR_RATE_LIMITED when locked.
 */
bool auth_confirm(struct scope *scope, const char *field, const char *password);

/*
 * The same for the second factor: a wrong code is ERR_VALIDATION of `field` (code "wrong"), counted
 * and kept; ERR_CONFLICT where there is none.
 */
bool auth_confirm_code(struct scope *scope, const char *field, const char *code);

/*
 * Who an access token or an API key stands for, with the permissions that the account has at this
 * moment. Fails with ERR_UNAUTHORIZED, for a deactivated account too.
 */
bool auth_identify(struct scope *scope, const char *token, const struct identity **identity);

#endif
