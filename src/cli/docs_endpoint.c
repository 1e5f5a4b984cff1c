/* docs_endpoint.c - everything that the reference says about one endpoint */
#include "docs_parts.h"

#include "keel/http/crud.h"
#include "keel/http/response.h"
#include "keel/model/bulk.h"
#include "markdown.h"
#include "words.h"

#include <inttypes.h>

const char *docs_endpoint_heading(struct buffer *out, const struct docs_source *source,
                                  const struct route *route)
{
    const char *heading = arena_format(out->arena, "%s %s%s", method_name(route->method),
                                       source->base_path, route->path);

    if (!heading)
        out->failed = true;
    return heading;
}

static void add_summary(struct buffer *out, const struct route *route)
{
    markdown_text(out, route->summary);
    buffer_add_text(out, "\n\nFor ");
    if (route->access == ACCESS_PERMISSION)
        buffer_add_format(out, "the permission `%s`%s", route->permission,
                          route->flags & ROUTE_MONITOR ? ", and for monitoring" : "");
    else if (route->access == ACCESS_SIGNED_IN)
        buffer_add_text(out, "whoever is signed in, not with an API key");
    else if (route->access == ACCESS_ACCOUNT)
        buffer_add_text(out, "whoever has an account");
    else
        buffer_add_text(out, "everybody");
    buffer_add_format(out, " · rate class `%s` · `%s`\n\n", words_of_rate(route->rate), route->id);
}

/* A body for both, that of a bulk, is changed in part and added in whole. */
static const char *is_required(const struct column *column, unsigned use)
{
    if (use & PARTIAL || !(column->uses & REQUIRE))
        return "";
    return use & CREATE && use & UPDATE ? "to create" : "yes";
}

static void add_field(struct buffer *out, const struct column *column, unsigned use)
{
    buffer_add_format(out, "| `%s` | ", column->name);
    docs_add_type(out, column);
    buffer_add_format(out, " | %s | ", is_required(column, use));
    if (column->doc)
        markdown_text(out, column->doc);
    buffer_add_text(out, " |\n");
}

static void add_fields(struct buffer *out, const struct model *model, unsigned use)
{
    static const char *const headings[] = {"field", "type", "required", "meaning", NULL};

    markdown_table(out, headings);
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & use & (CREATE | UPDATE))
            add_field(out, &model->columns[i], use);
    }
    buffer_add_char(out, '\n');
}

/* The fields of the operations' data are those of the model's own rows. */
static void add_bulk_body(struct buffer *out)
{
    buffer_add_format(
        out,
        "A list of `operations`, at most %d, carried out all or not at all, each with\n\n"
        "| field | type | required | meaning |\n"
        "|---|---|---|---|\n"
        "| `op` | `create`, `update` or `delete` | yes | What to do. |\n"
        "| `id` | integer, at least 1 | to update or delete | Which row. |\n"
        "| `data` | object | to create or update | Fields as below; an update leaves what is"
        " absent as it is. |\n\n",
        BULK_MAX);
}

/* "`text/csv` or `application/x-ndjson`" */
static void add_media(struct buffer *out, const struct media *media)
{
    for (const struct media *each = media; each->type; each++)
        buffer_add_format(out, "%s`%s`", each == media ? "" : " or ", each->type);
}

static void add_upload(struct buffer *out, const struct route *route)
{
    buffer_add_text(out, "**Body** a file, ");
    add_media(out, route->uploads);
    if (route->body_limit)
        buffer_add_format(out, ", at most %" PRId64 " bytes", route->body_limit);
    else
        buffer_add_text(out, ", at most as large as the setting `max_upload_bytes` says");
    buffer_add_text(out, "\n\n");
}

static void add_body(struct buffer *out, const struct route *route)
{
    const struct model *model = route->body.model;

    if (route->uploads)
        add_upload(out, route);
    if (!model)
        return;
    buffer_add_text(out, "**Body** `application/json`");
    if (route->flags & ROUTE_MAY_OMIT_BODY)
        buffer_add_text(out, ", may be left out");
    if (route->body_limit)
        buffer_add_format(out, ", at most %" PRId64 " bytes", route->body_limit);
    buffer_add_text(out, "\n\n");
    if (route->flags & ROUTE_BULK)
        add_bulk_body(out);
    else if (route->body.use & PARTIAL)
        buffer_add_text(out, "What is absent stays as it is.\n\n");
    add_fields(out, model, route->body.use);
}

static void add_data(struct buffer *out, const struct route *route)
{
    const struct model *model = route->reply.model;

    if (route->streams) {
        buffer_add_text(out, "a file of any size, ");
        add_media(out, route->streams);
        buffer_add_text(out, ", in no envelope; a transfer that ends early was cut by an error");
    } else if (route->media_type) {
        buffer_add_format(out, "the document itself, `%s`, in no envelope", route->media_type);
    } else if (route->flags & ROUTE_BULK) {
        buffer_add_text(out,
                        "`data` says how many were `created`, `updated` and `deleted`, and has in"
                        " `results`, in the order of the operations, the `op`, `id` and"
                        " `version` of each");
    } else if (!model) {
        buffer_add_text(out, "`data` is null");
    } else if (route->reply.use & WHOLE) {
        buffer_add_format(out, "`data` holds `%s`, an array of all there are, each ",
                          model->plural);
        docs_add_object_link(out, model);
    } else if (route->reply.use & LIST) {
        buffer_add_format(out, "`data` holds `%s`, an array of ", model->plural);
        docs_add_object_link(out, model);
        buffer_add_text(out, ", and [`pagination`](#lists)");
    } else {
        buffer_add_text(out, "`data` is one ");
        docs_add_object_link(out, model);
    }
}

/* The new row of a generic handler has a Location. */
static void add_answer_headers(struct buffer *out, const struct route *route)
{
    if (route->handler == crud_create || route->flags & ROUTE_LOCATION)
        buffer_add_text(out, "; `Location` is its path");
    if (route_has_etag(route))
        buffer_add_text(out, "; `ETag` stands for its version");
}

static void add_answer(struct buffer *out, const struct route *route)
{
    buffer_add_format(out, "**Answer** `%d`: ", route->success);
    add_data(out, route);
    add_answer_headers(out, route);
    if (route->message)
        buffer_add_format(out, "; `message` is “%s”", route->message);
    if (route->discreet)
        buffer_add_format(out, ". Or, where a setting has it so, `%d`: `data` is null",
                          route->discreet);
    buffer_add_text(out, ".\n\n");
}

/* By status, as the kinds are in its order: 400 A, B · 401 C. */
static void add_errors(struct buffer *out, const struct route *route)
{
    unsigned errors = route_errors(route);
    int before = 0;

    buffer_add_text(out, "**[Errors](#errors)**");
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        int status = error_status((enum error_kind)kind);

        if (!(errors & ERROR_BIT(kind)))
            continue;
        if (status == before)
            buffer_add_text(out, ", ");
        else
            buffer_add_format(out, "%s`%d` ", before ? " · " : " ", status);
        buffer_add_text(out, error_code((enum error_kind)kind));
        before = status;
    }
    buffer_add_text(out, "\n\n");
}

void docs_add_endpoint(struct buffer *out, const struct docs_source *source,
                       const struct module *module, const struct route *route)
{
    const char *heading = docs_endpoint_heading(out, source, route);

    if (!heading)
        return;
    markdown_heading(out, 3, heading);
    add_summary(out, route);
    docs_add_parameters(out, source, route);
    add_body(out, route);
    add_answer(out, route);
    add_errors(out, route);
    docs_add_example(out, source, module, route);
}
