/* cursor.h - where a list goes on: opaque to clients, signed, bound to its table and order */
#ifndef KEEL_MODEL_CURSOR_H
#define KEEL_MODEL_CURSOR_H

#include "keel/core/scope.h"

/* Makes the cursor of `count` values of a row. NULL: failed, recorded. */
const char *cursor_encode(struct scope *scope, const char *table, const char *sort,
                          const char *const *values, size_t count);

/*
 * Reads a cursor back: `*sort` is the order it belongs to, `*values` its `*count` values (at most
 * LIST_SORT_MAX + 1). False without an error recorded when it is not one of ours, or one of another
 * table.
 */
bool cursor_decode(struct scope *scope, const char *table, const char *text, const char **sort,
                   const char *const **values, size_t *count);

#endif
