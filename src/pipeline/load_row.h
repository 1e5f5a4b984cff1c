/* load_row.h - one row of a file: checked, and written as COPY takes it, or refused */
#ifndef KEEL_PIPELINE_LOAD_ROW_H
#define KEEL_PIPELINE_LOAD_ROW_H

#include "keel/core/csv.h"
#include "keel/core/ndjson.h"
#include "load_parts.h"

/*
 * Each adds the row's line to `text` and gives true, or has it refused for whatever is wrong with
 * it. `scratch` is for what lives no longer than a few rows; its error is always cleared. Lack of
 * memory shows in `text` or the scratch's error.
 */
bool load_row_csv(struct load *load, struct scope *scratch, const struct csv_record *record,
                  struct buffer *text);
bool load_row_ndjson(struct load *load, struct scope *scratch, const struct ndjson_line *line,
                     struct buffer *text);

#endif
