/* token_keys.h - the keys that sign and verify tokens: of the setting jwt_secret, and of files */
#ifndef KEEL_SERVICES_TOKEN_KEYS_H
#define KEEL_SERVICES_TOKEN_KEYS_H

#include "keel/core/scope.h"

#include <stddef.h>

/* RFC 7518, section 3.1. */
enum token_algorithm { TOKEN_HS256, TOKEN_RS256, TOKEN_ES256, TOKEN_ALGORITHM_COUNT };

struct token_key {
    const char *kid;
    enum token_algorithm algorithm; /* fixed by the key, never by what a token says */
    const char *signing;            /* the shared secret, or a private key in PEM; NULL: none */
    const char *verifying;          /* the shared secret, or the public key in PEM */
    struct evp_pkey_st *public_key; /* the same for libcrypto; NULL: a shared secret */
    const char *jwk;                /* the public key as JSON (RFC 7517); NULL: a shared secret */
    const char *file;               /* its path; NULL: the key of jwt_secret */
    int64_t changed_at;             /* of the file, microseconds since 1970 UTC */
};

/* All keys there are, by kid. */
struct key_set {
    const struct token_key *list;
    size_t count;
    const struct token_key *signer; /* NULL: none signs */
    const char *jwks;               /* {"keys": [...]}: the public ones */
};

/* What a process knows of the keys, until token_keys_close(). */
struct token_keys;

/* "HS256" and so on; the algorithm of such a name, false for any other text. */
const char *token_algorithm_name(enum token_algorithm algorithm);
bool token_algorithm_from_name(const char *name, enum token_algorithm *algorithm);

/*
 * Claim: can name a key and its file: 1 to 64 letters of A-Z, a-z, 0-9, _ and -.
 */
bool token_kid_is_valid(const char *kid);

/*
 * Reads the keys of the settings: that of jwt_secret, where it is set, and those in the files
 * <kid>.pem and <kid>.secret of key_folder. The file "signing" there names the one that signs;
 * without it jwt_secret's does. Everything belongs to `arena`. ERR_INTERNAL for a key that cannot
 * be used: broken, weak, readable by everybody, or a kid that comes twice.
 */
bool key_set_read(struct scope *scope, struct arena *arena, struct key_set *set);

/*
 * Reads them for a process that signs and verifies. ERR_INTERNAL as above, and where no key signs.
 * From then on a changed folder is noticed with the next token: keys come and go without a restart.
 * One that cannot be read any more is logged, and those from before stay in force.
 */
bool token_keys_open(struct scope *scope, struct token_keys **keys);
void token_keys_close(struct token_keys *keys);

/*
 * The keys in force: scope->token_keys as the folder is now, or, where that is NULL, those of
 * jwt_secret alone. They stay valid until this is called again.
 */
bool token_keys_now(struct scope *scope, const struct key_set **set);

/* The key of this kid; NULL: there is none. */
const struct token_key *key_set_find(const struct key_set *set, const char *kid);

#endif
