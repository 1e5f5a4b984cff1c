/* json_escape.h - how a character is written inside a JSON string */
#ifndef KEEL_CORE_JSON_ESCAPE_H
#define KEEL_CORE_JSON_ESCAPE_H

#include <stddef.h>

#define JSON_ESCAPE_SIZE 6

/*
 * Writes the escape of `c` into JSON_ESCAPE_SIZE bytes and returns its length; 0 when `c` stands
 * for itself.
 */
size_t json_escape(unsigned char c, char *escape);

#endif
