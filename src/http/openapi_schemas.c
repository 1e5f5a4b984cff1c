/* openapi_schemas.c - the document's schemas: their names, and those that something refers to */
#include "keel/core/json_build.h"
#include "openapi_parts.h"

#include <ctype.h>

/* What stands behind the model's name; without a model, the whole name. */
static const char *const names[] = {
    [SCHEMA_ROW] = "",
    [SCHEMA_LIST] = "List",
    [SCHEMA_WHOLE] = "Collection",
    [SCHEMA_REPLY] = "Reply",
    [SCHEMA_LIST_REPLY] = "ListReply",
    [SCHEMA_WHOLE_REPLY] = "CollectionReply",
    [SCHEMA_CREATE] = "Create",
    [SCHEMA_REPLACE] = "Replace",
    [SCHEMA_PATCH] = "Patch",
    [SCHEMA_BULK] = "Bulk",
    [SCHEMA_BULK_RESULT] = "BulkResult",
    [SCHEMA_BULK_REPLY] = "BulkReply",
    [SCHEMA_EMPTY] = "EmptyReply",
    [SCHEMA_PAGINATION] = "Pagination",
    [SCHEMA_FIELD_ERROR] = "FieldError",
    [SCHEMA_ERROR_DETAILS] = "ErrorDetails",
};

static bool is_read(const struct model *model)
{
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & READ)
            return true;
    }
    return false;
}

/* "Order line" names the schema OrderLine. A model that is nothing but a body is named for itself.
 */
static const char *schema_name(struct openapi *openapi, const struct openapi_schema *schema)
{
    const struct model *model = schema->model;
    bool upper = true;
    struct buffer name;

    buffer_init(&name, &openapi->scope->arena);
    for (const char *at = model ? model->name : ""; *at; at++) {
        if (isalnum((unsigned char)*at))
            buffer_add_char(&name, (char)(upper ? toupper((unsigned char)*at) : *at));
        upper = !isalnum((unsigned char)*at);
    }
    if (!model || schema->kind != SCHEMA_CREATE || is_read(model))
        buffer_add_text(&name, names[schema->kind]);
    openapi->out->failed = openapi->out->failed || name.failed;
    return name.failed ? "" : name.data;
}

static bool make_room(struct openapi *openapi)
{
    size_t size = sizeof *openapi->schemas, capacity = openapi->schema_capacity;
    size_t wanted = capacity ? 2 * capacity : 32;

    if (openapi->schema_count < capacity)
        return true;
    void *schemas =
        arena_grow(&openapi->scope->arena, openapi->schemas, capacity * size, wanted * size);

    if (!schemas) {
        openapi->out->failed = true;
        return false;
    }
    openapi->schemas = schemas;
    openapi->schema_capacity = wanted;
    return true;
}

static void remember(struct openapi *openapi, const struct openapi_schema *schema)
{
    for (size_t i = 0; i < openapi->schema_count; i++) {
        if (openapi->schemas[i].model == schema->model && openapi->schemas[i].kind == schema->kind)
            return;
    }
    if (make_room(openapi))
        openapi->schemas[openapi->schema_count++] = *schema;
}

void openapi_put_reference(struct openapi *openapi, const struct model *model,
                           enum openapi_schema_kind kind)
{
    const struct openapi_schema schema = {model, kind};

    remember(openapi, &schema);
    json_put_format(openapi->out, "$ref", "#/components/schemas/%s", schema_name(openapi, &schema));
}

void openapi_put_schema(struct openapi *openapi, const char *name, const struct model *model,
                        enum openapi_schema_kind kind)
{
    json_open_object(openapi->out, name);
    openapi_put_reference(openapi, model, kind);
    json_close_object(openapi->out);
}

static void write_schema(struct openapi *openapi, const struct openapi_schema *schema)
{
    switch (schema->kind) {
    case SCHEMA_ROW:
        openapi_write_row(openapi, schema->model);
        break;
    case SCHEMA_LIST:
        openapi_write_list(openapi, schema->model);
        break;
    case SCHEMA_REPLY:
        openapi_write_reply(openapi, &(struct openapi_schema){schema->model, SCHEMA_ROW});
        break;
    case SCHEMA_LIST_REPLY:
        openapi_write_reply(openapi, &(struct openapi_schema){schema->model, SCHEMA_LIST});
        break;
    case SCHEMA_WHOLE:
        openapi_write_whole(openapi, schema->model);
        break;
    case SCHEMA_WHOLE_REPLY:
        openapi_write_reply(openapi, &(struct openapi_schema){schema->model, SCHEMA_WHOLE});
        break;
    case SCHEMA_EMPTY:
        openapi_write_reply(openapi, NULL);
        break;
    case SCHEMA_CREATE:
        openapi_write_body(openapi, schema->model, CREATE);
        break;
    case SCHEMA_REPLACE:
        openapi_write_body(openapi, schema->model, UPDATE);
        break;
    case SCHEMA_PATCH:
        openapi_write_body(openapi, schema->model, UPDATE | PARTIAL);
        break;
    case SCHEMA_BULK:
        openapi_write_bulk(openapi, schema->model);
        break;
    case SCHEMA_BULK_RESULT:
        openapi_write_bulk_result(openapi, schema->model);
        break;
    case SCHEMA_BULK_REPLY:
        openapi_write_reply(openapi, &(struct openapi_schema){schema->model, SCHEMA_BULK_RESULT});
        break;
    case SCHEMA_PAGINATION:
        openapi_write_pagination(openapi);
        break;
    case SCHEMA_FIELD_ERROR:
        openapi_write_field_error(openapi);
        break;
    case SCHEMA_ERROR_DETAILS:
        openapi_write_error_details(openapi);
        break;
    }
}

/* Writing one may refer to others, which then have their turn. */
void openapi_write_schemas(struct openapi *openapi)
{
    json_open_object(openapi->out, "schemas");
    for (size_t i = 0; i < openapi->schema_count; i++) {
        const struct openapi_schema schema = openapi->schemas[i];

        json_open_object(openapi->out, schema_name(openapi, &schema));
        json_put_text(openapi->out, "type", "object");
        write_schema(openapi, &schema);
        json_close_object(openapi->out);
    }
    json_close_object(openapi->out);
}
