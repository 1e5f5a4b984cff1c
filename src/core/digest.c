/* digest.c - a fingerprint of bytes */
#include "keel/core/digest.h"

#include <openssl/evp.h>

bool digest_text(const void *bytes, size_t length, char text[DIGEST_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!EVP_Digest(bytes, length, hash, &size, EVP_sha256(), NULL))
        return false;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[2 * (size_t)size] = '\0';
    return true;
}
