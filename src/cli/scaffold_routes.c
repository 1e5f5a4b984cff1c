/* scaffold_routes.c - the rows that a new resource's file has, for the report of it */
#include "scaffold_text.h"

#include "keel/http/crud.h"
#include "keel/routes/imports.h"
#include "report_endpoint.h"

#include <string.h>

/* As in templates/resource.c.tmpl; a test compares the two. */
static const struct route rows[] = {
    {".list", GET, "", .reply.use = READ | LIST, .flags = ROUTE_LIST, .success = 200},
    {".import", POST, "/import", .uploads = import_media, .query = import_query,
     .reply = {&import_model, READ}, .flags = ROUTE_LOCATION, .success = 202,
     .message = "Import ordered"},
    {".export", GET, "/export", .reply.use = READ | LIST, .flags = ROUTE_LIST,
     .streams = export_media, .success = 200},
    {".get", GET, "/{id}", .reply.use = READ, .success = 200},
    {".create", POST, "", .body.use = CREATE, .reply.use = READ, .success = 201,
     .message = "created successfully"},
    {".replace", PUT, "/{id}", .body.use = UPDATE, .reply.use = READ, .success = 200,
     .message = "updated"},
    {".update", PATCH, "/{id}", .body.use = UPDATE | PARTIAL, .reply.use = READ, .success = 200,
     .message = "updated"},
    {".delete", DELETE, "/{id}", .success = 200, .message = "deleted"},
    {".restore", POST, "/{id}/restore", .reply.use = READ, .success = 200, .message = "restored"},
    {".bulk", POST, "/bulk", .body.use = CREATE | UPDATE, .flags = ROUTE_BULK, .success = 200},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct column before[] = {
    {.name = "id", .kind = KIND_INT, .uses = READ | SORT},
};

static const struct column behind[] = {
    {.name = "is_active", .kind = KIND_BOOL, .uses = READ},
    {.name = "version", .kind = KIND_INT, .uses = READ},
    {.name = "created_at", .kind = KIND_TIME, .uses = READ | SORT | RANGE},
    {.name = "updated_at", .kind = KIND_TIME, .uses = READ | SORT},
};

static struct model *make_model(struct scope *scope, const struct scaffold_resource *resource)
{
    struct model *model = scope_alloc(scope, sizeof *model);
    size_t count = 1 + resource->field_count + sizeof behind / sizeof behind[0];
    struct column *columns = scope_alloc(scope, count * sizeof *columns);

    if (!model || !columns)
        return NULL;
    columns[0] = before[0];
    for (size_t i = 0; i < resource->field_count; i++)
        columns[1 + i] = resource->fields[i].column;
    memcpy(columns + 1 + resource->field_count, behind, sizeof behind);
    *model = (struct model){
        .name = scaffold_words(scope, resource->one, true),
        .plural = resource->name,
        .table = resource->name,
        .columns = columns,
        .column_count = count,
        .soft_delete = true,
        .counted = true,
    };

    for (size_t i = 0; i < count; i++) {
        if (columns[i].uses & SEARCH)
            model->search = "search_text";
    }
    return model->name ? model : NULL;
}

static bool fill_row(struct scope *scope, const struct scaffold_resource *resource,
                     const struct model *model, const struct route *row, struct route *route)
{
    bool is_read = row->method == GET;

    *route = *row;
    route->id = scope_format(scope, "%s%s", resource->name, row->id);
    route->path = scope_format(scope, "/%s%s", resource->name, row->path);
    route->permission = is_read ? NULL : scope_format(scope, "%s:write", resource->name);
    route->access = is_read ? ACCESS_PUBLIC : ACCESS_PERMISSION;
    route->rate = is_read ? RATE_READ : RATE_WRITE;
    route->body.model = row->body.use ? model : NULL;
    if (row->reply.use && !row->reply.model)
        route->reply.model = model;
    if (row->message && !row->uploads)
        route->message = scope_format(scope, "%s %s", model->name, row->message);
    else if (!is_read && !row->message)
        route->message = "All operations carried out";
    if (row->flags & ROUTE_LIST)
        route->see_deleted = scope_format(scope, "%s:deleted", resource->name);
    if (!is_read && row->method != DELETE && !row->uploads && scaffold_has_unique(resource))
        route->errors = ERROR_BIT(ERR_CONFLICT);
    return route->id && route->path && (is_read || (route->permission && route->message));
}

bool scaffold_routes(struct scope *scope, const struct scaffold_resource *resource,
                     struct endpoint_report *report)
{
    const struct model *model = make_model(scope, resource);
    struct route *routes = scope_alloc(scope, sizeof rows);

    if (!model || !routes)
        return false;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!fill_row(scope, resource, model, &rows[i], &routes[i]))
            return false;
    }
    report->routes = routes;
    report->route_count = ROW_COUNT;
    return true;
}
