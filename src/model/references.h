/* references.h - whose rows refer to a table's, and so keep them from being removed */
#ifndef KEEL_MODEL_REFERENCES_H
#define KEEL_MODEL_REFERENCES_H

#include "keel/db/db.h"
#include "keel/model/model.h"

/* The columns that references_read() gives; table and column are quoted where SQL needs it. */
enum reference_part { REFERENCE_TABLE, REFERENCE_COLUMN, REFERENCE_NAME, REFERENCE_IS_SOFT };

/* One row per column that refers to the model's id. Fails as db_query() does. */
bool references_read(struct scope *scope, const struct model *model, struct rows *references);

/*
 * Says who uses the row: "Category is used by 3 categories and 12 items"; NULL for nobody. Rows
 * deleted softly are not counted where the model's own are deleted so. Fails as db_query() does.
 */
bool references_describe(struct scope *scope, const struct model *model, int64_t id,
                         const char **sentence);

#endif
