/* token_signature.h - whether a key has signed a token */
#ifndef KEEL_SERVICES_TOKEN_SIGNATURE_H
#define KEEL_SERVICES_TOKEN_SIGNATURE_H

#include "keel/services/token_keys.h"
#include "token_claims.h"

/*
 * Refuses a token whose signature is not the key's, or of another algorithm than the key's. The
 * header was compared with the key before (token_check_header()).
 */
bool token_check_signature(struct scope *scope, const struct token_key *key, const char *token,
                           const struct token_parts *parts);

#endif
