/* report_endpoint.c - the report API ENDPOINT ADDED */
#include "report_endpoint.h"

#include "docs_parts.h"
#include "keel/http/response.h"

#include <string.h>

/* What is asked of any of the rows. */
static bool any_writes(const struct endpoint_report *report)
{
    for (size_t i = 0; i < report->route_count; i++) {
        if (report->routes[i].method != GET)
            return true;
    }
    return false;
}

static const struct route *first_with(const struct endpoint_report *report,
                                      bool (*claim)(const struct route *))
{
    for (size_t i = 0; i < report->route_count; i++) {
        if (claim(&report->routes[i]))
            return &report->routes[i];
    }
    return NULL;
}

static bool is_restricted(const struct route *route)
{
    return route->access != ACCESS_PUBLIC;
}

static bool has_body(const struct route *route)
{
    return route->body.model != NULL;
}

static bool is_whole_body(const struct route *route)
{
    return has_body(route) && !(route->body.use & PARTIAL) && !(route->flags & ROUTE_BULK);
}

static bool is_bulk(const struct route *route)
{
    return route->flags & ROUTE_BULK;
}

static bool has_upload(const struct route *route)
{
    return route->uploads != NULL;
}

static bool takes_if_match(const struct route *route)
{
    return route_errors(route) & ERROR_BIT(ERR_PRECONDITION_FAILED);
}

static bool takes_key(const struct route *route)
{
    return route_takes_idempotency_key(route);
}

static bool has_id(const struct route *route)
{
    return strstr(route->path, "{id}") != NULL;
}

static void add_media(struct form *form, const char *label, const struct route *route)
{
    struct buffer types;

    if (!route)
        return;
    buffer_init(&types, form->text.arena);
    for (const struct media *media = route->uploads; media->type; media++)
        buffer_add_format(&types, "%s%s", types.length ? " or " : "", media->type);
    form_line(form, label, "%s", types.failed ? "" : types.data);
}

static void add_headers(struct form *form, const struct endpoint_report *report)
{
    const struct route *restricted = first_with(report, is_restricted);

    form_open(form, "Headers", false);
    if (restricted && restricted->permission)
        form_line(form, "Authorization", "Bearer <token>%s, with the permission %s",
                  any_writes(report) && report->route_count > 1 ? " to change anything" : "",
                  restricted->permission);
    else if (restricted)
        form_line(form, "Authorization", "Bearer <token>");
    if (first_with(report, has_body))
        form_line(form, "Content-Type", "application/json");
    add_media(form, "Content-Type of a file", first_with(report, has_upload));
    if (first_with(report, takes_if_match))
        form_line(form, "If-Match", "\"<version>\", where the row must not have changed since");
    if (first_with(report, takes_key))
        form_line(form, "Idempotency-Key", "<any text>, so that a repeated request changes once");
    form_close(form);
}

static void add_body(struct form *form, const struct endpoint_report *report)
{
    const struct route *route = first_with(report, is_whole_body);

    form_open(form, "Body", false);
    if (!route && !first_with(report, is_bulk))
        route = first_with(report, has_body);
    for (size_t i = 0; route && i < route->body.model->column_count; i++) {
        const struct column *column = &route->body.model->columns[i];
        struct buffer type;

        if (!(column->uses & route->body.use & (CREATE | UPDATE)))
            continue;
        buffer_init(&type, form->text.arena);
        docs_add_type(&type, column);
        form_line(form, column->name, "%s%s", type.failed || !type.length ? "" : type.data,
                  column->uses & REQUIRE && !(route->body.use & PARTIAL) ? ", required" : "");
    }
    if (first_with(report, is_bulk))
        form_line(form, "operations", "list of {op, id, data}; of bulk alone");
    form_close(form);
}

static bool is_told(const struct parameters *parameters, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(parameters->list[i].name, parameters->list[index].name) == 0)
            return true;
    }
    return false;
}

