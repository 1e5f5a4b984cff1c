/* openapi_parameters.c - what an operation takes in its path, its query and its headers */
#include "keel/core/json_build.h"
#include "openapi_parts.h"

#include <string.h>

static const struct {
    const char *name, *header, *doc, *example;
    int max_length; /* 0: no bound */
} conditions[CONDITION_COUNT] = {
    [CONDITION_IF_MATCH] = {"IfMatch", "If-Match",
                            "Carries the step out only when the ETag is still one of these; "
                            "else the answer is 412.",
                            "\"\\\"3\\\"\""},
    [CONDITION_IF_NONE_MATCH] = {"IfNoneMatch", "If-None-Match",
                                 "ETags that the caller has already; one of them makes the "
                                 "answer a 304 without a body.",
                                 "\"\\\"3\\\"\""},
    [CONDITION_IDEMPOTENCY_KEY] = {"IdempotencyKey", "Idempotency-Key",
                                   "Any name for this request, such as a UUID. Sent again under "
                                   "it, the request is not carried out again, and the first "
                                   "answer comes back.",
                                   "\"5f0d2c1e-8a57-4a39-9d2f-0c6b1f3a7e42\"", IDEMPOTENCY_KEY_MAX},
};

static void put_condition(struct openapi *openapi, enum openapi_condition condition)
{
    openapi->conditions |= 1u << condition;
    json_open_object(openapi->out, NULL);
    json_put_format(openapi->out, "$ref", "#/components/parameters/%s", conditions[condition].name);
    json_close_object(openapi->out);
}

void openapi_write_conditions(struct openapi *openapi)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "parameters");
    for (size_t i = 0; i < CONDITION_COUNT; i++) {
        if (!(openapi->conditions & 1u << i))
            continue;
        json_open_object(out, conditions[i].name);
        json_put_text(out, "name", conditions[i].header);
        json_put_text(out, "in", "header");
        json_put_text(out, "description", conditions[i].doc);
        json_open_object(out, "schema");
        json_put_text(out, "type", "string");
        if (conditions[i].max_length) {
            json_put_int(out, "minLength", 1);
            json_put_int(out, "maxLength", conditions[i].max_length);
            json_put_text(out, "pattern", "^[!-~]*$");
        }
        json_close_object(out);
        json_put_raw(out, "example", conditions[i].example);
        json_close_object(out);
    }
    json_close_object(out);
}

/* {id} is what the router takes for one: a positive 64-bit integer. */
static void put_path_schema(struct buffer *out, const char *name)
{
    bool is_id = strcmp(name, "id") == 0;

    json_open_object(out, "schema");
    json_put_text(out, "type", is_id ? "integer" : "string");
    if (is_id) {
        json_put_text(out, "format", "int64");
        json_put_int(out, "minimum", 1);
    } else {
        json_put_int(out, "minLength", 1);
    }
    json_close_object(out);
}

static void put_path_parameter(struct openapi *openapi, const char *name,
                               const struct module *module)
{
    const struct column *column = module->model ? model_find(module->model, name) : NULL;
    struct buffer *out = openapi->out;

    json_open_object(out, NULL);
    json_put_text(out, "name", name);
    json_put_text(out, "in", "path");
    json_put_bool(out, "required", true);
    json_put_text(out, "description", column ? column->doc : "Names what is meant.");
    put_path_schema(out, name);
    if (column && column->example)
        json_put_raw(out, "example", column->example);
    json_close_object(out);
}

static void put_path_parameters(struct openapi *openapi, const struct route *route,
                                const struct module *module)
{
    const char *at = route->path;

    while ((at = strchr(at, '{'))) {
        size_t length = strcspn(++at, "}");
        const char *name = scope_copy(openapi->scope, at, length);

        if (name)
            put_path_parameter(openapi, name, module);
        else
            openapi->out->failed = true;
        at += length;
    }
}

static void put_query_parameters(struct openapi *openapi, const struct route *route)
{
    struct parameters parameters = {0};

    if (!route_parameters(openapi->scope, route, &parameters)) {
        openapi->out->failed = true;
        return;
    }
    for (size_t i = 0; i < parameters.count; i++)
        openapi_put_query(openapi, &parameters.list[i]);
}

void openapi_write_parameters(struct openapi *openapi, const struct route *route,
                              const struct module *module)
{
    struct buffer *out = openapi->out;
    size_t before = out->length;

    json_open_array(out, "parameters");
    size_t empty = out->length;

    put_path_parameters(openapi, route, module);
    put_query_parameters(openapi, route);
    if (route->method == GET && route_has_etag(route))
        put_condition(openapi, CONDITION_IF_NONE_MATCH);
    if (route_errors(route) & ERROR_BIT(ERR_PRECONDITION_FAILED))
        put_condition(openapi, CONDITION_IF_MATCH);
    if (route_takes_idempotency_key(route))
        put_condition(openapi, CONDITION_IDEMPOTENCY_KEY);
    if (out->length == empty)
        buffer_cut(out, before);
    else
        json_close_array(out);
}
