/* parameter_names.h - names of columns, as the choices of a parameter */
#ifndef KEEL_MODEL_PARAMETER_NAMES_H
#define KEEL_MODEL_PARAMETER_NAMES_H

#include "keel/model/parameter.h"

/*
 * Gives the parameter its choices, and their number as its `max`: of each column's name as much as
 * `measure` says, none where that is 0. False when there is no memory, recorded.
 */
bool parameter_name_columns(struct scope *scope, const struct model *model,
                            size_t (*measure)(const struct column *column),
                            struct parameter *parameter);

#endif
