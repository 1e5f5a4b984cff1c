/* reports.c - the routes of reports */
#include "keel/services/reports.h"

#include "keel/http/exchange.h"
#include "keel/model/store.h"
#include <string.h>

/* The value of a query parameter; NULL: it is not given. */
static const char *find_value(struct pairs query, const char *name)
{
    for (size_t i = 0; i < query.count; i++) {
        if (strcmp(query.list[i].name, name) == 0)
            return query.list[i].value;
    }
    return NULL;
}

static bool list_inventory(struct exchange *exchange)
{
    struct pairs query = exchange->request.query;
    struct rows rows;

    if (!reports_inventory(&exchange->scope, find_value(query, "from"), find_value(query, "to"),
                           &rows))
        return false;
    model_write_rows(&exchange->response.data, &inventory_model, &rows);
    return !exchange->response.data.failed || fail_memory(&exchange->scope);
}

static const struct query_parameter days[] = {
    {"from", "The first day, as 2026-01-12; without it, 29 days before the last one.", NULL},
    {"to", "The last day, at most 366 days in all; without it, today in UTC.", NULL},
    {NULL, NULL, NULL},
};

static const struct route routes[] = {
    {"reports.inventory", GET, "/reports/inventory", list_inventory, ACCESS_PERMISSION,
     .permission = "reports:read", .rate = RATE_READ, .query = days,
     .reply = {&inventory_model, READ | WHOLE}, .success = 200, .errors = ERROR_BIT(ERR_VALIDATION),
     .summary = "What was in stock on each day, by category."},
};

extern const struct module module_reports;
const struct module module_reports = {
    .name = "reports", .doc = "What is counted day by day.", ROUTES(routes)};
