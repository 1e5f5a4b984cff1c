/* openapi_envelope.c - the schemas of what every answer and every list has */
#include "keel/core/json_build.h"
#include "keel/model/list.h"
#include "openapi_parts.h"

static void put_property(struct buffer *out, const char *name, const char *type, const char *doc)
{
    json_open_object(out, name);
    json_put_text(out, "type", type);
    json_put_text(out, "description", doc);
    json_close_object(out);
}

/* Of 64 bits; with `nullable`, or nothing. */
static void put_count(struct buffer *out, const char *name, bool nullable, int64_t minimum,
                      const char *doc)
{
    json_open_object(out, name);
    if (nullable)
        json_put_raw(out, "type", "[\"integer\",\"null\"]");
    else
        json_put_text(out, "type", "integer");
    json_put_text(out, "format", "int64");
    json_put_int(out, "minimum", minimum);
    json_put_text(out, "description", doc);
    json_close_object(out);
}

void openapi_open_envelope(struct openapi *openapi, bool success)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    json_open_object(out, "success");
    json_put_text(out, "type", "boolean");
    json_put_bool(out, "const", success);
    json_close_object(out);
}

void openapi_close_envelope(struct openapi *openapi, bool success)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "timestamp");
    json_put_text(out, "type", "string");
    json_put_text(out, "format", "date-time");
    json_put_text(out, "description", "When it was answered, in UTC.");
    json_close_object(out);
    json_close_object(out);
    json_open_array(out, "required");
    json_put_text(out, NULL, "success");
    json_put_text(out, NULL, success ? "data" : "error");
    json_put_text(out, NULL, "timestamp");
    json_close_array(out);
}

void openapi_write_reply(struct openapi *openapi, const struct openapi_schema *data)
{
    struct buffer *out = openapi->out;

    openapi_open_envelope(openapi, true);
    if (data) {
        openapi_put_schema(openapi, "data", data->model, data->kind);
    } else {
        json_open_object(out, "data");
        json_put_text(out, "type", "null");
        json_close_object(out);
    }
    put_property(out, "message", "string",
                 "What was done, for people; where there is something to say.");
    openapi_close_envelope(openapi, true);
}

void openapi_write_list(struct openapi *openapi, const struct model *model)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    json_open_object(out, model->plural);
    json_put_text(out, "type", "array");
    openapi_put_schema(openapi, "items", model, SCHEMA_ROW);
    json_put_int(out, "maxItems", LIST_PER_PAGE_MAX);
    json_close_object(out);
    openapi_put_schema(openapi, "pagination", NULL, SCHEMA_PAGINATION);
    json_close_object(out);
    json_open_array(out, "required");
    json_put_text(out, NULL, model->plural);
    json_put_text(out, NULL, "pagination");
    json_close_array(out);
}

void openapi_write_whole(struct openapi *openapi, const struct model *model)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    json_open_object(out, model->plural);
    json_put_text(out, "type", "array");
    openapi_put_schema(openapi, "items", model, SCHEMA_ROW);
    json_close_object(out);
    json_close_object(out);
    json_open_array(out, "required");
    json_put_text(out, NULL, model->plural);
    json_close_array(out);
}

void openapi_write_pagination(struct openapi *openapi)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    put_count(out, "page", true, 1, "Number of this page; null where a cursor led here.");
    put_count(out, "per_page", false, 1, "Rows of a full page.");
    put_count(out, "total", true, 0, "Rows of all pages together; null where nobody counted.");
    put_property(out, "total_is_exact", "boolean", "False: total and pages are estimates.");
    put_count(out, "pages", true, 0, "Pages that hold them; null as total is.");
    json_open_object(out, "next_cursor");
    json_put_raw(out, "type", "[\"string\",\"null\"]");
    json_put_text(out, "description", "The parameter `cursor` of the next page; null on the last.");
    json_close_object(out);
    json_close_object(out);
    json_put_raw(out, "required",
                 "[\"page\",\"per_page\",\"total\",\"total_is_exact\",\"pages\",\"next_cursor\"]");
}

void openapi_write_field_error(struct openapi *openapi)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    put_property(out, "field", "string", "Field, parameter or header, as the caller named it.");
    put_property(out, "code", "string", "What is wrong, for programs: required, too_long ...");
    put_property(out, "message", "string", "The same as a sentence for people.");
    json_close_object(out);
    json_put_raw(out, "required", "[\"field\",\"code\",\"message\"]");
}

/* Both members are there for an error about fields, the first for one about a part of the body. */
void openapi_write_error_details(struct openapi *openapi)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "properties");
    put_property(out, "field", "string",
                 "The first field that is wrong, or the part of the body that the error is about.");
    json_open_object(out, "errors");
    json_put_text(out, "type", "array");
    openapi_put_schema(openapi, "items", NULL, SCHEMA_FIELD_ERROR);
    json_put_text(out, "description", "The fields that are wrong.");
    json_close_object(out);
    json_close_object(out);
    json_put_text(out, "description",
                  "Always an object; empty where the code and the message say all.");
}
