/* token_signature.c - whether a key has signed a token */
#include "token_signature.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

/* RFC 7518, section 3.4: both numbers with all their bytes. */
#define NUMBER_SIZE 32

/*
 * By libjwt, which takes the algorithm from the token: so what it used is compared with the key's
 * again. What it decoded is not looked at, as both parts were read strictly before.
 */
static bool check_secret(struct scope *scope, const struct token_key *key, const char *token)
{
    jwt_t *jwt = NULL;
    int error =
        jwt_decode(&jwt, token, (const unsigned char *)key->verifying, (int)strlen(key->verifying));

    if (error == ENOMEM)
        return fail_memory(scope);
    if (error != 0)
        return token_refuse(scope, "the signature is wrong");
    bool pinned = jwt_get_alg(jwt) == JWT_ALG_HS256;

    jwt_free(jwt);
    return pinned || token_refuse(scope, "the algorithm is not the key's");
}

/* What JWT writes as two numbers in a row, OpenSSL reads as a sequence. -1: there is no memory. */
static int write_sequence(const unsigned char *numbers, unsigned char **sequence)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(numbers, NUMBER_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(numbers + NUMBER_SIZE, NUMBER_SIZE, NULL);
    int length = -1;

    *sequence = NULL;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        length = i2d_ECDSA_SIG(pair, sequence);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    return length;
}

/* Claim: the bytes are the key's signature of the token's first two parts. */
static bool is_signed(EVP_MD_CTX *context, const struct token_key *key,
                      const struct token_parts *parts, const unsigned char *signature, size_t size)
{
    bool done =
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->public_key) == 1 &&
        EVP_DigestVerify(context, signature, size, (const unsigned char *)parts->signed_text,
                         parts->signed_length) == 1;

    ERR_clear_error();
    return done;
}

static bool check_pair(struct scope *scope, EVP_MD_CTX *context, const struct token_key *key,
                       const struct token_parts *parts)
{
    unsigned char *sequence;

    if (parts->signature_size != (size_t)NUMBER_SIZE * 2)
        return token_refuse(scope, "the signature is wrong");
    int length = write_sequence(parts->signature, &sequence);

    if (length < 0)
        return fail_memory(scope);
    bool done = is_signed(context, key, parts, sequence, (size_t)length);

    OPENSSL_free(sequence);
    return done || token_refuse(scope, "the signature is wrong");
}

/*
 * libjwt would read the PEM anew for each token: verifying one then took 640 us (RS256) and 1150
 * (ES256) instead of 60 and 160.
 */
static bool check_public(struct scope *scope, const struct token_key *key,
                         const struct token_parts *parts)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done;

    if (!context)
        return fail_memory(scope);
    if (key->algorithm == TOKEN_ES256)
        done = check_pair(scope, context, key, parts);
    else
        done = is_signed(context, key, parts, parts->signature, parts->signature_size) ||
               token_refuse(scope, "the signature is wrong");
    EVP_MD_CTX_free(context);
    return done;
}

bool token_check_signature(struct scope *scope, const struct token_key *key, const char *token,
                           const struct token_parts *parts)
{
    return key->algorithm == TOKEN_HS256 ? check_secret(scope, key, token)
                                         : check_public(scope, key, parts);
}
