/* row.h - a result's row: one value as JSON, all as CSV */
#ifndef KEEL_MODEL_ROW_H
#define KEEL_MODEL_ROW_H

#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/model/selection.h"

/* Writes the value of a column that stands at `index` of the row; NULL is null. */
void row_write_value(struct buffer *buffer, const struct column *column, const struct rows *rows,
                     int row, int index);

/* Writes the selected columns as a line of CSV. */
void row_write_csv(struct buffer *buffer, const struct selection *selection,
                   const struct rows *rows, int row);

/* More than any time that PostgreSQL writes. */
#define ROW_TIME_SIZE 40

/*
 * "2026-01-12 10:00:00.5+00" as PostgreSQL says it in UTC becomes RFC 3339 by two characters.
 * Returns its length; 0 for what has no such form ("infinity").
 */
size_t row_rewrite_time(const char *text, size_t length, char rewritten[ROW_TIME_SIZE]);

#endif
