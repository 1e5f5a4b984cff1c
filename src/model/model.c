/* model.c - looking into column tables, and refusing those that contradict themselves */
#include "keel/model/model.h"

#include "keel/model/export.h"

#include <string.h>

/* Longer names PostgreSQL cuts. */
#define IDENTIFIER_MAX 63

bool column_is_shown(const struct column *column)
{
    return (column->uses & (READ | ASKED)) == READ;
}

bool column_is_stored(const struct column *column)
{
    return !column->expression && !column->condition;
}

bool column_is_secret(const struct model *model, const struct column *column)
{
    return column->secret || (column->format && strcmp(column->format, "password") == 0) ||
           (model->table && !column_is_shown(column));
}

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

/* What a column is used for fits its kind. */
static bool check_kind(struct scope *scope, const struct model *model, const struct column *column)
{
    const char *name = column->name;

    if (column->kind == KIND_DECIMAL && column->digits <= column->scale)
        return refuse(scope, model, name, "a decimal needs its digits and scale");
    if (column->kind == KIND_JSON && column->uses & (CREATE | UPDATE))
        return refuse(scope, model, name, "JSON columns are not written by clients");
    if (column->uses & SEARCH && (column->kind != KIND_TEXT || !model->search))
        return refuse(scope, model, name, "SEARCH needs a text, and a model with a search column");
    if ((column->kind == KIND_TEXTS) != (column->most > 0))
        return refuse(scope, model, name, "TEXTS needs `most`, and nothing else has it");
    if (column->min > column->max && column->max != 0)
        return refuse(scope, model, name, "min is over max");
    return true;
}

static bool has_one_place(const char *condition)
{
    const char *place = strchr(condition, '?');

    return place && place == strrchr(condition, '?');
}

static bool check_uses(struct scope *scope, const struct model *model, const struct column *column)
{
    const char *name = column->name;

    if (!column->uses || !column->doc)
        return refuse(scope, model, name, "has no use or no doc");
    if (column->uses & READ && !column->key)
        return refuse(scope, model, name, "READ needs its key: INT and its like, or COLUMN_NAME");
    if (column->uses & SORT && (column->nullable || !(column->uses & READ)))
        return refuse(scope, model, name, "SORT needs a column that is READ and never NULL");
    if (column->expression && column->uses & ~(unsigned)(READ | ASKED))
        return refuse(scope, model, name, "a computed column can only be READ, or ASKED for");
    if (column->uses & ASKED && !(column->expression && column->uses & READ))
        return refuse(scope, model, name, "ASKED needs a computed column that is READ");
    if (column->condition && (column->uses != FILTER || !has_one_place(column->condition)))
        return refuse(scope, model, name, "a condition is for FILTER alone, with one ? in it");
    if (column->uses & COUNTED && !(column->uses & FILTER && model->counted))
        return refuse(scope, model, name, "COUNTED needs FILTER, and a model that is counted");
    if (column->uses & FILTER && (list_reserves(name) || export_reserves(name)))
        return refuse(scope, model, name, "lists have a parameter of this name already");
    return true;
}

/* The joined columns are called "category.name" in statements. */
static bool names_fit(const struct model *other, size_t stem)
{
    for (size_t i = 0; i < other->column_count; i++) {
        if (stem + strlen(".") + strlen(other->columns[i].name) > IDENTIFIER_MAX)
            return false;
    }
    return true;
}

/* `include` says "category" for category_id, and writes an object of that name. */
static bool check_reference(struct scope *scope, const struct model *model,
                            const struct column *column)
{
    const struct model *other = column->references;
    size_t length = strlen(column->name);
    char name[IDENTIFIER_MAX + 1];

    if (!other)
        return true;
    if (column->kind != KIND_INT || length <= 3 || length > IDENTIFIER_MAX ||
        strcmp(column->name + length - 3, "_id") != 0)
        return refuse(scope, model, column->name, "references needs an INT called <what>_id");
    const struct column *id = model_find(other, "id");

    if (!other->table || !id || !column_is_shown(id))
        return refuse(scope, model, column->name, "references needs a table whose id is READ");
    if (!names_fit(other, length - 3))
        return refuse(scope, model, column->name, "with the names it joins it is too long");
    memcpy(name, column->name, length - 3);
    name[length - 3] = '\0';
    if (model_find(model, name))
        return refuse(scope, model, column->name, "another column has the name of its include");
    return true;
}

static bool check_column(struct scope *scope, const struct model *model,
                         const struct column *column)
{
    if (model_find(model, column->name) != column)
        return refuse(scope, model, column->name, "named twice");
    return check_uses(scope, model, column) && check_kind(scope, model, column) &&
           check_reference(scope, model, column);
}

static size_t count_uses(const struct model *model, unsigned use)
{
    size_t count = 0;

    for (size_t i = 0; i < model->column_count; i++)
        count += (model->columns[i].uses & use) != 0;
    return count;
}

/* What concerns no column alone. */
static bool check_whole(struct scope *scope, const struct model *model)
{
    if (count_uses(model, READ) > SELECTION_COLUMN_MAX)
        return refuse(scope, model, "any", "more of them are READ than an answer can hold");
    if (model->soft_delete && !model_find(model, "is_active"))
        return refuse(scope, model, "is_active", "soft delete needs it");
    if (model->purge && !model->soft_delete)
        return refuse(scope, model, "is_active", "only what is deleted softly can be purged");
    if (model->purge && !model_find(model, "updated_at"))
        return refuse(scope, model, "updated_at", "a purge looks there when a row was deleted");
    if (model->table && !model_find(model, "id"))
        return refuse(scope, model, "id", "every table needs it");
    if (model->search && !count_uses(model, SEARCH))
        return refuse(scope, model, model->search, "no column is part of this SEARCH");
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
    return check_whole(scope, model) && check_order(scope, model);
}
