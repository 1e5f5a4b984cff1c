/* password.h - argon2id (RFC 9106) with the parameters of the settings */
#ifndef KEEL_SERVICES_PASSWORD_H
#define KEEL_SERVICES_PASSWORD_H

#include "keel/core/scope.h"

/*
 * Whether a password may be chosen for the account of `email`: its length (the column
 * "password" of registration_model), none of the commonest (src/services/common_passwords.txt), not
 * the address or what stands before its @; case does not count. Else ERR_VALIDATION with `field`
 * and the code "too_short", "too_long" or "too_common". Called wherever a password is set.
 */
bool password_check_new(struct scope *scope, const char *field, const char *password,
                        const char *email);

/*
 * The encoded hash of a password, in the scope's arena. Takes tens of milliseconds and the memory
 * of the settings, and with hash_file waits for its turn among the node's processes:
 * ERR_UNAVAILABLE when none comes within hash_wait_ms. So does password_verify().
 */
bool password_hash(struct scope *scope, const char *password, const char **hash);

/*
 * Compares; `*matches` tells. A hash whose parameters would take the process down (written by
 * somebody else) fails with ERR_INTERNAL instead of being computed.
 */
bool password_verify(struct scope *scope, const char *hash, const char *password, bool *matches);

/* Claim: the hash was made with other parameters than the settings have now, and wants renewal. */
bool password_is_outdated(const struct config *config, const char *hash);

#endif
