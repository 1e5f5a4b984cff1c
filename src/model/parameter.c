/* parameter.c - parameters described, one after the other */
#include "keel/model/parameter.h"

#include "parameter_names.h"

#define CAPACITY_FIRST 16

bool parameters_add(struct scope *scope, struct parameters *parameters,
                    const struct parameter *parameter)
{
    if (parameters->count == parameters->capacity) {
        size_t size = parameters->capacity * sizeof *parameters->list;
        size_t wanted = size ? size * 2 : CAPACITY_FIRST * sizeof *parameters->list;
        struct parameter *list = arena_grow(&scope->arena, parameters->list, size, wanted);

        if (!list)
            return fail_memory(scope);
        parameters->list = list;
        parameters->capacity = wanted / sizeof *list;
    }
    parameters->list[parameters->count++] = *parameter;
    return true;
}

bool parameter_name_columns(struct scope *scope, const struct model *model,
                            size_t (*measure)(const struct column *column),
                            struct parameter *parameter)
{
    const char **names = scope_alloc(scope, (model->column_count + 1) * sizeof *names);
    size_t count = 0;

    for (size_t i = 0; names && i < model->column_count; i++) {
        size_t length = measure(&model->columns[i]);

        if (!length)
            continue;
        names[count] = scope_copy(scope, model->columns[i].name, length);
        if (!names[count++])
            return false;
    }
    parameter->choices = names;
    parameter->max = (int64_t)count;
    return names != NULL;
}
