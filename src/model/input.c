/* input.c - a JSON body checked against a column table */
#include "keel/model/input.h"

#include <json-c/json.h>
#include <string.h>

struct value input_find(const struct input *input, const char *name)
{
    const struct column *column = model_find(input->model, name);

    return column ? input->values[column - input->model->columns] : (struct value){0};
}

void input_set(struct input *input, const char *name, const char *text)
{
    const struct column *column = model_find(input->model, name);

    input->values[column - input->model->columns] =
        (struct value){text ? VALUE_SET : VALUE_NULL, text};
}

/* A field that this body may not have: unknown, or known and not the client's to set. */
static bool refuse_field(struct scope *scope, const struct column *column, const char *name)
{
    if (column && column->uses & (READ | CREATE | UPDATE))
        return fail_field(scope, name, "read_only", "%s cannot be set here", name);
    return fail_field(scope, name, "unknown_field", "There is no field %s here", name);
}

static void decode_members(struct scope *scope, struct json_object *body, unsigned use,
                           struct input *input)
{
    json_object_object_foreach(body, name, member)
    {
        const struct column *column = model_find(input->model, name);

        if (!column || !(column->uses & use))
            refuse_field(scope, column, name);
        else
            value_decode(scope, column, member, &input->values[column - input->model->columns]);
    }
}

/*
 * A member that is there with a wrong value was told already: that it is required would not be
 * true.
 */
static void require_members(struct scope *scope, const struct model *model, unsigned use,
                            struct json_object *body)
{
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (column->uses & use && column->uses & REQUIRE &&
            !json_object_object_get_ex(body, column->name, NULL))
            fail_field(scope, column->name, "required", "%s is required", column->name);
    }
}

bool input_decode(struct scope *scope, const struct model *model, unsigned use,
                  struct json_object *body, struct input *input)
{
    if (!json_object_is_type(body, json_type_object))
        return fail_field(scope, "body", "not_an_object", "The body must be a JSON object");
    input->model = model;
    input->values = scope_alloc(scope, model->column_count * sizeof *input->values);
    if (!input->values)
        return false;
    decode_members(scope, body, use & (CREATE | UPDATE), input);
    if (!(use & PARTIAL))
        require_members(scope, model, use & (CREATE | UPDATE), body);
    return scope->error.kind == ERR_NONE;
}
