/* value.c - one value of a column: from JSON or text, checked, to PostgreSQL's text form */
#include "keel/model/input.h"

#include "keel/core/clock.h"
#include "keel/core/network.h"
#include "keel/core/text.h"
#include "keel/model/array.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static bool has_bounds(const struct column *column)
{
    return column->min != 0 || column->max != 0;
}

static bool check_int(struct scope *scope, const struct column *column, const char *field,
                      int64_t value)
{
    if (!has_bounds(column))
        return true;
    if (value < column->min)
        return fail_field(scope, field, "too_small", "%s must be at least %" PRId64, field,
                          column->min);
    if (value > column->max)
        return fail_field(scope, field, "too_large", "%s must be at most %" PRId64, field,
                          column->max);
    return true;
}

/* Which is larger: as strcmp() says it. The decimal is a plain one and never becomes a double. */
static int compare_decimal(const char *decimal, int64_t bound)
{
    bool negative = *decimal == '-';
    size_t whole = strcspn(decimal, ".");
    const char *fraction = decimal + whole;
    bool has_fraction = strspn(fraction, ".0") < strlen(fraction);
    int64_t value;

    /* Beyond 64 bits it is beyond any bound. */
    if (!text_to_int(decimal, whole, &value))
        return negative ? -1 : 1;
    if (value != bound)
        return value < bound ? -1 : 1;
    if (!has_fraction)
        return 0;
    return negative ? -1 : 1;
}

static bool check_decimal(struct scope *scope, const struct column *column, const char *field,
                          const char *text)
{
    size_t length = strlen(text);
    bool negative = *text == '-';
    size_t whole = strcspn(text + negative, ".");

    if (!text_is_decimal(text, length, UINT32_MAX))
        return fail_field(scope, field, "invalid_number", "%s must be a plain decimal number",
                          field);
    if (!text_is_decimal(text, length, column->scale))
        return fail_field(scope, field, "too_precise", "%s must have at most %u decimals", field,
                          column->scale);
    if (has_bounds(column) && compare_decimal(text, column->min) < 0)
        return fail_field(scope, field, "too_small", "%s must be at least %" PRId64, field,
                          column->min);
    if (whole > column->digits - column->scale)
        return fail_field(scope, field, "too_large",
                          "%s must have at most %u digits before the point", field,
                          column->digits - column->scale);
    if (has_bounds(column) && compare_decimal(text, column->max) > 0)
        return fail_field(scope, field, "too_large", "%s must be at most %" PRId64, field,
                          column->max);
    return true;
}

/*
 * Claim: nothing that no address has: white space of any script, control characters, what a mail's
 * header takes for more than text.
 */
static bool is_address_text(const char *text, size_t length)
{
    for (size_t i = 0, size; i < length; i += size) {
        unsigned char c = (unsigned char)text[i];

        size = text_measure_character(text + i, length - i);
        if (size == 0 || c < ' ' || c == 127 || strchr("<>,;\"\\", c) ||
            text_is_blank(text + i, size))
            return false;
    }
    return true;
}

/*
 * The shape alone (something@domain.tld, no spaces); whether it can be reached, a mail to it tells.
 * Spaces around it do not count: the database trims them (users_insert).
 */
static bool looks_like_email(const char *text)
{
    size_t length;

    text += strspn(text, " ");
    length = strlen(text);
    while (length && text[length - 1] == ' ')
        length--;
    const char *at = memchr(text, '@', length);
    const char *dot = at ? memrchr(at, '.', length - (size_t)(at - text)) : NULL;

    return at && at != text && dot && dot > at + 1 && dot + 1 < text + length &&
           !strchr(at + 1, '@') && is_address_text(text, length);
}

/* Claim: the text is one of "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
    size_t length = strlen(text);

    while (*choices) {
        size_t size = strcspn(choices, "|");

        if (size == length && memcmp(choices, text, size) == 0)
            return true;
        choices += size;
        choices += *choices == '|';
    }
    return false;
}

static bool has_format(const struct column *column, const char *format)
{
    return column->format && strcmp(column->format, format) == 0;
}

static bool check_text(struct scope *scope, const struct column *column, const char *field,
                       const char *text)
{
    size_t bytes = strlen(text);
    size_t length = text_count_characters(text, bytes);

    if (has_format(column, "password")) {
        /* Hashing works on bytes, and its cost is bounded by them. */
        length = bytes;
    } else if (column->min > 0 && text_is_blank(text, bytes)) {
        return fail_field(scope, field, "blank", "%s must not be blank", field);
    }
    if (column->min > 0 && length < (size_t)column->min)
        return fail_field(scope, field, "too_short",
                          "%s must have at least %" PRId64 " character%s", field, column->min,
                          column->min == 1 ? "" : "s");
    if (column->max > 0 && length > (size_t)column->max)
        return fail_field(scope, field, "too_long", "%s must have at most %" PRId64 " characters",
                          field, column->max);
    if (has_format(column, "email") && !looks_like_email(text))
        return fail_field(scope, field, "invalid_email", "%s must be an e-mail address", field);
    if (has_format(column, "network") && !network_is_valid(text, bytes))
        return fail_field(scope, field, "invalid_network",
                          "%s must be an address or a network such as 192.0.2.0/24", field);
    if (column->choices && !is_choice(column->choices, text))
        return fail_field(scope, field, "unknown", "%s must be one of %s", field, column->choices);
    return true;
}

