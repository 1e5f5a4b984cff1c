/* password.h - argon2id (RFC 9106) with the parameters of the settings */
#ifndef KEEL_SERVICES_PASSWORD_H
#define KEEL_SERVICES_PASSWORD_H

#include "keel/core/scope.h"

/*
 * The encoded hash of a password, in the scope's arena. Takes tens of milliseconds and the memory
 * of the settings.
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
