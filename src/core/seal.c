/* seal.c - small secrets that must be read again, encrypted for the database */
#include "keel/core/seal.h"

#include "keel/core/random.h"
#include "keel/core/secret.h"
#include "keel/core/text.h"

#include <openssl/evp.h>
#include <string.h>

/*
 * The text is VERSION and base64url of nonce, ciphertext and tag. Whoever changes the form or how
 * the key is made gives it another version, and still reads this one.
 */
#define VERSION    "v1."
#define NONCE_SIZE 12
#define TAG_SIZE   16

/* No secret of people's is longer; it keeps lengths within int. */
#define LENGTH_MAX 4096

/* Never the setting itself: that serves other purposes, too. */
static bool derive_key(struct scope *scope, const char *setting, unsigned char *key)
{
    static const char label[] = "seal:v1";

    if (!*setting)
        return fail(scope, ERR_INTERNAL, "Secrets cannot be kept here");
    return secret_mac(setting, label, sizeof label - 1, key) || fail_memory(scope);
}

/* One direction or the other; both begin alike. */
static bool start(EVP_CIPHER_CTX *cipher, bool encrypts, const unsigned char *key,
                  const unsigned char *nonce, const char *context)
{
    int ignored;

    return EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, encrypts) == 1 &&
           EVP_CipherUpdate(cipher, NULL, &ignored, (const unsigned char *)context,
                            (int)strlen(context)) == 1;
}

/* `sealed` has the nonce already, and takes ciphertext and tag behind it. */
static bool encrypt(const unsigned char *key, const char *context, const void *bytes, size_t length,
                    unsigned char *sealed)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    unsigned char *to = sealed + NONCE_SIZE;
    int size;
    bool done = cipher && start(cipher, true, key, sealed, context) &&
                EVP_CipherUpdate(cipher, to, &size, bytes, (int)length) == 1 &&
                EVP_CipherFinal_ex(cipher, to + length, &size) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, to + length) == 1;

    EVP_CIPHER_CTX_free(cipher);
    return done;
}

const char *seal_write(struct scope *scope, const char *key, const char *context, const void *bytes,
                       size_t length)
{
    unsigned char derived[SECRET_MAC_SIZE];
    size_t size = NONCE_SIZE + length + TAG_SIZE;

    if (length > LENGTH_MAX) {
        fail(scope, ERR_INTERNAL, "The secret is too long to be kept");
        return NULL;
    }
    if (!derive_key(scope, key, derived))
        return NULL;
    unsigned char *sealed = scope_alloc(scope, size);

    if (!sealed)
        return NULL;
    if (!random_bytes(sealed, NONCE_SIZE)) {
        fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
        return NULL;
    }
    const char *text = encrypt(derived, context, bytes, length, sealed)
                           ? text_to_base64url(&scope->arena, sealed, size)
                           : NULL;

    if (text)
        return scope_format(scope, VERSION "%s", text);
    fail_memory(scope);
    return NULL;
}

/* What the tag vouches for and nothing else is given out. */
static bool decrypt(const unsigned char *key, const char *context, const unsigned char *sealed,
                    size_t length, unsigned char *bytes)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    unsigned char tag[TAG_SIZE];
    int size;

    memcpy(tag, sealed + NONCE_SIZE + length, TAG_SIZE);
    bool done = cipher && start(cipher, false, key, sealed, context) &&
                EVP_CipherUpdate(cipher, bytes, &size, sealed + NONCE_SIZE, (int)length) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
                EVP_CipherFinal_ex(cipher, bytes + length, &size) == 1;

    EVP_CIPHER_CTX_free(cipher);
    return done;
}

static bool refuse(struct scope *scope)
{
    fail(scope, ERR_INTERNAL, "Something went wrong on our side");
    return fail_detail(scope, "a stored secret cannot be read: its key is another one now, or it "
                              "was changed");
}

bool seal_read(struct scope *scope, const char *key, const char *context, const char *text,
               unsigned char **bytes, size_t *length)
{
    unsigned char derived[SECRET_MAC_SIZE];
    unsigned char *sealed;
    size_t size;

    if (!derive_key(scope, key, derived))
        return false;
    if (strncmp(text, VERSION, strlen(VERSION)) != 0)
        return refuse(scope);
    text += strlen(VERSION);
    if (!text_from_base64url(&scope->arena, text, strlen(text), &sealed, &size))
        return sealed ? refuse(scope) : fail_memory(scope);
    if (size < NONCE_SIZE + TAG_SIZE || size > NONCE_SIZE + LENGTH_MAX + TAG_SIZE)
        return refuse(scope);
    *length = size - NONCE_SIZE - TAG_SIZE;
    *bytes = scope_alloc(scope, *length + 1);
    return *bytes && (decrypt(derived, context, sealed, *length, *bytes) || refuse(scope));
}
