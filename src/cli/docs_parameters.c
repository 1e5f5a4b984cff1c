/* docs_parameters.c - what an endpoint takes beside its body: path, query and headers */
#include "docs_parts.h"

#include "keel/model/list.h"
#include "markdown.h"

#include <string.h>

/* What one row of the table is being written for. */
struct context {
    struct buffer *out;
    const struct route *route;
    bool has_table;
};

static void begin_row(struct context *context, const char *name, const char *place)
{
    static const char *const headings[] = {"parameter", "in", "value", "meaning", NULL};

    if (!context->has_table)
        markdown_table(context->out, headings);
    context->has_table = true;
    buffer_add_format(context->out, "| `%s` | %s | ", name, place);
}

static void add_row(struct context *context, const char *name, const char *place, const char *value,
                    const char *meaning)
{
    begin_row(context, name, place);
    buffer_add_format(context->out, "%s | ", value);
    markdown_text(context->out, meaning);
    buffer_add_text(context->out, " |\n");
}

/* {id} is a number, other {names} are texts. */
static void add_path(struct context *context)
{
    for (const char *at = strchr(context->route->path, '{'); at; at = strchr(at + 1, '{')) {
        char name[64] = "";
        size_t length = strcspn(at + 1, "}");

        if (length < sizeof name)
            memcpy(name, at + 1, length);
        if (strcmp(name, "id") == 0)
            add_row(context, name, "path", "integer, at least 1", "Identifier of the row.");
        else
            add_row(context, name, "path", "text", "Names what is meant.");
    }
}

/* The parameters that come out of no column. */
static const struct {
    const char *name, *value, *meaning;
} general[] = {
    {"page", "integer, at least 1", "Number of the page, 1 when not said; not beside cursor."},
    {"cursor", "text", "next_cursor of the page before, to go on behind it."},
    {"q", "text", "Words that must all be found in the row; case and accents do not count."},
    {"ids", "integers, as in `1,2,3`", "Only the rows with these identifiers."},
    {"fields", "names, as in `id,name`", "Only these fields of each row."},
    {"count", "`exact`, `estimated` or `none`", "How the total is found."},
};

static void add_names(struct buffer *out, const struct model *model, unsigned use)
{
    const char *separator = "";

    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & use) {
            buffer_add_text(out, separator);
            markdown_code(out, model->columns[i].name);
            separator = ", ";
        }
    }
}

static void add_per_page(struct context *context)
{
    begin_row(context, "per_page", "query");
    buffer_add_format(context->out, "integer, 1 to %d | Rows of a page, %d when not said. |\n",
                      LIST_PER_PAGE_MAX, LIST_PER_PAGE);
}

static void add_sort(struct context *context)
{
    const struct model *model = context->route->reply.model;

    begin_row(context, "sort", "query");
    buffer_add_format(context->out,
                      "up to %d names, as in `-price,name` | What to sort by, `-` in front for"
                      " descending: ",
                      LIST_SORT_MAX);
    add_names(context->out, model, SORT);
    buffer_add_format(context->out, ". `%s` when not said. |\n",
                      model->order ? model->order : "-id");
}

static void add_deleted(struct context *context)
{
    if (!context->route->see_deleted)
        return;
    begin_row(context, "deleted", "query");
    buffer_add_format(context->out,
                      "`only` or `with` | Deleted rows alone, or beside the others; needs the"
                      " permission `%s`. |\n",
                      context->route->see_deleted);
}

/* The objects that a reference gives ("category" of category_id), and what must be asked for. */
static void add_include(struct context *context)
{
    const struct model *model = context->route->reply.model;
    const char *separator = "";

    begin_row(context, "include", "query");
    buffer_add_text(context->out, "names, separated by commas | Adds to each row: ");
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];
        size_t length = strlen(column->name) - (column->references ? strlen("_id") : 0);

        if (!column->references && !(column->uses & ASKED))
            continue;
        buffer_add_format(context->out, "%s`%.*s`", separator, (int)length, column->name);
        separator = ", ";
    }
    buffer_add_text(context->out, ". |\n");
}

static void add_general(struct context *context, const char *name)
{
    static const struct {
        const char *name;
        void (*add)(struct context *context);
    } written[] = {
        {"per_page", add_per_page},
        {"sort", add_sort},
        {"deleted", add_deleted},
        {"include", add_include},
    };

    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        if (strcmp(written[i].name, name) == 0) {
            written[i].add(context);
            return;
        }
    }
    for (size_t i = 0; i < sizeof general / sizeof general[0]; i++) {
        if (strcmp(general[i].name, name) == 0) {
            add_row(context, name, "query", general[i].value, general[i].meaning);
            return;
        }
    }
    add_row(context, name, "query", "text", "");
}

static bool ends_with(const char *name, const char *tail)
{
    size_t length = strlen(name), end = strlen(tail);

    return length >= end && strcmp(name + length - end, tail) == 0;
}

/* How the parameter compares, which its name says. */
static const char *comparison(const char *name, const struct column *column)
{
    if (strcmp(name, column->name) == 0)
        return "is this";
    if (strncmp(name, "min_", 4) == 0)
        return "is at least this";
    if (strncmp(name, "max_", 4) == 0)
        return "is at most this";
    return ends_with(name, "_after") ? "is later" : "is earlier";
}

static void add_filter(struct context *context, const char *name, const struct column *column)
{
    struct column value = *column;

    value.nullable = false;
    begin_row(context, name, "query");
    docs_add_type(context->out, &value);
    buffer_add_format(context->out, " | Only rows whose `%s` %s. |\n", column->name,
                      comparison(name, column));
}

static void add_list_parameter(const char *name, const struct column *column, void *data)
{
    if (column)
        add_filter(data, name, column);
    else
        add_general(data, name);
}

bool docs_is_conditional(const struct route *route)
{
    const struct model *model = route->reply.model;

    return route->method == GET && model && model->table && !(route->reply.use & LIST) &&
           model_find(model, "version");
}

static void add_headers(struct context *context)
{
    const struct route *route = context->route;

    if (docs_is_conditional(route))
        add_row(context, "If-None-Match", "header", "`ETag` of an answer",
                "304 without a body while the row still has this version.");
    if (route_errors(route) & ERROR_BIT(ERR_PRECONDITION_FAILED))
        add_row(context, "If-Match", "header", "`ETag` of an answer",
                "412 unless the row still has this version.");
}

void docs_add_parameters(struct buffer *out, const struct route *route)
{
    struct context context = {.out = out, .route = route};

    add_path(&context);
    if (route->flags & ROUTE_LIST)
        list_each_parameter(route->reply.model, add_list_parameter, &context);
    for (const struct query_parameter *at = route->query; at && at->name; at++)
        add_row(&context, at->name, "query", "text", at->doc);
    add_headers(&context);
    if (context.has_table)
        buffer_add_char(out, '\n');
}
