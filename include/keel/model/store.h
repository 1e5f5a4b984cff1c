/* store.h - reading and writing one row by its column table */
#ifndef KEEL_MODEL_STORE_H
#define KEEL_MODEL_STORE_H

#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/model/input.h"
#include "keel/model/selection.h"

/*
 * Each gives the row as it is afterwards, with the columns of selection_all(), and fails with
 * ERR_NOT_FOUND where there is none (a soft-deleted row counts as none, but for store_restore()). A
 * constraint that says no becomes a field error or ERR_CONFLICT by its name (constraint.c).
 */
bool store_get(struct scope *scope, const struct model *model, int64_t id, struct rows *rows);

/*
 * As store_get(), but reads what is selected; behind that, the version where the model has one and
 * it is not among the selected columns.
 */
bool store_select(struct scope *scope, const struct selection *selection, int64_t id,
                  struct rows *rows);

/* The row's version in the column "version", locked until the transaction ends. */
bool store_lock(struct scope *scope, const struct model *model, int64_t id, struct rows *rows);
bool store_create(struct scope *scope, const struct input *input, struct rows *rows);

/* With `replace`, a column that may be changed and is absent gets its default; else it stays. */
bool store_update(struct scope *scope, int64_t id, const struct input *input, bool replace,
                  struct rows *rows);

/* What store_update() changed, from the row that it gave (changes.h). NULL: failed, recorded. */
const char *store_changes(struct scope *scope, const struct input *input, bool replace,
                          const struct rows *rows);
bool store_delete(struct scope *scope, const struct model *model, int64_t id);
bool store_restore(struct scope *scope, const struct model *model, int64_t id, struct rows *rows);

/* selection_write_row() of a row with the columns of selection_all(). */
void model_write_row(struct buffer *buffer, const struct model *model, const struct rows *rows,
                     int row);

/* Writes {"plural": [...]}: all rows, without pages. */
void model_write_rows(struct buffer *buffer, const struct model *model, const struct rows *rows);

/* Fills the model's struct from a decoded body; what is absent or null stays zero. */
bool input_load(struct scope *scope, const struct input *input, void *record);

/*
 * Writes the columns of selection_all() from the model's struct as a JSON object; a NULL text is
 * null, and so is a nullable time that is zero.
 */
void model_write_record(struct buffer *buffer, const struct model *model, const void *record);

/*
 * Turns a recorded constraint violation into the error a caller understands; `writes` says that a
 * row was being written, not removed.
 */
void constraint_explain(struct scope *scope, const struct model *model, bool writes);

/* The column that a constraint is about by its name; NULL: none of the model's. */
const char *constraint_column(const struct model *model, const char *constraint);

#endif