bool input_check_text(struct scope *scope, const struct column *column, const char *field,
                      const char *text)
{
    int64_t number;

    switch (column->kind) {
    case KIND_INT:
        if (!text_to_int(text, strlen(text), &number))
            return fail_field(scope, field, "not_an_integer", "%s must be a whole number", field);
        return check_int(scope, column, field, number);
    case KIND_DECIMAL:
        return check_decimal(scope, column, field, text);
    case KIND_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return fail_field(scope, field, "not_a_boolean", "%s must be true or false", field);
        return true;
    case KIND_TIME:
        if (!clock_parse(text, strlen(text), &number))
            return fail_field(scope, field, "invalid_time",
                              "%s must be a time such as 2026-01-12T10:00:00Z", field);
        return true;
    case KIND_TEXT:
    case KIND_TEXTS:
        return check_text(scope, column, field, text);
    case KIND_JSON:
        break;
    }
    return fail_field(scope, field, "read_only", "%s cannot be set here", field);
}

/* Claim: JSON has the type that the column takes. A decimal may be written without its point. */
static bool has_type(const struct column *column, struct json_object *member)
{
    enum json_type type = json_object_get_type(member);

    switch (column->kind) {
    case KIND_INT:
        return type == json_type_int;
    case KIND_DECIMAL:
        return type == json_type_int || type == json_type_double;
    case KIND_BOOL:
        return type == json_type_boolean;
    case KIND_TEXT:
    case KIND_TIME:
        return type == json_type_string;
    case KIND_TEXTS:
        return type == json_type_array;
    case KIND_JSON:
        break;
    }
    return false;
}

bool value_fail_type(struct scope *scope, const struct column *column)
{
    static const struct {
        const char *code, *must;
    } types[] = {
        [KIND_INT] = {"not_an_integer", "a whole number"},
        [KIND_TEXT] = {"not_a_text", "a text"},
        [KIND_DECIMAL] = {"not_a_number", "a number"},
        [KIND_BOOL] = {"not_a_boolean", "true or false"},
        [KIND_TIME] = {"not_a_text", "a time as text"},
        [KIND_JSON] = {"read_only", "left out"},
        [KIND_TEXTS] = {"not_a_list", "a list of texts"},
    };

    return fail_field(scope, column->name, types[column->kind].code, "%s must be %s", column->name,
                      types[column->kind].must);
}

/*
 * PostgreSQL's text form; for a number read as a double, json-c still has the digits as they were
 * written.
 */
static const char *text_of(struct scope *scope, struct json_object *member)
{
    if (json_object_is_type(member, json_type_boolean))
        return json_object_get_boolean(member) ? "true" : "false";
    if (json_object_is_type(member, json_type_int))
        return scope_format(scope, "%" PRId64, json_object_get_int64(member));
    if (json_object_is_type(member, json_type_double)) {
        const char *text = json_object_to_json_string_ext(member, JSON_C_TO_STRING_PLAIN);

        return text ? text : (fail_memory(scope), NULL);
    }
    return json_object_get_string(member);
}

/* Each text by the column's own rules; errors name its place: "scopes[2]". */
static bool decode_texts(struct scope *scope, const struct column *column,
                         struct json_object *member, struct value *value)
{
    size_t count = json_object_array_length(member);
    struct array array;

    if (count > (size_t)column->most)
        return fail_field(scope, column->name, "too_many", "%s must have at most %" PRId64,
                          column->name, column->most);
    array_begin(&array, &scope->arena);
    for (size_t i = 0; i < count; i++) {
        struct json_object *text = json_object_array_get_idx(member, i);
        const char *field = scope_format(scope, "%s[%zu]", column->name, i);

        if (!field)
            return false;
        if (!json_object_is_type(text, json_type_string))
            return fail_field(scope, field, "not_a_text", "%s must be a text", field);
        if (!check_text(scope, column, field, json_object_get_string(text)))
            return false;
        array_add(&array, json_object_get_string(text));
    }
    *value = (struct value){VALUE_SET, array_end(&array)};
    return value->text || fail_memory(scope);
}

bool value_decode(struct scope *scope, const struct column *column, struct json_object *member,
                  struct value *value)
{
    if (!member) {
        if (!column->nullable)
            return fail_field(scope, column->name, "not_null", "%s must not be null", column->name);
        value->state = VALUE_NULL;
        return true;
    }
    if (!has_type(column, member))
        return value_fail_type(scope, column);
    if (column->kind == KIND_TEXTS)
        return decode_texts(scope, column, member, value);
    const char *text = text_of(scope, member);

    if (!text || !input_check_text(scope, column, column->name, text))
        return false;
    *value = (struct value){VALUE_SET, text};
    return true;
}
