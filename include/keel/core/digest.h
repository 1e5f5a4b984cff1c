/* digest.h - a fingerprint of bytes */
#ifndef KEEL_CORE_DIGEST_H
#define KEEL_CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

/* 64 hexadecimal digits and a NUL. */
#define DIGEST_TEXT_SIZE 65

/* SHA-256 (FIPS 180-4) in lower-case hexadecimal. False when the library has no memory. */
bool digest_text(const void *bytes, size_t length, char text[DIGEST_TEXT_SIZE]);

#endif
