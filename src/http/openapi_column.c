/* openapi_column.c - the JSON schema of one column */
#include "keel/core/json_build.h"
#include "keel/core/text.h"
#include "openapi_parts.h"

#include <string.h>

static const struct {
    const char *type, *format;
} kinds[] = {
    [KIND_INT] = {"integer", "int64"},     [KIND_TEXT] = {"string", NULL},
    [KIND_DECIMAL] = {"number", NULL},     [KIND_BOOL] = {"boolean", NULL},
    [KIND_TIME] = {"string", "date-time"}, [KIND_JSON] = {NULL, NULL},
    [KIND_TEXTS] = {"array", NULL},
};

static void put_type(struct buffer *out, const char *type, bool nullable)
{
    if (!nullable) {
        json_put_text(out, "type", type);
        return;
    }
    json_open_array(out, "type");
    json_put_text(out, NULL, type);
    json_put_text(out, NULL, "null");
    json_close_array(out);
}

/* 99999999.99 of NUMERIC(10,2): no column holds more. */
static void put_nines(struct openapi *openapi, const char *name, const struct column *column,
                      bool negative)
{
    struct buffer text;

    buffer_init(&text, &openapi->scope->arena);
    buffer_add_text(&text, negative ? "-" : "");
    for (unsigned i = 0; i < column->digits; i++) {
        if (i == column->digits - column->scale)
            buffer_add_char(&text, '.');
        buffer_add_char(&text, '9');
    }
    if (text.failed)
        openapi->out->failed = true;
    else
        json_put_raw(openapi->out, name, text.data);
}

/* Claim: a number with so many digits before its point can be over the bound. */
static bool exceeds(int64_t bound, unsigned whole_digits)
{
    for (; whole_digits && bound; whole_digits--)
        bound /= 10;
    return bound == 0;
}

static void put_decimal_bounds(struct openapi *openapi, const struct column *column)
{
    bool bounded = column->min != 0 || column->max != 0;
    unsigned whole = column->digits - column->scale;

    if (bounded && exceeds(column->min, whole))
        json_put_int(openapi->out, "minimum", column->min);
    else
        put_nines(openapi, "minimum", column, true);
    if (bounded && exceeds(column->max, whole))
        json_put_int(openapi->out, "maximum", column->max);
    else
        put_nines(openapi, "maximum", column, false);
}

/* 0.01 of two decimals. */
static void put_step(struct openapi *openapi, const struct column *column)
{
    struct buffer text;

    buffer_init(&text, &openapi->scope->arena);
    buffer_add_text(&text, column->scale ? "0." : "1");
    for (unsigned i = 1; i < column->scale; i++)
        buffer_add_char(&text, '0');
    buffer_add_text(&text, column->scale ? "1" : "");
    if (text.failed)
        openapi->out->failed = true;
    else
        json_put_raw(openapi->out, "multipleOf", text.data);
}

/* The format says already that there are 64 bits. */
static void put_int_bounds(struct buffer *out, const struct column *column)
{
    if (column->min == 0 && column->max == 0)
        return;
    if (column->min != INT64_MIN)
        json_put_int(out, "minimum", column->min);
    if (column->max != INT64_MAX)
        json_put_int(out, "maximum", column->max);
}

/*
 * A text that must be there is refused when it is blank. Passwords may be anything; their length
 * counts bytes, so that a character can be up to four of them.
 */
static void put_text_bounds(struct buffer *out, const struct column *column, enum openapi_side side)
{
    bool password = column->format && strcmp(column->format, "password") == 0;

    if (column->min > 0 && side != SIDE_REPLY)
        json_put_int(out, "minLength", password ? (column->min + 3) / 4 : column->min);
    if (column->max > 0)
        json_put_int(out, "maxLength", column->max);
    if (column->min > 0 && side != SIDE_REPLY && !password)
        json_put_text(out, "pattern", "\\S");
}

/*
 * What JSON without a model looks like shows in the column's example, as nothing else says it:
 * `["editor"]` is an array of texts.
 */
static const char *type_of_example(const char *example)
{
    switch (*example) {
    case '[':
        return "array";
    case '"':
        return "string";
    case '{':
        return "object";
    case 't':
    case 'f':
        return "boolean";
    case '\0':
    case ']':
        return NULL;
    default:
        return strpbrk(example, ".eE") ? "number" : "integer";
    }
}

