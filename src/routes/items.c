/* items.c - items: their columns and their routes */
#include "keel/services/items.h"
#include "keel/http/conditional.h"
#include "keel/http/crud.h"
#include "keel/model/changes.h"
#include "keel/routes/imports.h"

#include "models.h"

struct item {
    int64_t id;
    const char *name;
    const char *description;
    struct decimal price;
    int64_t quantity;
    struct maybe_int category_id;
    bool is_active;
    int64_t version;
    struct instant created_at;
    struct instant updated_at;
};

static const struct column columns[] = {
    {INT(struct item, id), .uses = READ | SORT, .example = "17", .doc = "Identifier."},
    {TEXT(struct item, name), .uses = READ | CREATE | UPDATE | REQUIRE | SORT | SEARCH, .min = 1,
     .max = 255, .example = "\"Enamel kettle 1.5 l\"", .doc = "What it is called."},
    {TEXT(struct item, description), .uses = READ | CREATE | UPDATE | SEARCH, .nullable = true,
     .example = "\"Whistles.\"", .doc = "More about it."},
    {DECIMAL(struct item, price), .uses = READ | CREATE | UPDATE | REQUIRE | SORT | RANGE,
     .digits = 10, .scale = 2, .max = 100000000, .example = "34.95",
     .doc = "Price of one, exact, with at most 2 decimals."},
    {INT(struct item, quantity), .uses = READ | CREATE | UPDATE | SORT | RANGE, .max = INT32_MAX,
     .example = "12", .doc = "How many are in stock; 0 when not said."},
    {MAYBE_INT(struct item, category_id), .uses = READ | CREATE | UPDATE | FILTER | COUNTED,
     .min = 1, .max = INT64_MAX, .references = &categories_model, .example = "3",
     .doc = "The category it is in."},
    {BOOL(struct item, is_active), .uses = READ, .example = "true", .doc = "False: deleted."},
    {INT(struct item, version), .uses = READ, .example = "1", .doc = "Rises with every change."},
    {TIME(struct item, created_at), .uses = READ | SORT | RANGE,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was added."},
    {TIME(struct item, updated_at), .uses = READ | SORT, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it was last changed."},
};

const struct model items_model = {
    .name = "Item",
    .plural = "items",
    .table = "items",
    COLUMNS(columns),
    .size = sizeof(struct item),
    .order = "-created_at",
    .soft_delete = true,
    .purge = true,
    .counted = true,
    .search = "search_text",
};

/* The row is locked since it was adjusted, so what it was before is the difference. */
static bool note_quantity(struct exchange *exchange, const struct rows *rows, int64_t delta)
{
    struct scope *scope = &exchange->scope;
    int64_t now = row_int(rows, 0, PQfnumber(rows->result, "quantity"));

    exchange->audit.changes = delta
                                  ? changes_of_one(scope, "quantity", param_int(scope, now - delta),
                                                   param_int(scope, now))
                                  : "{}";
    return exchange->audit.changes;
}

static bool adjust(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    int64_t id = exchange->match.values.id;
    struct adjustment adjustment;
    struct rows rows;

    return input_load(scope, &exchange->input, &adjustment) &&
           conditional_match(exchange, &items_model) && items_adjust(scope, id, adjustment.delta) &&
           store_get(scope, &items_model, id, &rows) &&
           note_quantity(exchange, &rows, adjustment.delta) && crud_reply(exchange, &rows);
}

static const struct route routes[] = {
    {"items.list", GET, "/items", crud_list, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&items_model, READ | LIST}, .flags = ROUTE_LIST | ROUTE_MAY_BE_STALE,
     .see_deleted = "items:deleted", .success = 200, .cache = CACHE_PUBLIC,
     .summary = "Items, newest first, page by page."},
    {"items.import", POST, "/items/import", import_file, ACCESS_PERMISSION,
     .permission = "items:write", .rate = RATE_WRITE, .uploads = import_media,
     .query = import_query, .reply = {&import_model, READ}, .flags = ROUTE_LOCATION, .success = 202,
     .message = "Import ordered", .summary = "Add or change items from a file, in the background."},
    {"items.export", GET, "/items/export", crud_export, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&items_model, READ | LIST}, .flags = ROUTE_LIST, .see_deleted = "items:deleted",
     .streams = export_media, .success = 200,
     .summary = "All items that a list would have, in one file that an import takes."},
    {"items.get", GET, "/items/{id}", crud_get, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&items_model, READ}, .flags = ROUTE_MAY_BE_STALE, .success = 200,
     .cache = CACHE_PUBLIC, .summary = "One item."},
    {"items.create", POST, "/items", crud_create, ACCESS_PERMISSION, .permission = "items:write",
     .rate = RATE_WRITE, .body = {&items_model, CREATE}, .reply = {&items_model, READ},
     .success = 201, .message = "Item created successfully", .summary = "Add an item."},
    {"items.replace", PUT, "/items/{id}", crud_replace, ACCESS_PERMISSION,
     .permission = "items:write", .rate = RATE_WRITE, .body = {&items_model, UPDATE},
     .reply = {&items_model, READ}, .success = 200, .message = "Item updated",
     .summary = "Replace an item; what is left out gets its default."},
    {"items.update", PATCH, "/items/{id}", crud_patch, ACCESS_PERMISSION,
     .permission = "items:write", .rate = RATE_WRITE, .body = {&items_model, UPDATE | PARTIAL},
     .reply = {&items_model, READ}, .success = 200, .message = "Item updated",
     .summary = "Change some fields of an item."},
    {"items.delete", DELETE, "/items/{id}", crud_delete, ACCESS_PERMISSION,
     .permission = "items:write", .rate = RATE_WRITE, .success = 200, .message = "Item deleted",
     .summary = "Delete an item; it can be restored."},
    {"items.restore", POST, "/items/{id}/restore", crud_restore, ACCESS_PERMISSION,
     .permission = "items:write", .rate = RATE_WRITE, .reply = {&items_model, READ}, .success = 200,
     .message = "Item restored", .errors = ERROR_BIT(ERR_VALIDATION),
     .summary = "Take an item back from deletion."},
    {"items.adjust", POST, "/items/{id}/adjust", adjust, ACCESS_PERMISSION,
     .permission = "items:write", .rate = RATE_WRITE, .body = {&adjustment_model, CREATE},
     .reply = {&items_model, READ}, .success = 200, .message = "Item quantity adjusted",
     .errors = ERROR_BIT(ERR_CONFLICT) | ERROR_BIT(ERR_PRECONDITION_FAILED),
     .summary = "Add to an item's quantity or take away, whoever else does at the same time."},
    {"items.bulk", POST, "/items/bulk", crud_bulk, ACCESS_PERMISSION, .permission = "items:write",
     .rate = RATE_WRITE, .body = {&items_model, CREATE | UPDATE}, .flags = ROUTE_BULK,
     .success = 200, .message = "All operations carried out",
     .summary = "Add, change and delete up to 1000 items: all of it, or nothing."},
};

extern const struct module module_items;
const struct module module_items = {
    .name = "items",
    .doc = "Things with a price, in stock.",
    ROUTES(routes),
    .model = &items_model,
};
