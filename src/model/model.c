/* model.c - looking into column tables, and refusing those that contradict themselves */
#include "keel/model/model.h"

#include <string.h>

const struct column *model_find(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->column_count; i++) {
        if (strcmp(model->columns[i].name, name) == 0)
            return &model->columns[i];
    }
    return NULL;
}

static bool refuse(struct scope *scope, const struct model *model, const char *column,
                   const char *why)
{
    return fail(scope, ERR_INTERNAL, "model %s, column %s: %s", model->name, column, why);
}

static bool check_column(struct scope *scope, const struct model *model,
                         const struct column *column)
{
    const char *name = column->name;

    if (model_find(model, name) != column)
        return refuse(scope, model, name, "named twice");
    if (!column->uses || !column->doc)
        return refuse(scope, model, name, "has no use or no doc");
    if (column->uses & SORT && (column->nullable || !(column->uses & READ)))
        return refuse(scope, model, name, "SORT needs a column that is READ and never NULL");
    if (column->expression && column->uses & (CREATE | UPDATE | SORT | FILTER | RANGE))
        return refuse(scope, model, name, "a computed column can only be READ");
    if (column->kind == KIND_DECIMAL && column->digits <= column->scale)
        return refuse(scope, model, name, "a decimal needs its digits and scale");
    if (column->kind == KIND_JSON && column->uses & (CREATE | UPDATE))
        return refuse(scope, model, name, "JSON columns are not written by clients");
    if (column->min > column->max && column->max != 0)
        return refuse(scope, model, name, "min is over max");
    return true;
}

/* The default order must name columns that can be sorted by. */
static bool check_order(struct scope *scope, const struct model *model)
{
    const char *name = model->order;

    if (!name)
        return true;
    const struct column *column = model_find(model, *name == '-' ? name + 1 : name);

    return (column && column->uses & SORT) ||
           refuse(scope, model, name, "the default order cannot be sorted by");
}

bool model_check(struct scope *scope, const struct model *model)
{
    if (!model->name || !model->columns || !model->column_count)
        return fail(scope, ERR_INTERNAL, "a model has no name or no columns");
    for (size_t i = 0; i < model->column_count; i++) {
        if (!check_column(scope, model, &model->columns[i]))
            return false;
    }
    if (model->soft_delete && !model_find(model, "is_active"))
        return refuse(scope, model, "is_active", "soft delete needs it");
    if (model->table && !model_find(model, "id"))
        return refuse(scope, model, "id", "every table needs it");
    return check_order(scope, model);
}
