/* constraint.c - a violated constraint's name, turned into the field a caller knows */
#include "keel/model/store.h"

#include <string.h>

/*
 * The column in `<table>_<column>_<what>`: the longest name that fits, as names may contain
 * underscores.
 */
static const struct column *find_column(const struct model *model, const char *constraint)
{
    size_t table = model->table ? strlen(model->table) : 0;
    const struct column *best = NULL;

    if (!table || strncmp(constraint, model->table, table) != 0 || constraint[table] != '_')
        return NULL;
    constraint += table + 1;
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];
        size_t length = strlen(column->name);

        if (strncmp(constraint, column->name, length) == 0 && constraint[length] == '_' &&
            (!best || length > strlen(best->name)))
            best = column;
    }
    return best;
}

const char *constraint_column(const struct model *model, const char *constraint)
{
    const struct column *column = find_column(model, constraint);

    return column ? column->name : NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Replaces the general error by a field error; what the log is told stays. */
static void replace(struct scope *scope, const char *field, const char *code, const char *what)
{
    const char *detail = scope->error.detail;

    scope_clear_error(scope);
    fail_field(scope, field, code, "%s %s", field, what);
    scope->error.detail = detail;
}

void constraint_explain(struct scope *scope, const struct model *model, bool writes)
{
    const char *constraint = scope->error.constraint;
    const struct column *column = constraint ? find_column(model, constraint) : NULL;

    if (!constraint)
        return;
    if (!writes) {
        scope->error.message = "It is still in use and cannot be deleted";
    } else if (column && ends_with(constraint, "_key")) {
        const char *message = scope_format(scope, "Another %s with this %s exists already",
                                           model->name, column->name);

        if (message)
            scope->error.message = message;
    } else if (column && ends_with(constraint, "_fkey")) {
        replace(scope, column->name, "not_found", "refers to nothing that exists");
    } else if (column && ends_with(constraint, "_cycle")) {
        const char *what = scope_format(scope, "is the %s itself or lies below it", model->name);

        if (what)
            replace(scope, column->name, "cycle", what);
    } else if (column) {
        replace(scope, column->name, "not_allowed", "has a value that is not allowed");
    }
}
