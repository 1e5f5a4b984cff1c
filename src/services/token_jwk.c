/* token_jwk.c - public keys as JSON Web Keys (RFC 7517, RFC 7518 section 6) */
#include "token_jwk.h"

#include "keel/core/json.h"
#include "keel/core/text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

/* A coordinate on P-256 has all its bytes, zeros in front too. */
#define COORDINATE_SIZE 32

static void add_text(struct buffer *out, const char *name, const char *text)
{
    if (out->length > 1)
        buffer_add_char(out, ',');
    json_add_key(out, name);
    json_add_text(out, text);
}

/* One number of the key; `size` 0: as many bytes as it has. */
static bool add_number(struct buffer *out, const char *name, EVP_PKEY *key, const char *parameter,
                       size_t size)
{
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1)
        return false;
    if (size == 0)
        size = (size_t)BN_num_bytes(number);
    unsigned char *bytes = arena_alloc(out->arena, size);
    const char *text = bytes && BN_bn2binpad(number, bytes, (int)size) >= 0
                           ? text_to_base64url(out->arena, bytes, size)
                           : NULL;

    BN_free(number);
    if (text)
        add_text(out, name, text);
    return text != NULL;
}

static bool add_numbers(struct buffer *out, enum token_algorithm algorithm, EVP_PKEY *key)
{
    if (algorithm == TOKEN_RS256)
        return add_number(out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0) &&
               add_number(out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    add_text(out, "crv", "P-256");
    return add_number(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE_SIZE) &&
           add_number(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE_SIZE);
}

const char *token_jwk_write(struct scope *scope, struct arena *arena, const struct token_key *key,
                            EVP_PKEY *parsed)
{
    struct buffer out;

    buffer_init(&out, arena);
    buffer_add_char(&out, '{');
    add_text(&out, "kty", key->algorithm == TOKEN_RS256 ? "RSA" : "EC");
    add_text(&out, "use", "sig");
    add_text(&out, "alg", token_algorithm_name(key->algorithm));
    add_text(&out, "kid", key->kid);
    bool done = add_numbers(&out, key->algorithm, parsed);

    buffer_add_char(&out, '}');
    if (done && !out.failed)
        return out.data;
    fail_memory(scope);
    return NULL;
}

const char *token_jwks_write(struct scope *scope, struct arena *arena, const struct key_set *set)
{
    const char *separator = "";
    struct buffer out;

    buffer_init(&out, arena);
    buffer_add_text(&out, "{\"keys\":[");
    for (size_t i = 0; i < set->count; i++) {
        if (!set->list[i].jwk)
            continue;
        buffer_add_text(&out, separator);
        buffer_add_text(&out, set->list[i].jwk);
        separator = ",";
    }
    buffer_add_text(&out, "]}\n");
    if (!out.failed)
        return out.data;
    fail_memory(scope);
    return NULL;
}
