/* json.h - strict JSON in (RFC 8259), JSON text out */
#ifndef KEEL_CORE_JSON_H
#define KEEL_CORE_JSON_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"

struct json_object;

/* How deep arrays and objects may stand in each other. */
#define JSON_MAX_DEPTH 32

/*
 * How many arrays and objects, and how many values inside them, one text may hold. json-c takes
 * several hundred bytes for each `{}`: without these a body of one megabyte would cost hundreds.
 */
#define JSON_MAX_CONTAINERS 8192
#define JSON_MAX_VALUES     65536

/*
 * Parses exactly one JSON value. What json-c lets pass even in strict mode is refused first: single
 * quotes, NaN, Infinity, comments, trailing commas, a BOM, bytes behind the value, raw control
 * characters, malformed UTF-8, lone surrogates, \u0000, integers outside 64 bits, numbers outside a
 * double's range, duplicate keys, what passes the limits above. `*value` belongs to the scope's
 * arena (NULL is JSON null). Fails with ERR_MALFORMED, saying what and at which byte (from 0).
 */
bool json_parse(struct scope *scope, const char *text, size_t length, struct json_object **value);

/* How many of the first bytes stand for themselves inside a string. */
size_t json_plain_length(const char *text, size_t length);

/* A string with its quotes, escaped; `text` must be UTF-8. */
void json_add_string(struct buffer *buffer, const char *text, size_t length);

/* The same for a NUL-terminated text; NULL gives null. */
void json_add_text(struct buffer *buffer, const char *text);

/* `"name":`, of a name that needs no escape: one of our tables, never somebody's text. */
void json_add_key(struct buffer *buffer, const char *name);

#endif
