/* copy.h - many rows into a table by COPY, as PostgreSQL's text format writes them */
#ifndef KEEL_DB_COPY_H
#define KEEL_DB_COPY_H

#include "keel/core/buffer.h"
#include "keel/db/db.h"

/*
 * Adds a value, escaped; NULL is SQL's NULL. The tabs between values and the newline behind each
 * row are the caller's.
 */
void copy_add_text(struct buffer *buffer, const char *text, size_t length);
void copy_add_null(struct buffer *buffer);

/*
 * Runs `COPY ... FROM STDIN` with these rows and waits for its end, in the caller's transaction if
 * there is one. Fails as db_query() does; the connection is as usable as after any other statement
 * that failed. `sql` takes no parameters.
 */
bool db_copy(struct scope *scope, const struct sql *sql, const char *rows, size_t length);

#endif
