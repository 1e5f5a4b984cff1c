/* docs_example.c - examples: a JSON object of a model, a call by curl */
#include "docs_parts.h"

#include "keel/core/json.h"

#include <string.h>

#define SERVER "http://127.0.0.1:8080"

static void add_number(struct buffer *out, const struct column *column)
{
    buffer_add_int(out, column->min > 1 ? column->min : 1);
    if (column->kind == KIND_DECIMAL && column->scale > 0) {
        buffer_add_char(out, '.');
        for (unsigned i = 0; i < column->scale; i++)
            buffer_add_char(out, i ? '0' : '5');
    }
}

static void add_sample_text(struct buffer *out, const struct column *column)
{
    if (column->format && strcmp(column->format, "email") == 0)
        json_add_text(out, "ada@example.com");
    else if (column->format && strcmp(column->format, "password") == 0)
        json_add_text(out, "correct horse battery");
    else if (column->format && strcmp(column->format, "network") == 0)
        json_add_text(out, "192.0.2.0/24");
    else if (column->choices)
        json_add_string(out, column->choices, strcspn(column->choices, "|"));
    else
        json_add_text(out, column->name);
}

/* The column's own example, or one that its limits allow. */
static void add_value(struct buffer *out, const struct column *column)
{
    if (column->example) {
        buffer_add_text(out, column->example);
        return;
    }
    switch (column->kind) {
    case KIND_INT:
    case KIND_DECIMAL:
        add_number(out, column);
        break;
    case KIND_TEXT:
        add_sample_text(out, column);
        break;
    case KIND_TEXTS:
        buffer_add_char(out, '[');
        add_sample_text(out, column);
        buffer_add_char(out, ']');
        break;
    case KIND_BOOL:
        buffer_add_text(out, "true");
        break;
    case KIND_TIME:
        json_add_text(out, "2026-01-12T10:00:00Z");
        break;
    case KIND_JSON:
        if (column->nested)
            docs_add_json(out, column->nested, READ);
        else
            buffer_add_text(out, "[]");
        break;
    }
}

/* A change is shown with few fields, as it is made. */
#define PARTIAL_EXAMPLE 2

void docs_add_json(struct buffer *out, const struct model *model, unsigned use)
{
    size_t count = 0;

    buffer_add_char(out, '{');
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!(column->uses & use & (READ | CREATE | UPDATE)) || column->uses & ASKED)
            continue;
        if (use & PARTIAL && count == PARTIAL_EXAMPLE)
            break;
        buffer_add_text(out, count++ ? ", " : "");
        json_add_key(out, column->name);
        buffer_add_char(out, ' ');
        add_value(out, column);
    }
    buffer_add_char(out, '}');
}

/* The example of the id of whatever the endpoint is about. */
static const char *example_id(const struct module *module, const struct route *route)
{
    const struct model *const models[] = {route->reply.model, route->body.model, module->model};

    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        const struct column *id = models[i] ? model_find(models[i], "id") : NULL;

        if (id && id->example)
            return id->example;
    }
    return "1";
}

static void add_url(struct buffer *out, const struct docs_source *source,
                    const struct module *module, const struct route *route)
{
    buffer_add_format(out, "'" SERVER "%s", source->base_path);
    for (const char *at = route->path; *at;) {
        size_t length = *at == '{' ? strcspn(at, "}") + 1 : strcspn(at, "{");

        if (strncmp(at, "{id}", length) == 0 && *at == '{')
            buffer_add_text(out, example_id(module, route));
        else
            buffer_add(out, at, length);
        at += length;
    }
    if (route->streams && route->flags & ROUTE_LIST)
        buffer_add_format(out, "?format=%s'", route->streams->format);
    else
        buffer_add_text(out, route->flags & ROUTE_LIST ? "?per_page=3'" : "'");
}

/* Inside of single quotes, of which none may stand there by itself. */
static void add_quoted(struct buffer *out, const char *text)
{
    buffer_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buffer_add_text(out, "'\\''");
        else
            buffer_add_char(out, *text);
    }
    buffer_add_char(out, '\'');
}

static void add_body(struct buffer *out, const struct route *route)
{
    struct buffer json;

    buffer_init(&json, out->arena);
    if (route->flags & ROUTE_BULK)
        buffer_add_text(&json, "{\"operations\": [{\"op\": \"create\", \"data\": ");
    docs_add_json(&json, route->body.model, route->body.use);
    buffer_add_text(&json, route->flags & ROUTE_BULK ? "}]}" : "");
    buffer_add_text(out, " \\\n  -H 'Content-Type: application/json' \\\n  -d ");
    if (json.failed)
        out->failed = true;
    else
        add_quoted(out, json.data);
}

/* Not -d, which takes the ends of lines out, and not all of it into memory. */
static void add_upload(struct buffer *out, const struct route *route)
{
    buffer_add_format(out, " \\\n  -H 'Content-Type: %s' \\\n  -T file.%s", route->uploads->type,
                      route->uploads->format);
}

void docs_add_example(struct buffer *out, const struct docs_source *source,
                      const struct module *module, const struct route *route)
{
    bool is_post = route->method == POST && route->body.model;

    buffer_add_text(out, "```sh\ncurl ");
    if (route->method != GET && !is_post)
        buffer_add_format(out, "-X %s ", method_name(route->method));
    add_url(out, source, module, route);
    if (route->access != ACCESS_PUBLIC)
        buffer_add_text(out, " \\\n  -H \"Authorization: Bearer $TOKEN\"");
    if (route->body.model)
        add_body(out, route);
    if (route->uploads)
        add_upload(out, route);
    buffer_add_text(out, "\n```\n");
}
