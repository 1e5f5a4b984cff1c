/* input.h - a body checked against a column table, as values that PostgreSQL takes */
#ifndef KEEL_MODEL_INPUT_H
#define KEEL_MODEL_INPUT_H

#include "keel/model/model.h"

struct json_object;

enum value_state { VALUE_ABSENT, VALUE_NULL, VALUE_SET };

/* One column's value in PostgreSQL's text form; `text` is NULL unless VALUE_SET. */
struct value {
    enum value_state state;
    const char *text;
};

/* `values` has one entry per column of the model, in its order; belongs to the scope's arena. */
struct input {
    const struct model *model;
    struct value *values;
};

/*
 * Checks `body` against the columns of `use` (CREATE or UPDATE, with PARTIAL for PATCH) and gives
 * their values. Every wrong field is reported at once (ERR_VALIDATION); unknown and read-only
 * fields are errors too.
 */
bool input_decode(struct scope *scope, const struct model *model, unsigned use,
                  struct json_object *body, struct input *input);

/* The value of a column by its name; VALUE_ABSENT for one the model does not have. */
struct value input_find(const struct input *input, const char *name);

/* Sets a column's value, e.g. one that a service computed. The model must have the column. */
void input_set(struct input *input, const char *name, const char *text);

/* Checks a JSON member against its column; wrong ones are added to the scope's field errors. */
bool value_decode(struct scope *scope, const struct column *column, struct json_object *member,
                  struct value *value);

/* Records that a value is not of the column's JSON type. Returns false. */
bool value_fail_type(struct scope *scope, const struct column *column);

/* Checks one value given as text (a query parameter, a CSV cell). `field` names it in the error. */
bool input_check_text(struct scope *scope, const struct column *column, const char *field,
                      const char *text);

#endif
