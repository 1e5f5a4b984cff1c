/* token.c - access tokens: JWT (RFC 7519), signed and verified by the keys in force */
#include "keel/services/token.h"

#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/services/token_keys.h"
#include "token_claims.h"
#include "token_signature.h"

#include <inttypes.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

static const jwt_alg_t algorithms[TOKEN_ALGORITHM_COUNT] = {
    [TOKEN_HS256] = JWT_ALG_HS256, [TOKEN_RS256] = JWT_ALG_RS256, [TOKEN_ES256] = JWT_ALG_ES256};

/* Who has a token, as texts. */
struct holder {
    const char *user_id, *session_id, *jti;
};

static bool add_claims(jwt_t *jwt, const struct scope *scope, const struct token_key *key,
                       const struct holder *holder)
{
    const struct config *config = scope->config;
    const unsigned char *text = (const unsigned char *)key->signing;
    long now = (long)(scope->now / 1000000);

    return jwt_set_alg(jwt, algorithms[key->algorithm], text, (int)strlen(key->signing)) == 0 &&
           jwt_add_header(jwt, "kid", key->kid) == 0 &&
           jwt_add_grant(jwt, "iss", config->jwt_issuer) == 0 &&
           jwt_add_grant(jwt, "aud", config->jwt_audience) == 0 &&
           jwt_add_grant(jwt, "sub", holder->user_id) == 0 &&
           jwt_add_grant(jwt, "sid", holder->session_id) == 0 &&
           jwt_add_grant(jwt, "jti", holder->jti) == 0 && jwt_add_grant_int(jwt, "iat", now) == 0 &&
           jwt_add_grant_int(jwt, "nbf", now) == 0 &&
           jwt_add_grant_int(jwt, "exp", now + (long)config->access_token_s) == 0;
}

static bool sign(struct scope *scope, const struct token_key *key, const struct holder *holder,
                 const char **token)
{
    jwt_t *jwt = NULL;

    if (jwt_new(&jwt) != 0)
        return fail_memory(scope);
    char *encoded = add_claims(jwt, scope, key, holder) ? jwt_encode_str(jwt) : NULL;

    jwt_free(jwt);
    if (!encoded)
        return fail_memory(scope);
    *token = scope_copy(scope, encoded, strlen(encoded));
    free(encoded);
    return *token != NULL;
}

bool token_issue(struct scope *scope, struct token_subject subject, const char **token)
{
    char jti[33];
    const struct holder holder = {scope_format(scope, "%" PRId64, subject.user_id),
                                  scope_format(scope, "%" PRId64, subject.session_id), jti};
    const struct key_set *keys;

    if (!holder.user_id || !holder.session_id || !token_keys_now(scope, &keys))
        return false;
    if (!keys->signer || !random_hex(jti, 16))
        return fail(scope, ERR_INTERNAL, "Tokens cannot be signed here");
    return sign(scope, keys->signer, &holder, token);
}

bool token_verify(struct scope *scope, const char *token, struct token_subject *subject)
{
    const struct key_set *keys;
    struct token_parts parts;

    if (!token_split(scope, token, &parts) || !token_keys_now(scope, &keys))
        return false;
    const char *kid = token_kid(&parts);
    const struct token_key *key = kid ? key_set_find(keys, kid) : NULL;

    if (!key)
        return token_refuse(scope, "the key is unknown");
    return token_check_header(scope, &parts, token_algorithm_name(key->algorithm)) &&
           token_check_signature(scope, key, token, &parts) &&
           token_check_claims(scope, &parts, subject);
}
