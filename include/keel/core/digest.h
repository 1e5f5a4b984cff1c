/* digest.h - a fingerprint of bytes */
#ifndef KEEL_CORE_DIGEST_H
#define KEEL_CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

/* 64 hexadecimal digits and a NUL. */
#define DIGEST_TEXT_SIZE 65

/* SHA-256 (FIPS 180-4) in lower-case hexadecimal. False when the library has no memory. */
bool digest_text(const void *bytes, size_t length, char text[DIGEST_TEXT_SIZE]);

/* The same of bytes that come one after the other. Begun, it has to be ended. */
struct digest {
    void *context;
};

/* Each is false when the library fails; digest_end() then gives no text, and frees in any case. */
bool digest_begin(struct digest *digest);
bool digest_add(struct digest *digest, const void *bytes, size_t length);
bool digest_end(struct digest *digest, char text[DIGEST_TEXT_SIZE]);

#endif
