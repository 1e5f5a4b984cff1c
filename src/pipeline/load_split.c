/* load_split.c - finds the rows that the database refuses, and has all others done */
#include "keel/db/db.h"
#include "keel/model/store.h"
#include "load_parts.h"

bool load_is_refusal(const struct error *error)
{
    return error->kind == ERR_VALIDATION || error->kind == ERR_CONFLICT;
}

/* Goes back to where nothing of the refused unit is there, and tells why. */
static bool refuse(struct scope *part, const struct model *model, const struct load_work *work,
                   int64_t unit)
{
    constraint_explain(part, model, true);
    /* Without memory to explain it, it is no refusal any more. */
    if (!load_is_refusal(&part->error))
        return false;
    const struct error why = part->error;

    scope_clear_error(part);
    return db_go_back(part) && work->refuse(work->context, part, unit, &why);
}

static bool go_back(struct scope *part)
{
    scope_clear_error(part);
    return db_go_back(part);
}

/*
 * After a refusal half as many are tried, after a success twice as many: a lonely wrong row is
 * found in a few steps, and where every second one is wrong the steps stay small.
 */
bool load_split(struct scope *part, const struct model *model, const struct load_work *work,
                int64_t from, int64_t to)
{
    int64_t step = to - from;

    if (!db_savepoint(part))
        return false;
    while (from < to) {
        step = step < to - from ? step : to - from;
        if (work->carry_out(work->context, part, from, from + step)) {
            from += step;
            step *= 2;
            if (!db_release(part) || !db_savepoint(part))
                return false;
            continue;
        }
        if (!load_is_refusal(&part->error) ||
            !(step > 1 ? go_back(part) : refuse(part, model, work, from)))
            return false;
        from += step == 1;
        step = step > 1 ? step / 2 : 1;
    }
    return db_release(part);
}
