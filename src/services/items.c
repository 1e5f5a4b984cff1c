/* items.c - what items do beyond being read and written row by row */
#include "keel/services/items.h"

#include "keel/db/db.h"
#include "sql.h"

static const struct column columns[] = {
    {INT(struct adjustment, delta), .uses = CREATE | REQUIRE, .min = -INT32_MAX, .max = INT32_MAX,
     .example = "-2", .doc = "How many came, or with a minus went."},
};

const struct model adjustment_model = {
    .name = "Adjustment",
    COLUMNS(columns),
    .size = sizeof(struct adjustment),
};

/*
 * The column's own bounds decide, as only the statement itself knows what is there at its moment.
 * Neither the id nor the delta can be what is out of range: both were checked.
 */
static bool fail_range(struct scope *scope, int64_t delta)
{
    const char *detail = scope->error.detail;

    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    if (delta < 0)
        fail(scope, ERR_CONFLICT, "The quantity would go below 0");
    else
        fail(scope, ERR_CONFLICT, "The quantity would be more than can be counted");
    scope->error.detail = detail;
    return false;
}

bool items_adjust(struct scope *scope, int64_t id, int64_t delta)
{
    struct rows rows;

    if (delta == 0)
        return true;
    if (!db_query(scope, &sql_items_adjust, PARAMS(param_int(scope, id), param_int(scope, delta)),
                  &rows))
        return fail_range(scope, delta);
    return rows.count > 0 || fail(scope, ERR_NOT_FOUND, "Item not found");
}
