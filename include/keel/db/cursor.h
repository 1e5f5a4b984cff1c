/* cursor.h - the rows of one SELECT, however many, read in batches at constant memory */
#ifndef KEEL_DB_CURSOR_H
#define KEEL_DB_CURSOR_H

#include "keel/db/db.h"

struct db_cursor;

/*
 * Declares a cursor for a SELECT in the transaction that is open, which must stay open, and asks
 * for its first rows. The plan is the one that is best for all rows, not for the first ones. Other
 * statements may be run meanwhile; they wait for the rows that were asked for. Belongs to the
 * scope's arena; `sql->name` must stay as long. Fails as db_query() does.
 */
bool db_cursor_open(struct scope *scope, const struct sql *sql, struct params params,
                    struct db_cursor **cursor);

/*
 * The next rows; `rows->count` 0 is the end. They stay, to be read in place, until the next call;
 * the server makes those behind them meanwhile. A batch takes about 160 KiB whatever the rows'
 * size is, but for those much larger than the ones before. Fails as db_query() does.
 */
bool db_cursor_next(struct db_cursor *cursor, struct rows *rows);

/* Ends it before the transaction does, and gives its memory back. */
bool db_cursor_close(struct db_cursor *cursor);

/*
 * Takes up what a cursor has asked for: to be called before db_connection() is used, which is not
 * free otherwise. Fails as db_query() does.
 */
bool db_settle(struct scope *scope);

#endif
