/* docs_type.c - a column's type and limits in words */
#include "docs_parts.h"

#include "markdown.h"

#include <inttypes.h>
#include <string.h>

static void add_text_type(struct buffer *out, const struct column *column)
{
    if (column->choices) {
        markdown_choices(out, column->choices);
        return;
    }
    bool is_password = column->format && strcmp(column->format, "password") == 0;
    const char *unit = is_password ? "bytes" : "characters";

    buffer_add_text(out, column->format && !is_password ? column->format : "text");
    if (column->min > 0 && column->max > 0)
        buffer_add_format(out, ", %" PRId64 " to %" PRId64 " %s", column->min, column->max, unit);
    else if (column->max > 0)
        buffer_add_format(out, ", up to %" PRId64 " %s", column->max, unit);
}

/* A bound that 64 bits set is none that anybody has to know. */
static void add_bounds(struct buffer *out, int64_t min, int64_t max)
{
    if (min == 0 && max == 0)
        return;
    if (max == INT64_MAX)
        buffer_add_format(out, ", at least %" PRId64, min);
    else
        buffer_add_format(out, ", %" PRId64 " to %" PRId64, min, max);
}

/* Claim: NUMERIC(digits, scale) ends before the column's own bound does. */
static bool digits_end_first(const struct column *column)
{
    int64_t beyond = 1;

    for (unsigned i = column->scale; i < column->digits && beyond <= INT64_MAX / 10; i++)
        beyond *= 10;
    return column->max >= beyond;
}

/* "99999999.99" */
static void add_nines(struct buffer *out, const struct column *column)
{
    for (unsigned i = 0; i < column->digits; i++) {
        if (i == column->digits - column->scale)
            buffer_add_char(out, '.');
        buffer_add_char(out, '9');
    }
}

static void add_decimal_type(struct buffer *out, const struct column *column)
{
    buffer_add_text(out, "number");
    if (column->min != 0 || column->max != 0) {
        buffer_add_format(out, ", %" PRId64 " to ", column->min);
        if (digits_end_first(column))
            add_nines(out, column);
        else
            buffer_add_int(out, column->max);
    }
    buffer_add_format(out, ", at most %u decimals", column->scale);
}

void docs_add_type(struct buffer *out, const struct column *column)
{
    switch (column->kind) {
    case KIND_INT:
        buffer_add_text(out, "integer");
        add_bounds(out, column->min, column->max);
        break;
    case KIND_TEXT:
        add_text_type(out, column);
        break;
    case KIND_DECIMAL:
        add_decimal_type(out, column);
        break;
    case KIND_BOOL:
        buffer_add_text(out, "boolean");
        break;
    case KIND_TIME:
        buffer_add_text(out, "time");
        break;
    case KIND_TEXTS:
        buffer_add_format(out, "list of up to %" PRId64 ", each ", column->most);
        add_text_type(out, column);
        break;
    case KIND_JSON:
        if (column->nested)
            docs_add_object_link(out, column->nested);
        else
            buffer_add_text(out, column->example && *column->example == '{' ? "object" : "array");
        break;
    }
    if (column->nullable)
        buffer_add_text(out, ", or null");
}
