/* base32.h - bytes as text that people can type (RFC 4648 section 6, and Crockford's) */
#ifndef KEEL_CORE_BASE32_H
#define KEEL_CORE_BASE32_H

#include "keel/core/arena.h"

#define BASE32_RFC4648   "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define BASE32_CROCKFORD "0123456789abcdefghjkmnpqrstvwxyz" /* nothing that looks like another */

/* `length` bytes in an alphabet of 32 characters, without padding; NULL when there is no memory. */
char *base32_write(struct arena *arena, const char *alphabet, const void *bytes, size_t length);

#endif
