/* selection.c - which columns of a row an answer holds: `fields` and `include` */
#include "keel/model/selection.h"

#include "keel/core/text.h"
#include "parameter_names.h"

#include <string.h>

static const char fields_name[] = "fields";
static const char include_name[] = "include";

bool selection_takes(const char *name)
{
    return strcmp(name, fields_name) == 0 || strcmp(name, include_name) == 0;
}

static void add_column(struct selection *selection, const struct column *column)
{
    if (selection->column_count < SELECTION_COLUMN_MAX)
        selection->columns[selection->column_count++] = column;
}

void selection_all(const struct model *model, struct selection *selection)
{
    *selection = (struct selection){.model = model};
    for (size_t i = 0; i < model->column_count; i++) {
        if (column_is_shown(&model->columns[i]))
            add_column(selection, &model->columns[i]);
    }
}

int selection_find(const struct selection *selection, const struct column *column)
{
    for (size_t i = 0; i < selection->column_count; i++) {
        if (selection->columns[i] == column)
            return (int)i;
    }
    return -1;
}

bool selection_has_version(const struct selection *selection)
{
    for (size_t i = 0; i < selection->column_count; i++) {
        if (selection->columns[i]->uses & ASKED)
            return false;
    }
    return selection->inclusion_count == 0;
}

/* Length of the name by which `include` knows a column: "category" of category_id. 0: it has none.
 */
static size_t measure_included(const struct column *column)
{
    if (column->references)
        return strlen(column->name) - strlen("_id");
    return column->uses & ASKED ? strlen(column->name) : 0;
}

/*
 * A selection in the making. Columns are marked first and taken up in the model's order, whatever
 * the order of the names.
 */
struct choosing {
    struct scope *scope;
    const struct model *model;
    bool *chosen; /* one for each column of the model */
    struct selection *selection;
};

static bool refuse_name(struct choosing *choosing, const char *parameter, const char *name,
                        size_t length)
{
    if (length == 0)
        return fail_field(choosing->scope, parameter, "empty_name",
                          "%s must have a name between commas", parameter);
    return fail_field(choosing->scope, parameter, "unknown_name", "%s cannot name %.*s here",
                      parameter, (int)length, name);
}

static bool refuse_twice(struct choosing *choosing, const char *parameter, const char *name,
                         size_t length)
{
    return fail_field(choosing->scope, parameter, "duplicate", "%s names %.*s twice", parameter,
                      (int)length, name);
}

/* Marks a column, which may happen once. */
static bool choose_column(struct choosing *choosing, const char *parameter,
                          const struct column *column)
{
    bool *chosen = &choosing->chosen[column - choosing->model->columns];

    if (*chosen)
        return refuse_twice(choosing, parameter, column->name, strlen(column->name));
    *chosen = true;
    return true;
}

static size_t measure_field(const struct column *column)
{
    return column_is_shown(column) ? strlen(column->name) : 0;
}

/* The column that `measure` gives just this name, or NULL. */
static const struct column *find_column(const struct model *model, const char *name, size_t length,
                                        size_t (*measure)(const struct column *column))
{
    for (size_t i = 0; length && i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (measure(column) == length && strncmp(column->name, name, length) == 0)
            return column;
    }
    return NULL;
}

static bool choose_field(struct choosing *choosing, const char *name, size_t length)
{
    const struct column *column = find_column(choosing->model, name, length, measure_field);

    return column ? choose_column(choosing, fields_name, column)
                  : refuse_name(choosing, fields_name, name, length);
}

static bool choose_join(struct choosing *choosing, const struct column *column, size_t length)
{
    struct selection *selection = choosing->selection;

    for (size_t i = 0; i < selection->inclusion_count; i++) {
        if (selection->inclusions[i].column == column)
            return refuse_twice(choosing, include_name, column->name, length);
    }
    if (selection->inclusion_count == SELECTION_INCLUDE_MAX)
        return fail_field(choosing->scope, include_name, "too_many",
                          "include takes at most %d other rows", SELECTION_INCLUDE_MAX);
    /* From the column's name, not the caller's: it becomes part of a statement. */
    const char *name = scope_copy(choosing->scope, column->name, length);

    selection->inclusions[selection->inclusion_count++] = (struct inclusion){column, name};
    return name != NULL;
}

/* A computed column that is asked for becomes one of the row's; a reference becomes a join. */
static bool choose_inclusion(struct choosing *choosing, const char *name, size_t length)
{
    const struct column *column = find_column(choosing->model, name, length, measure_included);

    if (!column)
        return refuse_name(choosing, include_name, name, length);
    return column->references ? choose_join(choosing, column, length)
                              : choose_column(choosing, include_name, column);
}

/* Each name of a list; stops at the first wrong one. NULL: there is no list. */
static bool choose_each(struct choosing *choosing, const char *names,
                        bool (*choose)(struct choosing *choosing, const char *name, size_t length))
{
    const char *name;
    size_t length;

    while (text_next(&names, ',', &name, &length)) {
        if (!choose(choosing, name, length))
            return false;
    }
    return true;
}

static const char *find_value(struct pairs query, const char *name)
{
    for (size_t i = 0; i < query.count; i++) {
        if (strcmp(query.list[i].name, name) == 0)
            return query.list[i].value;
    }
    return NULL;
}

bool selection_decode(struct scope *scope, const struct model *model, struct pairs query,
                      struct selection *selection)
{
    const char *fields = find_value(query, fields_name);
    const char *include = find_value(query, include_name);

    selection_all(model, selection);
    if (!fields && !include)
        return true;
    bool *chosen = scope_alloc(scope, model->column_count * sizeof *chosen);
    struct choosing choosing = {scope, model, chosen, selection};

    if (!chosen)
        return false;
    for (size_t i = 0; !fields && i < model->column_count; i++)
        chosen[i] = column_is_shown(&model->columns[i]);
    bool has_fields = choose_each(&choosing, fields, choose_field);

    if (!choose_each(&choosing, include, choose_inclusion) || !has_fields)
        return false;
    selection->column_count = 0;
    for (size_t i = 0; i < model->column_count; i++) {
        if (chosen[i])
            add_column(selection, &model->columns[i]);
    }
    return true;
}

bool selection_parameters(struct scope *scope, const struct model *model,
                          struct parameters *parameters)
{
    struct parameter fields = {.name = fields_name,
                               .kind = PARAMETER_NAMES,
                               .doc = "The only fields of a row to show; without it, all."};
    struct parameter include = {.name = include_name,
                                .kind = PARAMETER_NAMES,
                                .doc = "What else to show with a row: the rows that it points to, "
                                       "or what must be computed."};

    return parameter_name_columns(scope, model, measure_field, &fields) &&
           parameters_add(scope, parameters, &fields) &&
           parameter_name_columns(scope, model, measure_included, &include) &&
           (include.max == 0 || parameters_add(scope, parameters, &include));
}
