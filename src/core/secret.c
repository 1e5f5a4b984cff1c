/* secret.c - comparing, signing and judging secrets */
#include "keel/core/secret.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>

#define STRONG_SIZE 32

bool secret_equals(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

bool secret_mac(const char *key, const void *text, size_t length, unsigned char *mac)
{
    size_t key_length = strlen(key);
    unsigned int size = SECRET_MAC_SIZE;

    if (key_length > INT_MAX)
        return false;
    return HMAC(EVP_sha256(), key, (int)key_length, text, length, mac, &size) != NULL;
}

bool secret_hash(const void *text, size_t length, unsigned char *hash)
{
    return EVP_Digest(text, length, hash, NULL, EVP_sha256(), NULL) == 1;
}

/* Claim: a shorter text again and again ("changemechangeme..."), one character among it. */
static bool repeats_itself(const char *secret, size_t length)
{
    for (size_t period = 1; period <= length / 2; period++) {
        if (memcmp(secret, secret + period, length - period) == 0)
            return true;
    }
    return false;
}

/*
 * Claim: it holds what examples in documents hold; chance does not put any of these into a random
 * text.
 */
static bool looks_like_an_example(const char *secret)
{
    static const char *const phrases[] = {
        "changeme",     "change-me",        "change_me",         "change-this", "change_this",
        "your-secret",  "your_secret",      "your-super-secret", "secret-key",  "secret_key",
        "secretkey",    "at-least-256-bit", "at-least-32-char",  "example",     "0123456789abcdef",
        "123456789012", "abcdefghijklmnop", "placeholder",       "replace-me",  "replace_me",
    };

    for (; *secret; secret++) {
        for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
            if (strncasecmp(secret, phrases[i], strlen(phrases[i])) == 0)
                return true;
        }
    }
    return false;
}

bool secret_is_strong(const char *secret)
{
    size_t length = strlen(secret);

    return length >= STRONG_SIZE && !repeats_itself(secret, length) &&
           !looks_like_an_example(secret);
}
