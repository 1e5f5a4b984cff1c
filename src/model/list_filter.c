/* list_filter.c - the parameters that come out of columns: `name`, `min_name`, `name_after` ... */
#include "list_filter.h"

#include <string.h>

/* `lead` and `tail` stand around the column's stem. */
static const struct pattern {
    unsigned use;
    bool time; /* for KIND_TIME columns, or for all others */
    const char *lead, *tail;
    const char *operation;
    const char *verb; /* between the column's name and "this" in a sentence */
} patterns[] = {
    {FILTER, false, "", "", "=", "is"},
    {FILTER, true, "", "", "=", "is"},
    {RANGE, false, "min_", "", ">=", "is at least"},
    {RANGE, false, "max_", "", "<=", "is at most"},
    {RANGE, true, "", "_after", ">", "is later than"},
    {RANGE, true, "", "_before", "<", "is earlier than"},
};
#define PATTERN_COUNT (sizeof patterns / sizeof patterns[0])

static bool applies(const struct pattern *pattern, const struct column *column)
{
    return column->uses & pattern->use && pattern->time == (column->kind == KIND_TIME);
}

/* "created" of created_at, where the parameter says "_after"; else the whole name. */
static size_t stem_length(const struct pattern *pattern, const struct column *column)
{
    size_t length = strlen(column->name);

    if (*pattern->tail && length > 3 && strcmp(column->name + length - 3, "_at") == 0)
        length -= 3;
    return length;
}

static bool is_named(const struct pattern *pattern, const struct column *column, const char *name)
{
    size_t stem = stem_length(pattern, column);
    size_t lead = strlen(pattern->lead);

    return strncmp(name, pattern->lead, lead) == 0 &&
           strncmp(name + lead, column->name, stem) == 0 &&
           strcmp(name + lead + stem, pattern->tail) == 0;
}

/* A text "null" may be meant; of any other kind it can be no value. */
static bool takes_null(const struct pattern *pattern, const struct column *column)
{
    return pattern->use == FILTER && column->nullable && column->kind != KIND_TEXT;
}

bool list_filter_find(const struct model *model, const char *name, struct list_filter *filter)
{
    for (size_t c = 0; c < model->column_count; c++) {
        const struct column *column = &model->columns[c];

        for (size_t p = 0; p < PATTERN_COUNT; p++) {
            const struct pattern *pattern = &patterns[p];

            if (!applies(pattern, column) || !is_named(pattern, column, name))
                continue;
            *filter = (struct list_filter){column, pattern->operation, takes_null(pattern, column)};
            return true;
        }
    }
    return false;
}

/* The name as list_filter_find() takes it, and a sentence of its own. */
static bool add_parameter(struct scope *scope, struct parameters *parameters,
                          const struct pattern *pattern, const struct column *column)
{
    struct parameter parameter = {.kind = PARAMETER_VALUE, .column = column};

    parameter.takes_null = takes_null(pattern, column);
    parameter.name = scope_format(scope, "%s%.*s%s", pattern->lead,
                                  (int)stem_length(pattern, column), column->name, pattern->tail);
    parameter.doc =
        scope_format(scope, "Only rows whose %s %s this%s.", column->name, pattern->verb,
                     parameter.takes_null ? "; null: those without one" : "");
    return parameter.name && parameter.doc && parameters_add(scope, parameters, &parameter);
}

bool list_filter_parameters(struct scope *scope, const struct model *model,
                            struct parameters *parameters)
{
    for (size_t c = 0; c < model->column_count; c++) {
        for (size_t p = 0; p < PATTERN_COUNT; p++) {
            if (applies(&patterns[p], &model->columns[c]) &&
                !add_parameter(scope, parameters, &patterns[p], &model->columns[c]))
                return false;
        }
    }
    return true;
}