static bool add_params(struct form *form, struct scope *scope, const struct endpoint_report *report)
{
    struct parameters parameters = {0};

    form_open(form, "Params", false);
    if (first_with(report, has_id))
        form_line(form, "id", "path, whole number from 1");
    for (size_t i = 0; i < report->route_count; i++) {
        if (!route_parameters(scope, &report->routes[i], &parameters))
            return false;
    }
    for (size_t i = 0; i < parameters.count; i++) {
        if (!is_told(&parameters, i))
            form_line(form, parameters.list[i].name, "query, %s", parameters.list[i].doc);
    }
    form_close(form);
    return true;
}

static const char *reply_of(struct buffer *out, const struct route *route)
{
    const struct model *model = route->reply.model;

    if (route->streams)
        return "a file, in no envelope";
    if (is_bulk(route))
        return "{created, updated, deleted, results}";
    if (!model)
        return "null";
    if (route->reply.use & (LIST | WHOLE)) {
        buffer_add_format(out, "{%s: [%s...]%s}", model->plural, model->name,
                          route->reply.use & LIST ? ", pagination" : "");
        return out->failed ? "" : out->data;
    }
    return model->name;
}

static const char *status_text(struct form *form, int status)
{
    const char *text = arena_format(form->text.arena, "%d", status);

    return text ? text : "";
}

static void add_successes(struct form *form, const struct endpoint_report *report)
{
    for (size_t i = 0; i < report->route_count; i++) {
        const struct route *route = &report->routes[i];
        struct buffer label, reply;

        buffer_init(&label, form->text.arena);
        buffer_init(&reply, form->text.arena);
        buffer_add_format(&label, "%d", route->success);
        if (report->route_count > 1)
            buffer_add_format(&label, " %s", strchr(route->id, '.') + 1);
        form_line(form, label.failed ? "" : label.data, "data: %s%s%s", reply_of(&reply, route),
                  route->message ? ", message: " : "", route->message ? route->message : "");
        if (route->discreet)
            form_line(form, status_text(form, route->discreet), "data: null");
    }
}

/* Every status once, with the codes that it comes with. */
static void add_errors(struct form *form, const struct endpoint_report *report)
{
    unsigned errors = 0;

    for (size_t i = 0; i < report->route_count; i++)
        errors |= route_errors(&report->routes[i]);
    for (int status = 400; status < 600; status++) {
        struct buffer codes;
        buffer_init(&codes, form->text.arena);
        for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
            if (errors & ERROR_BIT(kind) && error_status((enum error_kind)kind) == status)
                buffer_add_format(&codes, "%s%s", codes.length ? ", " : "",
                                  error_code((enum error_kind)kind));
        }
        if (!codes.length)
            continue;
        form_line(form, status_text(form, status), "%s", codes.data);
    }
}

static void add_endpoints(struct form *form, const char *base, const struct endpoint_report *report)
{
    if (report->route_count == 1) {
        const struct route *route = &report->routes[0];

        form_line(form, "Endpoint", "[%s] %s%s", method_name(route->method), base, route->path);
        return;
    }
    form_open(form, "Endpoint", true);
    for (size_t i = 0; i < report->route_count; i++) {
        const struct route *route = &report->routes[i];

        form_item(form, "[%s] %s%s", method_name(route->method), base, route->path);
    }
    form_close(form);
}

void report_add_files(struct form *form, const struct report_file *files, size_t count)
{
    form_open(form, "Files Created/Modified", true);
    for (size_t i = 0; i < count; i++)
        form_item(form, "%s (%s)", files[i].path, files[i].is_new ? "created" : "modified");
    form_close(form);
}

bool report_endpoint_print(struct cli *cli, const struct endpoint_report *report, bool as_json)
{
    struct form form;

    form_begin(&form, &cli->scope, "API ENDPOINT ADDED");
    add_endpoints(&form, cli->config.base_path, report);
    form_line(&form, "Purpose", "%s", report->purpose);
    form_open(&form, "Request", false);
    add_headers(&form, report);
    add_body(&form, report);
    if (!add_params(&form, &cli->scope, report))
        return false;
    form_close(&form);
    form_open(&form, "Response", false);
    add_successes(&form, report);
    add_errors(&form, report);
    form_close(&form);
    report_add_files(&form, report->files, report->file_count);
    form_line(&form, "Tests", "%s", report->tests);
    form_line(&form, "Docs", "%s", report->docs);
    return form_print(cli, &form, as_json);
}
