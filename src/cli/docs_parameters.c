/* docs_parameters.c - what an endpoint takes beside its body: path, query and headers */
#include "docs_parts.h"

#include "keel/model/parameter.h"
#include "markdown.h"

#include <inttypes.h>
#include <string.h>

/* The table that is being written; it begins with its first row. */
struct table_of {
    struct buffer *out;
    bool has_rows;
};

static void begin_row(struct table_of *table, const char *name, const char *place)
{
    static const char *const headings[] = {"parameter", "in", "value", "meaning", NULL};

    if (!table->has_rows)
        markdown_table(table->out, headings);
    table->has_rows = true;
    buffer_add_format(table->out, "| `%s` | %s | ", name, place);
}

static void add_row(struct table_of *table, const char *name, const char *place, const char *value,
                    const char *meaning)
{
    begin_row(table, name, place);
    buffer_add_format(table->out, "%s | ", value);
    markdown_text(table->out, meaning);
    buffer_add_text(table->out, " |\n");
}

/* {id} is a number, other {names} are texts. */
static void add_path(struct table_of *table, const struct route *route)
{
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at + 1, '{')) {
        size_t length = strcspn(at + 1, "}");
        const char *name = arena_copy(table->out->arena, at + 1, length);

        if (!name)
            table->out->failed = true;
        else if (strcmp(name, "id") == 0)
            add_row(table, name, "path", "integer, at least 1", "Identifier of the row.");
        else
            add_row(table, name, "path", "text", "Names what is meant.");
    }
}

/* One or several of the choices; how many, where that is not all of them. */
static void add_choices(struct buffer *out, const struct parameter *parameter)
{
    size_t count = 0;

    while (parameter->choices[count])
        count++;
    if (parameter->kind != PARAMETER_CHOICE && count > 1) {
        if (parameter->max < (int64_t)count)
            buffer_add_format(out, "up to %" PRId64 " of these", parameter->max);
        else
            buffer_add_text(out, "any of these");
        buffer_add_text(out, ", separated by commas: ");
    }
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, i ? ", " : "");
        markdown_code(out, parameter->choices[i]);
    }
}

/* A column's NULL is asked for by a word, if at all. */
static void add_column_value(struct buffer *out, const struct parameter *parameter)
{
    struct column column = *parameter->column;

    column.nullable = false;
    docs_add_type(out, &column);
    if (parameter->takes_null)
        buffer_add_text(out, ", or `null`");
}

static void add_value(struct buffer *out, const struct parameter *parameter)
{
    switch (parameter->kind) {
    case PARAMETER_TEXT:
        buffer_add_text(out, "text");
        if (parameter->max)
            buffer_add_format(out, ", %" PRId64 " to %" PRId64 " characters", parameter->min,
                              parameter->max);
        break;
    case PARAMETER_NUMBER:
        buffer_add_format(out, "integer, %" PRId64 " to %" PRId64, parameter->min, parameter->max);
        break;
    case PARAMETER_IDS:
        buffer_add_format(out, "up to %" PRId64 " integers, separated by commas", parameter->max);
        break;
    case PARAMETER_CHOICE:
    case PARAMETER_NAMES:
    case PARAMETER_SORT:
        add_choices(out, parameter);
        break;
    case PARAMETER_VALUE:
        add_column_value(out, parameter);
        break;
    }
}

static void add_query_row(struct table_of *table, const struct route *route,
                          const struct parameter *parameter)
{
    bool needs_permission = route->see_deleted && strcmp(parameter->name, "deleted") == 0;

    begin_row(table, parameter->name, "query");
    add_value(table->out, parameter);
    buffer_add_text(table->out, " | ");
    if (parameter->doc)
        markdown_text(table->out, parameter->doc);
    if (parameter->fallback)
        buffer_add_format(table->out, " `%s` when not said.", parameter->fallback);
    if (needs_permission)
        buffer_add_format(table->out, " Needs the permission `%s`.", route->see_deleted);
    buffer_add_text(table->out, " |\n");
}

static void add_query(struct table_of *table, const struct docs_source *source,
                      const struct route *route)
{
    struct parameters parameters = {0};

    if (!route_parameters(source->scope, route, &parameters)) {
        table->out->failed = true;
        return;
    }
    for (size_t i = 0; i < parameters.count; i++)
        add_query_row(table, route, &parameters.list[i]);
}

static void add_headers(struct table_of *table, const struct route *route)
{
    unsigned errors = route_errors(route);

    if (route->method == GET && route_has_etag(route))
        add_row(table, "If-None-Match", "header", "`ETag` of an answer",
                "304 without a body while it still has this version.");
    if (errors & ERROR_BIT(ERR_PRECONDITION_FAILED))
        add_row(table, "If-Match", "header", "`ETag` of an answer",
                errors & ERROR_BIT(ERR_PRECONDITION_REQUIRED)
                    ? "412 unless the row still has this version. An instance may demand it (428)."
                    : "412 unless the row still has this version.");
    if (route_takes_idempotency_key(route))
        add_row(table, "Idempotency-Key", "header", "text",
                "Any name for this request, such as a UUID. Sent again under it, the request is "
                "not carried out again, and the first answer comes back.");
}

void docs_add_parameters(struct buffer *out, const struct docs_source *source,
                         const struct route *route)
{
    struct table_of table = {.out = out};

    add_path(&table, route);
    add_query(&table, source, route);
    add_headers(&table, route);
    if (table.has_rows)
        buffer_add_char(out, '\n');
}
