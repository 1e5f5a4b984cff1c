/* scaffold_sql.c - a field of a resource as SQL: its column, and what the column refuses */
#include "scaffold_text.h"

#include <inttypes.h>
#include <string.h>

static bool fits_integer(const struct column *column)
{
    return column->min >= INT32_MIN && column->max <= INT32_MAX;
}

static const char *type_of(struct scope *scope, const struct scaffold_field *field)
{
    const struct column *column = &field->column;

    switch (column->kind) {
    case KIND_INT:
        return !field->target && fits_integer(column) ? "integer" : "bigint";
    case KIND_TEXT:
        return column->max > 0 ? scope_format(scope, "varchar(%" PRId64 ")", column->max) : "text";
    case KIND_DECIMAL:
        return scope_format(scope, "numeric(%u, %u)", column->digits, column->scale);
    case KIND_BOOL:
        return "boolean";
    case KIND_TIME:
        return "timestamptz";
    case KIND_TEXTS:
    case KIND_JSON:
        break;
    }
    return NULL;
}

const char *scaffold_sql_column(struct scope *scope, const struct scaffold_field *field)
{
    const struct column *column = &field->column;
    const char *type = type_of(scope, field);
    const char *rest = column->nullable            ? ""
                       : column->kind == KIND_BOOL ? " NOT NULL DEFAULT false"
                                                   : " NOT NULL";

    return type ? scope_format(scope, "%s %s%s", column->name, type, rest) : NULL;
}

/* An integer's own type holds its ends already. */
static bool is_lower_bound(const struct column *column)
{
    return column->kind == KIND_DECIMAL || (column->min != INT32_MIN && column->min != INT64_MIN);
}

static bool is_upper_bound(const struct column *column)
{
    return column->kind == KIND_DECIMAL || (column->max != INT32_MAX && column->max != INT64_MAX);
}

static const char *condition_of(struct scope *scope, const struct column *column)
{
    const char *name = column->name;
    bool bounded = column->min != 0 || column->max != 0;

    /* PostgreSQL sorts NaN above every number, so an upper bound keeps it out too. */
    if (column->kind == KIND_DECIMAL && !bounded)
        return scope_format(scope, "%s <> 'NaN'", name);
    if (is_lower_bound(column) && is_upper_bound(column))
        return scope_format(scope, "%s BETWEEN %" PRId64 " AND %" PRId64, name, column->min,
                            column->max);
    if (is_lower_bound(column))
        return scope_format(scope, "%s >= %" PRId64, name, column->min);
    return is_upper_bound(column) ? scope_format(scope, "%s <= %" PRId64, name, column->max) : "";
}

const char *scaffold_sql_range(struct scope *scope, const struct scaffold_resource *resource,
                               const struct scaffold_field *field)
{
    const struct column *column = &field->column;

    if (field->target || (column->kind != KIND_INT && column->kind != KIND_DECIMAL))
        return "";
    const char *condition = condition_of(scope, column);

    if (!condition || !*condition)
        return condition;
    return scope_format(scope, "CONSTRAINT %s_%s_range CHECK (%s),", resource->name, column->name,
                        condition);
}
