/* token_key.h - one key: read from its file, judged, and shown as a JWK */
#ifndef KEEL_SERVICES_TOKEN_KEY_H
#define KEEL_SERVICES_TOKEN_KEY_H

#include "keel/services/token_keys.h"

#define TOKEN_SECRET_MIN 32
#define TOKEN_RSA_MIN    2048 /* bits */

/*
 * Fills everything but `kid` of a key from a file of PEM, or (`is_secret`) of a shared secret. The
 * texts belong to `arena`. ERR_INTERNAL, naming the file; `*gone` where there is no such file.
 */
bool token_key_read(struct scope *scope, struct arena *arena, const char *path, bool is_secret,
                    struct token_key *key, bool *gone);

#endif
