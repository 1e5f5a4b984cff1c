/* json_escape.h - how a character is written inside a JSON string */
#ifndef KEEL_CORE_JSON_ESCAPE_H
#define KEEL_CORE_JSON_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_ESCAPE_SIZE 6

/* Claim: `c` stands for itself in a JSON string. Asked for every byte of every answer: no call. */
static inline bool json_is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/*
 * Writes the escape of `c` into JSON_ESCAPE_SIZE bytes and returns its length; 0 when `c` stands
 * for itself.
 */
size_t json_escape(unsigned char c, char *escape);

/*
 * json_plain_length() for whoever looks at no character of more than a byte: those of ASCII alone
 * stand for themselves.
 */
size_t json_ascii_length(const char *text, size_t length);

#endif
