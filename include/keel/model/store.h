/* store.h - reading and writing one row by its column table */
#ifndef KEEL_MODEL_STORE_H
#define KEEL_MODEL_STORE_H

#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/model/input.h"

/*
 * Each gives the row as it is afterwards, with the READ columns in the model's order, and fails
 * with ERR_NOT_FOUND where there is none (a soft-deleted row counts as none, but for
 * store_restore()). A constraint that says no becomes a field error or ERR_CONFLICT by its name
 * (constraint.c).
 */
bool store_get(struct scope *scope, const struct model *model, int64_t id, struct rows *rows);

/* The row's version in the column "version", locked until the transaction ends. */
bool store_lock(struct scope *scope, const struct model *model, int64_t id, struct rows *rows);
bool store_create(struct scope *scope, const struct input *input, struct rows *rows);

/* With `replace`, a column that may be changed and is absent gets its default; else it stays. */
bool store_update(struct scope *scope, int64_t id, const struct input *input, bool replace,
                  struct rows *rows);
bool store_delete(struct scope *scope, const struct model *model, int64_t id);
bool store_restore(struct scope *scope, const struct model *model, int64_t id, struct rows *rows);

/*
 * Fills the model's struct from a row that holds the READ columns in order; texts belong to the
 * result.
 */
bool model_load(struct scope *scope, const struct model *model, const struct rows *rows, int row,
                void *record);

/* Writes a row as a JSON object. Columns of `rows` are the READ columns in order. */
void model_write_row(struct buffer *buffer, const struct model *model, const struct rows *rows,
                     int row);

/* Fills the model's struct from a decoded body; what is absent or null stays zero. */
bool input_load(struct scope *scope, const struct input *input, void *record);

/* Writes the READ columns of the model's struct as a JSON object; a NULL text is null. */
void model_write_record(struct buffer *buffer, const struct model *model, const void *record);

/* `a, b, (expression) AS c`: the READ columns, for a SELECT or RETURNING. */
void model_add_columns(struct buffer *buffer, const struct model *model);

/* The model's column that a result's column `index` holds. */
const struct column *model_read_column(const struct model *model, int index);

/*
 * Turns a recorded constraint violation into the error a caller understands; `writes` says that a
 * row was being written, not removed.
 */
void constraint_explain(struct scope *scope, const struct model *model, bool writes);

#endif
