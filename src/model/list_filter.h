/* list_filter.h - the parameters that come out of columns: `name`, `min_name`, `name_after` ... */
#ifndef KEEL_MODEL_LIST_FILTER_H
#define KEEL_MODEL_LIST_FILTER_H

#include "keel/model/parameter.h"

/* One parameter of one column. */
struct list_filter {
    const struct column *column;
    const char *operation; /* "=", ">=" ...: from a constant table */
    bool takes_null;       /* "null" asks for rows without a value */
};

/* Claim: a list of the model can be filtered by a parameter of this name; says how. */
bool list_filter_find(const struct model *model, const char *name, struct list_filter *filter);

/* Adds each of them, in the order of the columns. */
bool list_filter_parameters(struct scope *scope, const struct model *model,
                            struct parameters *parameters);

#endif
