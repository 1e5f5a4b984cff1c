/* selection.h - which columns of a row an answer holds: `fields` and `include` */
#ifndef KEEL_MODEL_SELECTION_H
#define KEEL_MODEL_SELECTION_H

#include "keel/model/model.h"

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
 * What `fields` and `include` (either may be NULL) ask for. Fails with ERR_VALIDATION, naming the
 * parameter, for a name that is unknown, doubled or empty.
 */
bool selection_decode(struct scope *scope, const struct model *model, const char *fields,
                      const char *include, struct selection *selection);

#endif
