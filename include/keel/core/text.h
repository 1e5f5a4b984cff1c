/* text.h - strict reading of numbers, UTF-8 (RFC 3629) and base64url (RFC 4648 section 5) */
#ifndef KEEL_CORE_TEXT_H
#define KEEL_CORE_TEXT_H

#include "keel/core/arena.h"

#include <stdint.h>

/* Bytes of the longest text that text_from_int() writes, with its NUL. */
#define TEXT_INT_SIZE 21

/* Writes the number in decimal, NUL-terminated; returns its length. */
size_t text_from_int(int64_t value, char text[TEXT_INT_SIZE]);

/*
 * Bytes of the well-formed character that `text` begins with; 0 when there is none (NUL counts as
 * none).
 */
size_t text_measure_character(const char *text, size_t length);

/*
 * Claim: well-formed UTF-8 without NUL, overlong forms, surrogates or code points above U+10FFFF.
 */
bool text_is_utf8(const char *text, size_t length);

/* Characters (code points) of well-formed UTF-8. */
size_t text_count_characters(const char *text, size_t length);

/* Claim: nothing in it but white space (Unicode's property White_Space). True for an empty text. */
bool text_is_blank(const char *text, size_t length);

/*
 * Takes the next piece off a text with `separator`s between: `*rest` moves behind it and is NULL
 * behind the last one. False when nothing is left; an empty text is one empty piece.
 */
bool text_next(const char **rest, char separator, const char **piece, size_t *length);

/* An optional '-' and digits (leading zeros too), nothing else, within 64 bits; false otherwise. */
bool text_to_int(const char *text, size_t length, int64_t *value);

/*
 * Claim: a decimal number as JSON writes it, without exponent: optional '-', digits (no leading
 * zero), and at most `scale` digits behind a point.
 */
bool text_is_decimal(const char *text, size_t length, unsigned scale);

/* Unpadded base64url of `length` bytes; NULL when there is no memory. */
char *text_to_base64url(struct arena *arena, const void *bytes, size_t length);

/*
 * The bytes behind unpadded base64url, in the arena; false for any other character, a wrong length
 * or stray bits, and, with `*bytes` NULL, when there is no memory.
 */
bool text_from_base64url(struct arena *arena, const char *text, size_t length,
                         unsigned char **bytes, size_t *size);

#endif
