/* digest.c - a fingerprint of bytes */
#include "keel/core/digest.h"

#include <openssl/evp.h>

static void write_text(const unsigned char *hash, size_t size, char text[DIGEST_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[2 * size] = '\0';
}

bool digest_text(const void *bytes, size_t length, char text[DIGEST_TEXT_SIZE])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!EVP_Digest(bytes, length, hash, &size, EVP_sha256(), NULL))
        return false;
    write_text(hash, size, text);
    return true;
}

bool digest_begin(struct digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    return digest->context && EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL);
}

bool digest_add(struct digest *digest, const void *bytes, size_t length)
{
    return EVP_DigestUpdate(digest->context, bytes, length);
}

bool digest_end(struct digest *digest, char text[DIGEST_TEXT_SIZE])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    bool done = digest->context && EVP_DigestFinal_ex(digest->context, hash, &size);

    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
    if (done)
        write_text(hash, size, text);
    return done;
}
