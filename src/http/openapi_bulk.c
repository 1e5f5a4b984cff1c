/* openapi_bulk.c - the schemas of many operations in one call, and of what became of them */
#include "keel/core/json_build.h"
#include "keel/model/bulk.h"
#include "openapi_parts.h"

#define ID_SCHEMA      "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1}"
#define COUNT_SCHEMA   "{\"type\":\"integer\",\"minimum\":0}"
#define VERSION_SCHEMA "{\"type\":\"integer\",\"format\":\"int64\"}"

static void put_operation(struct openapi *openapi, const struct model *model, const char *op,
                          bool has_id, enum openapi_schema_kind data)
{
    struct buffer *out = openapi->out;
    bool has_data = data != SCHEMA_EMPTY;

    json_open_object(out, NULL);
    json_put_text(out, "type", "object");
    json_open_object(out, "properties");
    json_open_object(out, "op");
    json_put_text(out, "type", "string");
    json_put_text(out, "const", op);
    json_close_object(out);
    if (has_id)
        json_put_raw(out, "id", ID_SCHEMA);
    if (has_data)
        openapi_put_schema(openapi, "data", model, data);
    json_close_object(out);
    json_open_array(out, "required");
    json_put_text(out, NULL, "op");
    if (has_id)
        json_put_text(out, NULL, "id");
    if (has_data)
        json_put_text(out, NULL, "data");
    json_close_array(out);
    json_put_bool(out, "additionalProperties", false);
    json_close_object(out);
}

void openapi_write_bulk(struct openapi *openapi, const struct model *model)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    json_open_object(out, "operations");
    json_put_text(out, "type", "array");
    json_put_int(out, "minItems", 1);
    json_put_int(out, "maxItems", BULK_MAX);
    json_open_object(out, "items");
    json_open_array(out, "oneOf");
    put_operation(openapi, model, "create", false, SCHEMA_CREATE);
    put_operation(openapi, model, "update", true, SCHEMA_PATCH);
    put_operation(openapi, model, "delete", true, SCHEMA_EMPTY);
    json_close_array(out);
    json_close_object(out);
    json_put_text(out, "description",
                  "All or none are carried out: deletions first, then changes, then additions.");
    json_close_object(out);
    json_close_object(out);
    json_put_raw(out, "required", "[\"operations\"]");
    json_put_bool(out, "additionalProperties", false);
}

void openapi_write_bulk_result(struct openapi *openapi, const struct model *model)
{
    struct buffer *out = openapi->out;
    bool has_version = model_find(model, "version") != NULL;

    json_open_object(out, "properties");
    json_put_raw(out, "created", COUNT_SCHEMA);
    json_put_raw(out, "updated", COUNT_SCHEMA);
    json_put_raw(out, "deleted", COUNT_SCHEMA);
    json_open_object(out, "results");
    json_put_text(out, "type", "array");
    json_put_int(out, "maxItems", BULK_MAX);
    json_put_text(out, "description", "One for each operation, in the order of the request.");
    json_open_object(out, "items");
    json_put_text(out, "type", "object");
    json_open_object(out, "properties");
    json_put_raw(out, "op", "{\"type\":\"string\",\"enum\":[\"create\",\"update\",\"delete\"]}");
    json_put_raw(out, "id", ID_SCHEMA);
    if (has_version)
        json_put_raw(out, "version", VERSION_SCHEMA);
    json_close_object(out);
    json_put_raw(out, "required", has_version ? "[\"op\",\"id\",\"version\"]" : "[\"op\",\"id\"]");
    json_close_object(out);
    json_close_object(out);
    json_close_object(out);
    json_put_raw(out, "required", "[\"created\",\"updated\",\"deleted\",\"results\"]");
}