static const char *type_of(const struct column *column)
{
    if (column->kind == KIND_JSON)
        return column->example ? type_of_example(column->example) : "array";
    return kinds[column->kind].type;
}

static void put_elements(struct buffer *out, const struct column *column)
{
    const char *example = column->example ? column->example : "[]";
    const char *type = type_of_example(example + 1 + strspn(example + 1, " "));

    if (*example != '[')
        return;
    json_open_object(out, "items");
    if (type)
        json_put_text(out, "type", type);
    json_close_object(out);
}

/* All that a text may be, and null where nothing may stand. */
static void put_choices(struct openapi *openapi, const struct column *column,
                        enum openapi_side side)
{
    const char *rest = column->choices, *choice;
    size_t length;

    json_open_array(openapi->out, "enum");
    while (text_next(&rest, '|', &choice, &length))
        json_put_format(openapi->out, NULL, "%.*s", (int)length, choice);
    if (column->nullable && side != SIDE_QUERY)
        json_put_text(openapi->out, NULL, NULL);
    json_close_array(openapi->out);
}

static void put_texts(struct buffer *out, const struct column *column, enum openapi_side side)
{
    json_open_object(out, "items");
    json_put_text(out, "type", "string");
    if (column->format)
        json_put_text(out, "format", column->format);
    put_text_bounds(out, column, side);
    json_close_object(out);
    if (side != SIDE_REPLY)
        json_put_int(out, "maxItems", column->most);
}

static void put_bounds(struct openapi *openapi, const struct column *column, enum openapi_side side)
{
    switch (column->kind) {
    case KIND_INT:
        put_int_bounds(openapi->out, column);
        break;
    case KIND_TEXT:
        if (column->choices)
            put_choices(openapi, column, side);
        else
            put_text_bounds(openapi->out, column, side);
        break;
    case KIND_TEXTS:
        put_texts(openapi->out, column, side);
        break;
    case KIND_DECIMAL:
        put_decimal_bounds(openapi, column);
        /* Few programs divide decimals exactly: a reply that was checked so would look wrong. */
        if (side != SIDE_REPLY)
            put_step(openapi, column);
        break;
    case KIND_JSON:
        put_elements(openapi->out, column);
        break;
    case KIND_BOOL:
    case KIND_TIME:
        break;
    }
}

static void put_nested(struct openapi *openapi, const struct column *column)
{
    if (!column->nullable) {
        openapi_put_reference(openapi, column->nested, SCHEMA_ROW);
        return;
    }
    json_open_array(openapi->out, "anyOf");
    openapi_put_schema(openapi, NULL, column->nested, SCHEMA_ROW);
    json_open_object(openapi->out, NULL);
    json_put_text(openapi->out, "type", "null");
    json_close_object(openapi->out);
    json_close_array(openapi->out);
}

static void put_plain(struct openapi *openapi, const struct column *column, enum openapi_side side)
{
    struct buffer *out = openapi->out;
    const char *format = column->format ? column->format : kinds[column->kind].format;

    put_type(out, type_of(column), column->nullable && side != SIDE_QUERY);
    /* Of several texts it is each one's. */
    if (format && column->kind != KIND_TEXTS)
        json_put_text(out, "format", format);
    put_bounds(openapi, column, side);
}

static void put_examples(struct buffer *out, const struct column *column)
{
    if (!column->example)
        return;
    json_open_array(out, "examples");
    json_put_raw(out, NULL, column->example);
    json_close_array(out);
}

void openapi_put_column(struct openapi *openapi, const struct column *column,
                        enum openapi_side side, const char *name)
{
    struct buffer *out = openapi->out;

    json_open_object(out, name);
    if (column->nested)
        put_nested(openapi, column);
    else
        put_plain(openapi, column, side);
    if (side != SIDE_QUERY)
        json_put_text(out, "description", column->doc);
    if (side == SIDE_REPLY && !(column->uses & (CREATE | UPDATE)))
        json_put_bool(out, "readOnly", true);
    if (!column->nested)
        put_examples(out, column);
    json_close_object(out);
}
