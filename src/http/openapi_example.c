/* openapi_example.c - example bodies and answers, made from the columns' own examples */
#include "keel/core/json_build.h"
#include "keel/http/response.h"
#include "keel/model/list.h"
#include "openapi_parts.h"

#include <string.h>

#define TIMESTAMP "2026-01-12T10:00:00Z"

/* Columns of `use` that have an example; a nested object stands for itself. */
static void put_members(struct buffer *out, const struct model *model, unsigned use)
{
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!(column->uses & use) || column->uses & ASKED)
            continue;
        if (column->nested) {
            json_open_object(out, column->name);
            put_members(out, column->nested, use);
            json_close_object(out);
        } else if (column->example) {
            json_put_raw(out, column->name, column->example);
        }
    }
}

/* Claim: the columns' examples make a whole object: none is missing that must be there. */
static bool is_whole(const struct model *model, unsigned use)
{
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];
        bool needed = use & READ ? !(column->uses & ASKED) : (column->uses & REQUIRE) != 0;

        if (!(column->uses & use) || !needed)
            continue;
        if (column->nested ? !is_whole(column->nested, use) : !column->example)
            return false;
    }
    return true;
}

/* One row added and another one deleted. */
static void put_operations(struct buffer *out, const struct model *model)
{
    const struct column *id = model_find(model, "id");

    json_open_array(out, "operations");
    json_open_object(out, NULL);
    json_put_text(out, "op", "create");
    json_open_object(out, "data");
    put_members(out, model, CREATE);
    json_close_object(out);
    json_close_object(out);
    json_open_object(out, NULL);
    json_put_text(out, "op", "delete");
    json_put_raw(out, "id", id && id->example ? id->example : "1");
    json_close_object(out);
    json_close_array(out);
}

void openapi_put_body_example(struct openapi *openapi, const struct route *route)
{
    unsigned use = route->body.use & (CREATE | UPDATE);

    if (!is_whole(route->body.model, use))
        return;
    json_open_object(openapi->out, "example");
    if (route->flags & ROUTE_BULK)
        put_operations(openapi->out, route->body.model);
    else
        put_members(openapi->out, route->body.model, use);
    json_close_object(openapi->out);
}

/* A list or a collection of one row. */
static void put_rows(struct buffer *out, const struct model *model, bool paged)
{
    json_open_array(out, model->plural);
    json_open_object(out, NULL);
    put_members(out, model, READ);
    json_close_object(out);
    json_close_array(out);
    if (!paged)
        return;
    json_open_object(out, "pagination");
    json_put_int(out, "page", 1);
    json_put_int(out, "per_page", LIST_PER_PAGE);
    json_put_int(out, "total", 1);
    json_put_bool(out, "total_is_exact", true);
    json_put_int(out, "pages", 1);
    json_put_text(out, "next_cursor", NULL);
    json_close_object(out);
}

void openapi_put_reply_example(struct openapi *openapi, const struct route *route)
{
    const struct model *model = route->reply.model;
    struct buffer *out = openapi->out;

    if (model && !is_whole(model, READ))
        return;
    json_open_object(out, "example");
    json_put_bool(out, "success", true);
    if (model) {
        json_open_object(out, "data");
        if (route->reply.use & (LIST | WHOLE))
            put_rows(out, model, route->reply.use & LIST);
        else
            put_members(out, model, READ);
        json_close_object(out);
    } else {
        json_put_text(out, "data", NULL);
    }
    if (route->message)
        json_put_text(out, "message", route->message);
    json_put_text(out, "timestamp", TIMESTAMP);
    json_close_object(out);
}

static void put_details(struct buffer *out, enum error_kind kind)
{
    json_open_object(out, "details");
    if (kind == ERR_VALIDATION) {
        json_put_text(out, "field", "email");
        json_open_array(out, "errors");
        json_open_object(out, NULL);
        json_put_text(out, "field", "email");
        json_put_text(out, "code", "required");
        json_put_text(out, "message", "Email is required");
        json_close_object(out);
        json_close_array(out);
    }
    json_close_object(out);
}

void openapi_put_error_example(struct openapi *openapi, enum error_kind kind)
{
    struct buffer *out = openapi->out;

    json_open_object(out, error_code(kind));
    json_put_text(out, "summary", error_meaning(kind));
    json_open_object(out, "value");
    json_put_bool(out, "success", false);
    json_open_object(out, "error");
    json_put_text(out, "code", error_code(kind));
    json_put_text(out, "message",
                  kind == ERR_VALIDATION ? "Email is required" : error_meaning(kind));
    put_details(out, kind);
    json_close_object(out);
    json_put_text(out, "timestamp", TIMESTAMP);
    json_close_object(out);
    json_close_object(out);
}
