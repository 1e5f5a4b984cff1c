/* array.h - a list of texts as PostgreSQL writes an array (manual, section 8.15.6) */
#ifndef KEEL_MODEL_ARRAY_H
#define KEEL_MODEL_ARRAY_H

#include "keel/core/buffer.h"

struct array {
    struct buffer text;
};

void array_begin(struct array *array, struct arena *arena);

/* Adds an element; NULL is SQL's NULL. */
void array_add(struct array *array, const char *element);

/* The whole, `{"a","b",NULL}`; NULL when there was no memory. */
const char *array_end(struct array *array);

/* Writes an array that array_end() gave as JSON: `["a","b",null]`. */
void array_add_json(struct buffer *buffer, const char *text);

#endif
