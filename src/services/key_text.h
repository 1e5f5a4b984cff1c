/* key_text.h - how an API key is written: keel_<name>_<secret and checksum> */
#ifndef KEEL_SERVICES_KEY_TEXT_H
#define KEEL_SERVICES_KEY_TEXT_H

#include "keel/core/scope.h"

/*
 * All but the underscores is letters and digits, so that a double click takes the whole. The name
 * is no secret and finds the row; the secret has 256 bits; the checksum (CRC-32 of all before it)
 * lets us, and those who search sources for secrets, tell a key from a typing error without asking
 * anybody.
 */
#define KEY_TEXT_START           "keel_"
#define KEY_TEXT_PREFIX_LENGTH   17 /* "keel_" and twelve characters */
#define KEY_TEXT_SECRET_LENGTH   43
#define KEY_TEXT_CHECKSUM_LENGTH 6
#define KEY_TEXT_LENGTH                                                                            \
    (KEY_TEXT_PREFIX_LENGTH + 1 + KEY_TEXT_SECRET_LENGTH + KEY_TEXT_CHECKSUM_LENGTH)

/* A new prefix, "keel_..." of a new name. NULL: failed, recorded. */
const char *key_text_make_prefix(struct scope *scope);

/* The prefix with a new secret and its checksum. NULL: failed, recorded. */
const char *key_text_make(struct scope *scope, const char *prefix);

/* Claim: it wants to be a key, and nothing else. */
bool key_text_is_meant(const char *text);

/* Claim: it is whole, with the right checksum. Whether there is such a key is another question. */
bool key_text_is_whole(const char *text);

#endif
