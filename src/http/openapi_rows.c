/* openapi_rows.c - the schemas of rows and of bodies, from the column tables */
#include "keel/core/json_build.h"
#include "openapi_parts.h"

#include <string.h>

/* What `include` of the column's name without "_id" adds. */
static void put_inclusion(struct openapi *openapi, const struct column *column)
{
    struct buffer *out = openapi->out;
    const char *name = scope_copy(openapi->scope, column->name, strlen(column->name) - 3);

    if (!name) {
        out->failed = true;
        return;
    }
    json_open_object(out, name);
    json_open_array(out, "anyOf");
    openapi_put_schema(openapi, NULL, column->references, SCHEMA_ROW);
    json_open_object(out, NULL);
    json_put_text(out, "type", "null");
    json_close_object(out);
    json_close_array(out);
    json_put_format(out, "description", "The row that %s names; there when `include` names it.",
                    column->name);
    json_put_bool(out, "readOnly", true);
    json_close_object(out);
}

static void put_required(struct openapi *openapi, const struct model *model, unsigned has,
                         unsigned lacks)
{
    bool any = false;

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if ((column->uses & has) != has || column->uses & lacks)
            continue;
        if (!any)
            json_open_array(openapi->out, "required");
        any = true;
        json_put_text(openapi->out, NULL, column->name);
    }
    if (any)
        json_close_array(openapi->out);
}

void openapi_write_row(struct openapi *openapi, const struct model *model)
{
    json_open_object(openapi->out, "properties");
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (column->uses & READ)
            openapi_put_column(openapi, column, SIDE_REPLY, column->name);
        if (column->uses & READ && column->references)
            put_inclusion(openapi, column);
    }
    json_close_object(openapi->out);
    put_required(openapi, model, READ, ASKED);
}

void openapi_write_body(struct openapi *openapi, const struct model *model, unsigned use)
{
    json_open_object(openapi->out, "properties");
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (column->uses & use & (CREATE | UPDATE))
            openapi_put_column(openapi, column, SIDE_BODY, column->name);
    }
    json_close_object(openapi->out);
    if (!(use & PARTIAL))
        put_required(openapi, model, (use & (CREATE | UPDATE)) | REQUIRE, 0);
    json_put_bool(openapi->out, "additionalProperties", false);
    if (use & PARTIAL)
        json_put_text(openapi->out, "description", "What is absent stays as it is.");
}
