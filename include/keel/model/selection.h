/* selection.h - which columns of a row an answer holds: `fields` and `include` */
#ifndef KEEL_MODEL_SELECTION_H
#define KEEL_MODEL_SELECTION_H

#include "keel/core/buffer.h"
#include "keel/core/pair.h"
#include "keel/db/db.h"
#include "keel/model/model.h"
#include "keel/model/parameter.h"

#define SELECTION_COLUMN_MAX  64
#define SELECTION_INCLUDE_MAX 4

/* A column that is the id of another table's row, which is joined and written as an object. */
struct inclusion {
    const struct column *column; /* category_id */
    const char *name;            /* "category" */
};

/*
 * What is read, in the order of the model's columns, followed by each inclusion's READ columns. A
 * selection is what SELECT, RETURNING and the writing of JSON agree on.
 */
struct selection {
    const struct model *model;
    const struct column *columns[SELECTION_COLUMN_MAX];
    size_t column_count;
    struct inclusion inclusions[SELECTION_INCLUDE_MAX];
    size_t inclusion_count;
};

/* Every READ column but those that must be asked for; no inclusions. */
void selection_all(const struct model *model, struct selection *selection);

/*
 * What `fields` and `include` of a query ask for; other parameters are not looked at. Fails with
 * ERR_VALIDATION, naming the parameter, for a name that is unknown, doubled or empty.
 */
bool selection_decode(struct scope *scope, const struct model *model, struct pairs query,
                      struct selection *selection);

/* Claim: selection_decode() looks at the parameter of this name. */
bool selection_takes(const char *name);

/* Describes `fields`, and `include` where the model has something to include. */
bool selection_parameters(struct scope *scope, const struct model *model,
                          struct parameters *parameters);

/* The column's place among the selected ones; -1: it is not one of them. */
int selection_find(const struct selection *selection, const struct column *column);

/* Claim: a change of what it shows is a change of the row's version, too. */
bool selection_has_version(const struct selection *selection);

/*
 * `things.a, (expression) AS b, "parent.a"`: for SELECT or RETURNING, in the order that the
 * functions below read. Columns of joined tables are called "<inclusion>.<column>", which no column
 * of the table can be.
 */
void selection_add_columns(struct buffer *buffer, const struct selection *selection);

/* ` LEFT JOIN ...` of each inclusion, to stand behind the model's table in FROM. */
void selection_add_joins(struct buffer *buffer, const struct selection *selection);

/* Writes a row as a JSON object; an inclusion without a row is null. */
void selection_write_row(struct buffer *buffer, const struct selection *selection,
                         const struct rows *rows, int row);

/*
 * Fills the model's struct from a row; what is not selected is zero, inclusions are left out. Texts
 * belong to the result. ERR_INTERNAL for a value that the column's kind cannot hold.
 */
bool selection_load(struct scope *scope, const struct selection *selection, const struct rows *rows,
                    int row, void *record);

#endif
