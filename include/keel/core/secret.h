/* secret.h - comparing, signing and judging secrets */
#ifndef KEEL_CORE_SECRET_H
#define KEEL_CORE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAC_SIZE 32

/* Claim: both are the same; takes the same time wherever they differ. */
bool secret_equals(const void *a, const void *b, size_t length);

/*
 * HMAC-SHA-256 (RFC 2104) of `text` into SECRET_MAC_SIZE bytes; false when the library has no
 * memory.
 */
bool secret_mac(const char *key, const void *text, size_t length, unsigned char *mac);

/* SHA-256 (FIPS 180-4) into SECRET_MAC_SIZE bytes; false when the library has no memory. */
bool secret_hash(const void *text, size_t length, unsigned char *hash);

/*
 * Claim: at least 32 bytes, nothing that examples in documents hold ("your-secret..."), not a
 * shorter text repeated.
 */
bool secret_is_strong(const char *secret);

#endif
