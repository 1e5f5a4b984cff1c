/* categories.c - categories: their columns and their routes */
#include "keel/http/crud.h"
#include "keel/routes/imports.h"

#include "models.h"

struct category {
    int64_t id;
    const char *name;
    struct maybe_int parent_id;
    int64_t items_count;
    bool is_active;
    int64_t version;
    struct instant created_at;
    struct instant updated_at;
};

static const struct column columns[] = {
    {INT(struct category, id), .uses = READ | SORT, .example = "3", .doc = "Identifier."},
    {TEXT(struct category, name), .uses = READ | CREATE | UPDATE | REQUIRE | SORT | FILTER,
     .min = 1, .max = 80, .example = "\"Kitchen\"", .doc = "Unique name."},
    {MAYBE_INT(struct category, parent_id), .uses = READ | CREATE | UPDATE | FILTER, .min = 1,
     .max = INT64_MAX, .references = &categories_model, .example = "1",
     .doc = "The category that it is part of."},
    {INT(struct category, items_count), .uses = READ | ASKED, .example = "12",
     .doc = "How many items are in it; those of categories below it do not count.",
     .expression = "SELECT coalesce(sum(rows), 0) FROM row_totals WHERE table_name = 'items' AND "
                   "key_column = 'category_id' AND key = categories.id"},
    {BOOL(struct category, is_active), .uses = READ, .example = "true", .doc = "False: deleted."},
    {INT(struct category, version), .uses = READ, .example = "1",
     .doc = "Rises with every change."},
    {TIME(struct category, created_at), .uses = READ | SORT, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it was added."},
    {TIME(struct category, updated_at), .uses = READ | SORT, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it was last changed."},
};

const struct model categories_model = {
    .name = "Category",
    .plural = "categories",
    .table = "categories",
    COLUMNS(columns),
    .size = sizeof(struct category),
    .order = "-created_at",
    .soft_delete = true,
    .purge = true,
    .counted = true,
};

static const struct route routes[] = {
    {"categories.list", GET, "/categories", crud_list, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&categories_model, READ | LIST}, .flags = ROUTE_LIST | ROUTE_MAY_BE_STALE,
     .see_deleted = "categories:deleted", .success = 200, .cache = CACHE_PUBLIC,
     .summary = "Categories, newest first, page by page."},
    {"categories.import", POST, "/categories/import", import_file, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE, .uploads = import_media,
     .query = import_query, .reply = {&import_model, READ}, .flags = ROUTE_LOCATION, .success = 202,
     .message = "Import ordered",
     .summary = "Add or change categories from a file, in the background."},
    {"categories.export", GET, "/categories/export", crud_export, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&categories_model, READ | LIST}, .flags = ROUTE_LIST,
     .see_deleted = "categories:deleted", .streams = export_media, .success = 200,
     .summary = "All categories that a list would have, in one file that an import takes."},
    {"categories.get", GET, "/categories/{id}", crud_get, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&categories_model, READ}, .flags = ROUTE_MAY_BE_STALE, .success = 200,
     .cache = CACHE_PUBLIC, .summary = "One category."},
    {"categories.create", POST, "/categories", crud_create, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE, .body = {&categories_model, CREATE},
     .reply = {&categories_model, READ}, .success = 201, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "Category created successfully", .summary = "Add a category."},
    {"categories.replace", PUT, "/categories/{id}", crud_replace, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE, .body = {&categories_model, UPDATE},
     .reply = {&categories_model, READ}, .success = 200, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "Category updated",
     .summary = "Replace a category; what is left out gets its default."},
    {"categories.update", PATCH, "/categories/{id}", crud_patch, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE,
     .body = {&categories_model, UPDATE | PARTIAL}, .reply = {&categories_model, READ},
     .success = 200, .errors = ERROR_BIT(ERR_CONFLICT), .message = "Category updated",
     .summary = "Change some fields of a category."},
    {"categories.delete", DELETE, "/categories/{id}", crud_delete, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE, .success = 200,
     .errors = ERROR_BIT(ERR_CONFLICT), .message = "Category deleted",
     .summary = "Delete a category that nothing uses; it can be restored."},
    {"categories.restore", POST, "/categories/{id}/restore", crud_restore, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE, .reply = {&categories_model, READ},
     .success = 200, .errors = ERROR_BIT(ERR_CONFLICT) | ERROR_BIT(ERR_VALIDATION),
     .message = "Category restored", .summary = "Take a category back from deletion."},
    {"categories.bulk", POST, "/categories/bulk", crud_bulk, ACCESS_PERMISSION,
     .permission = "categories:write", .rate = RATE_WRITE,
     .body = {&categories_model, CREATE | UPDATE}, .flags = ROUTE_BULK, .success = 200,
     .message = "All operations carried out",
     .summary = "Add, change and delete up to 1000 categories: all of it, or nothing."},
};

extern const struct module module_categories;
const struct module module_categories = {
    .name = "categories",
    .doc = "What items are sorted into; a category may be part of another.",
    ROUTES(routes),
    .model = &categories_model};
