/* row.h - one value of a result's row as JSON */
#ifndef KEEL_MODEL_ROW_H
#define KEEL_MODEL_ROW_H

#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/model/model.h"

/* Writes the value of a column that stands at `index` of the row; NULL is null. */
void row_write_value(struct buffer *buffer, const struct column *column, const struct rows *rows,
                     int row, int index);

#endif
