/* scaffold_limits.c - what follows from a field's type and range: its limits, its uses, its words
 */
#include "scaffold_reading.h"

#include <string.h>

/* Longer texts do not fit into an entry of a B-tree, whatever their letters. */
#define INDEXED_TEXT_MAX 600

/* PostgreSQL's own limit of varchar(n). */
#define TEXT_MAX 10485760

static int64_t power_of_ten(unsigned exponent)
{
    int64_t power = 1;

    while (exponent--)
        power *= 10;
    return power;
}

/* Bounds that were left open are those of the type, so that the column table names every limit. */
static void close_range(struct scaffold_reading *reading)
{
    struct column *column = &reading->field->column;

    if (column->kind == KIND_TEXT && column->max == INT64_MAX)
        column->max = 0;
    if (column->kind == KIND_INT && !reading->is_reference) {
        bool is_wide =
            reading->has_range &&
            ((column->max > INT32_MAX && column->max != INT64_MAX) ||
             (column->min < INT32_MIN && column->min != INT64_MIN) || column->min >= INT32_MAX);

        if (!reading->has_range || (!is_wide && column->min == INT64_MIN))
            column->min = INT32_MIN;
        if (!reading->has_range || (!is_wide && column->max == INT64_MAX))
            column->max = INT32_MAX;
    }
    if (column->kind == KIND_DECIMAL && reading->has_range) {
        int64_t limit = power_of_ten(column->digits - column->scale);

        column->min = column->min == INT64_MIN ? -limit : column->min;
        column->max = column->max == INT64_MAX ? limit : column->max;
    }
}

static unsigned uses_of(const struct scaffold_field *field)
{
    const struct column *column = &field->column;
    unsigned uses = READ | CREATE | UPDATE;
    bool is_short = column->max > 0 && column->max <= INDEXED_TEXT_MAX;

    if (!column->nullable && column->kind != KIND_BOOL)
        uses |= REQUIRE;
    if (field->target)
        return uses | FILTER | COUNTED;
    if (column->kind == KIND_BOOL)
        return uses | FILTER;
    uses |= column->kind == KIND_TEXT ? SEARCH : RANGE;
    if (!column->nullable && (column->kind != KIND_TEXT || is_short))
        uses |= SORT;
    return field->is_unique ? uses | FILTER : uses;
}

static const char *doc_of(struct scope *scope, const struct scaffold_field *field)
{
    const char *words = scaffold_words(scope, field->column.name, true);

    if (!words)
        return NULL;
    if (field->target)
        return scope_format(scope, "Which of the %s it belongs to.", field->target->plural);
    if (field->column.kind == KIND_DECIMAL && field->column.scale)
        return scope_format(scope, "%s, exact, with at most %u decimals.", words,
                            field->column.scale);
    return scope_format(scope, field->is_unique ? "%s; no two have the same." : "%s.", words);
}

static bool check_limits(struct scaffold_reading *reading)
{
    const struct column *column = &reading->field->column;
    int64_t whole =
        column->kind == KIND_DECIMAL ? power_of_ten(column->digits - column->scale) : INT64_MAX;

    if (column->kind == KIND_TEXT && reading->field->is_unique &&
        (column->max == 0 || column->max > INDEXED_TEXT_MAX))
        return cli_misuse(reading->cli,
                          "%s: a unique text needs a limit of at most %d characters, as in "
                          "text:1..120:unique.",
                          reading->word, INDEXED_TEXT_MAX);
    if (column->kind == KIND_TEXT && column->max > TEXT_MAX)
        return cli_misuse(reading->cli, "%s: a text with a limit has at most %d characters.",
                          reading->word, TEXT_MAX);
    if (column->min < -whole || column->max > whole)
        return cli_misuse(reading->cli, "%s: the range has more digits than the decimal.",
                          reading->word);
    return true;
}

bool scaffold_complete(struct scaffold_reading *reading)
{
    struct scope *scope = &reading->cli->scope;
    struct column *column = &reading->field->column;

    close_range(reading);
    if (!check_limits(reading))
        return false;
    column->uses = uses_of(reading->field);
    column->doc = doc_of(scope, reading->field);
    column->example = scaffold_sample_json(scope, reading->field, 0);
    return column->doc && column->example;
}
