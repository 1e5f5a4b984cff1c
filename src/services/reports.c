/* reports.c - reports on what is counted day by day */
#include "keel/services/reports.h"

#include "keel/core/clock.h"
#include "sql.h"

#include <stdio.h>
#include <string.h>

#define DAY_US     (INT64_C(24) * 3600 * 1000000)
#define DAYS_USUAL 30
#define DAY_LENGTH ((size_t)10) /* 2026-01-12 */

static const struct column columns[] = {
    {TEXT(struct inventory_day, day), .uses = READ, .example = "\"2026-01-12\"",
     .doc = "The day, of UTC."},
    {MAYBE_INT(struct inventory_day, category_id), .uses = READ, .example = "3",
     .doc = "The category; null counts what is in none."},
    {TEXT(struct inventory_day, category), .uses = READ, .nullable = true, .example = "\"Kettles\"",
     .doc = "Its name; null where there is none any more."},
    {INT(struct inventory_day, items), .uses = READ, .example = "17",
     .doc = "How many items were not deleted when the day was counted last."},
    {INT(struct inventory_day, units), .uses = READ, .example = "204",
     .doc = "How many of them were in stock, all taken together."},
    {DECIMAL(struct inventory_day, value), .uses = READ, .digits = 24, .scale = 2,
     .example = "7129.80", .doc = "What those cost, exact."},
};

const struct model inventory_model = {
    .name = "InventoryDay",
    .plural = "inventory",
    COLUMNS(columns),
    .size = sizeof(struct inventory_day),
};

/* A day of UTC as the moment at which it begins. */
static bool read_day(struct scope *scope, const char *field, const char *text, int64_t *us)
{
    char moment[sizeof "2026-01-12T00:00:00Z"];

    if (strlen(text) == DAY_LENGTH) {
        snprintf(moment, sizeof moment, "%sT00:00:00Z", text);
        if (clock_parse(moment, strlen(moment), us))
            return true;
    }
    return fail_field(scope, field, "invalid_day", "%s must be a day such as 2026-01-12", field);
}

static const char *write_day(struct scope *scope, int64_t us)
{
    char moment[CLOCK_TEXT_SIZE];

    clock_format(us, moment);
    return scope_copy(scope, moment, DAY_LENGTH);
}

bool reports_inventory(struct scope *scope, const char *from, const char *to, struct rows *rows)
{
    int64_t first, last = scope->now / DAY_US * DAY_US;
    bool is_right = !to || read_day(scope, "to", to, &last);

    first = last - (DAYS_USUAL - 1) * DAY_US;
    if ((from && !read_day(scope, "from", from, &first)) || !is_right)
        return false;
    if (first > last)
        return fail_field(scope, "from", "too_large", "from must not be behind to");
    if (last - first >= REPORT_DAYS_MAX * DAY_US)
        return fail_field(scope, "from", "too_small", "A report has at most %d days",
                          REPORT_DAYS_MAX);
    return db_query(scope, &sql_inventory_report,
                    PARAMS(write_day(scope, first), write_day(scope, last)), rows);
}
