/* value.h - one value of a column: from JSON or text, checked, to PostgreSQL's text form */
#ifndef KEEL_MODEL_VALUE_H
#define KEEL_MODEL_VALUE_H

#include "keel/model/input.h"

/* Checks a JSON member against its column; wrong ones are added to the scope's field errors. */
bool value_decode(struct scope *scope, const struct column *column, struct json_object *member,
                  struct value *value);

#endif
