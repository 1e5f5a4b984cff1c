/* token_jwk.h - public keys as JSON Web Keys (RFC 7517) */
#ifndef KEEL_SERVICES_TOKEN_JWK_H
#define KEEL_SERVICES_TOKEN_JWK_H

#include "keel/services/token_keys.h"

#include <openssl/evp.h>

/* The public half of an asymmetric key, with its kid and algorithm. NULL: failed, recorded. */
const char *token_jwk_write(struct scope *scope, struct arena *arena, const struct token_key *key,
                            EVP_PKEY *parsed);

/* {"keys": [...]} of those that have one. NULL: failed, recorded. */
const char *token_jwks_write(struct scope *scope, struct arena *arena, const struct key_set *set);

#endif
