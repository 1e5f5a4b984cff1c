/* scaffold_sample.c - values that pass a field's own limits, for examples, tests and seeds */
#include "scaffold.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define SAMPLE_LENGTH 24

/* "Customer A", repeated or cut until it has a length that the field allows. */
static const char *text_sample(struct scope *scope, const struct column *column, unsigned variant)
{
    const char *words = scaffold_words(scope, column->name, true);
    size_t length = words ? strlen(words) + 2 : 0;

    if (length > SAMPLE_LENGTH)
        length = SAMPLE_LENGTH;
    if (column->max > 0 && length > (size_t)column->max)
        length = (size_t)column->max;
    if (length < (size_t)column->min)
        length = (size_t)column->min;
    char *text = words ? scope_alloc(scope, length + 1) : NULL;

    if (!text)
        return NULL;
    /* A name is never empty; what is repeated is written small. */
    for (size_t i = 0, at = 0; i < length; i++, at = words[at + 1] ? at + 1 : 0) {
        text[i] = words[at];
        if (i >= strlen(words))
            text[i] = (char)tolower((unsigned char)words[at]);
    }
    if (length > 2)
        text[length - 2] = ' ';
    text[length - 1] = (char)('A' + variant);
    return text;
}

/* A small number that is inside the limits and, where they leave room, one of its own. */
static int64_t number_sample(int64_t min, int64_t max, unsigned variant)
{
    int64_t number = min > 1 ? min : 1;

    if (number > max)
        number = min;
    return max - number < (int64_t)variant ? max : number + (int64_t)variant;
}

static const char *decimal_sample(struct scope *scope, const struct column *column,
                                  unsigned variant)
{
    static const char zeros[] = "00000000000000000";
    bool bounded = column->min != 0 || column->max != 0;
    /* Nine is what the shortest decimal can hold before its point. */
    int64_t max = bounded ? column->max - 1 : 8;
    int64_t whole = number_sample(bounded ? column->min : 0, max, variant);

    if (column->scale == 0)
        return scope_format(scope, "%" PRId64, whole);
    /* As many digits as PostgreSQL will show. */
    return scope_format(scope, "%" PRId64 ".5%.*s", whole, (int)column->scale - 1, zeros);
}

static const char *sample(struct scope *scope, const struct scaffold_field *field, unsigned variant)
{
    const struct column *column = &field->column;

    switch (column->kind) {
    case KIND_TEXT:
        return text_sample(scope, column, variant);
    case KIND_INT:
        /* The seed of the tests has the row 1 in every table. */
        return field->target ? "1"
                             : scope_format(scope, "%" PRId64,
                                            number_sample(column->min, column->max, variant));
    case KIND_DECIMAL:
        return decimal_sample(scope, column, variant);
    case KIND_BOOL:
        return variant % 2 ? "false" : "true";
    case KIND_TIME:
        return scope_format(scope, "2026-01-%02uT10:00:00Z", 10 + variant);
    case KIND_TEXTS:
    case KIND_JSON:
        break;
    }
    return NULL;
}

/* No sample holds a character that JSON or SQL would have to escape. */
static const char *quoted(struct scope *scope, const struct scaffold_field *field, unsigned variant,
                          char quote)
{
    const char *text = sample(scope, field, variant);
    bool is_text = field->column.kind == KIND_TEXT || field->column.kind == KIND_TIME;

    return text && is_text ? scope_format(scope, "%c%s%c", quote, text, quote) : text;
}

const char *scaffold_sample_json(struct scope *scope, const struct scaffold_field *field,
                                 unsigned variant)
{
    return quoted(scope, field, variant, '"');
}

const char *scaffold_sample_sql(struct scope *scope, const struct scaffold_field *field,
                                unsigned variant)
{
    return quoted(scope, field, variant, '\'');
}
