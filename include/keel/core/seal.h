/* seal.h - small secrets that must be read again, encrypted for the database */
#ifndef KEEL_CORE_SEAL_H
#define KEEL_CORE_SEAL_H

#include "keel/core/scope.h"

/*
 * Bytes as text that only who knows `key` (a setting) can read or change: AES-256-GCM. `context`
 * says whose it is ("totp:42"); it is no part of the text, and read with another one the text is
 * refused, so that nobody can move it to another row. NULL: failed, recorded; ERR_INTERNAL for an
 * empty key.
 */
const char *seal_write(struct scope *scope, const char *key, const char *context, const void *bytes,
                       size_t length);

/* The bytes behind it, in the arena. ERR_INTERNAL for another key or context, or a changed text. */
bool seal_read(struct scope *scope, const char *key, const char *context, const char *text,
               unsigned char **bytes, size_t *length);

#endif
