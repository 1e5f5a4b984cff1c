/* openapi_query.c - one parameter of a query */
#include "keel/core/json_build.h"
#include "keel/core/text.h"
#include "openapi_parts.h"

static void put_bounds(struct buffer *out, const char *min_name, int64_t min, const char *max_name,
                       int64_t max)
{
    if (min)
        json_put_int(out, min_name, min);
    if (max)
        json_put_int(out, max_name, max);
}

static void put_ids(struct buffer *out)
{
    json_open_object(out, "items");
    json_put_text(out, "type", "integer");
    json_put_text(out, "format", "int64");
    json_put_int(out, "minimum", 1);
    json_close_object(out);
}

/* With `both_ways`, each also with a '-' in front. */
static void put_choices(struct buffer *out, const char *const *choices, bool both_ways)
{
    json_open_array(out, "enum");
    for (; *choices; choices++) {
        json_put_text(out, NULL, *choices);
        if (both_ways)
            json_put_format(out, NULL, "-%s", *choices);
    }
    json_close_array(out);
}

static void put_names(struct buffer *out, const struct parameter *parameter)
{
    json_open_object(out, "items");
    json_put_text(out, "type", "string");
    put_choices(out, parameter->choices, parameter->kind == PARAMETER_SORT);
    json_close_object(out);
    json_put_bool(out, "uniqueItems", true);
}

static void put_fallback(struct openapi *openapi, const struct parameter *parameter)
{
    struct buffer *out = openapi->out;
    const char *rest = parameter->fallback, *piece;
    size_t length;

    if (!rest)
        return;
    if (parameter->kind != PARAMETER_SORT && parameter->kind != PARAMETER_NAMES) {
        json_put_text(out, "default", rest);
        return;
    }
    json_open_array(out, "default");
    while (text_next(&rest, ',', &piece, &length))
        json_put_format(out, NULL, "%.*s", (int)length, piece);
    json_close_array(out);
}

static void put_plain(struct openapi *openapi, const struct parameter *parameter)
{
    struct buffer *out = openapi->out;

    if (parameter->kind == PARAMETER_NUMBER) {
        json_put_text(out, "type", "integer");
        json_put_text(out, "format", "int64");
        put_bounds(out, "minimum", parameter->min, "maximum", parameter->max);
        if (parameter->fallback)
            json_put_raw(out, "default", parameter->fallback);
        return;
    }
    json_put_text(out, "type", "string");
    if (parameter->kind == PARAMETER_CHOICE)
        put_choices(out, parameter->choices, false);
    else
        put_bounds(out, "minLength", parameter->min, "maxLength", parameter->max);
    put_fallback(openapi, parameter);
}

static void put_array(struct openapi *openapi, const struct parameter *parameter)
{
    struct buffer *out = openapi->out;

    json_put_text(out, "type", "array");
    if (parameter->kind == PARAMETER_IDS)
        put_ids(out);
    else
        put_names(out, parameter);
    put_bounds(out, "minItems", 1, "maxItems", parameter->max);
    put_fallback(openapi, parameter);
}

/* A value of the column, and where that may be asked for, the word null. */
static void put_value(struct openapi *openapi, const struct parameter *parameter)
{
    struct buffer *out = openapi->out;

    if (!parameter->takes_null) {
        openapi_put_column(openapi, parameter->column, SIDE_QUERY, "schema");
        return;
    }
    json_open_object(out, "schema");
    json_open_array(out, "anyOf");
    openapi_put_column(openapi, parameter->column, SIDE_QUERY, NULL);
    json_put_raw(out, NULL, "{\"type\":\"string\",\"const\":\"null\"}");
    json_close_array(out);
    json_close_object(out);
}

static bool is_array(const struct parameter *parameter)
{
    return parameter->kind == PARAMETER_IDS || parameter->kind == PARAMETER_NAMES ||
           parameter->kind == PARAMETER_SORT;
}

void openapi_put_query(struct openapi *openapi, const struct parameter *parameter)
{
    struct buffer *out = openapi->out;

    json_open_object(out, NULL);
    json_put_text(out, "name", parameter->name);
    json_put_text(out, "in", "query");
    json_put_text(out, "description", parameter->doc);
    if (is_array(parameter)) {
        /* Commas between, as a parameter may be given once only. */
        json_put_text(out, "style", "form");
        json_put_bool(out, "explode", false);
    }
    if (parameter->kind == PARAMETER_VALUE) {
        put_value(openapi, parameter);
    } else {
        json_open_object(out, "schema");
        if (is_array(parameter))
            put_array(openapi, parameter);
        else
            put_plain(openapi, parameter);
        json_close_object(out);
    }
    json_close_object(out);
}
