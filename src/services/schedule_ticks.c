/* schedule_ticks.c - walks from one tick of a schedule to the next, by the clocks of its time zone
 */
#include "schedule_ticks.h"

#include "keel/services/schedules.h"
#include "sql.h"

#include <string.h>

#define MINUTE INT64_C(60)
#define DAY    INT64_C(86400)

/* How far sql_schedules_find_shift looks. */
#define WINDOW (2 * DAY)

bool tick_walk_begin(struct scope *scope, const char *expression, const char *time_zone,
                     struct tick_walk *walk)
{
    const char *why;

    *walk = (struct tick_walk){.scope = scope, .time_zone = time_zone};
    if (cron_parse(&scope->arena, expression, &walk->cron, &why))
        return true;
    return why ? fail_field(scope, "expression", "invalid_expression",
                            "%s is no cron expression: %s", expression, why)
               : fail_memory(scope);
}

/* PostgreSQL's tables are the judge, as those of this machine may be others. */
static bool ask(struct tick_walk *walk, struct rows *rows)
{
    struct scope *scope = walk->scope;

    if (db_query(scope, &sql_schedules_find_shift,
                 PARAMS(param_int(scope, walk->from), walk->time_zone), rows))
        return true;
    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    return fail_field(scope, "time_zone", "unknown", "There is no time zone %s", walk->time_zone);
}

/* Learns what the zone's clocks show from a moment on. */
static bool learn(struct tick_walk *walk, int64_t from)
{
    struct rows rows;

    walk->from = from - from % MINUTE;
    walk->until = walk->from + WINDOW;
    walk->shift = (struct cron_shift){0};
    if (strcmp(walk->time_zone, "UTC") == 0)
        return true;
    if (!ask(walk, &rows))
        return false;
    walk->shift.offset = row_int(&rows, 0, 0);
    walk->shift.offset_after = row_int(&rows, 0, 1);
    walk->shift.change_at = row_int(&rows, 0, 2);
    return true;
}

/* Claim: `shift.offset` is what a clock shows at this moment. */
static bool knows(const struct tick_walk *walk, int64_t moment)
{
    int64_t change = walk->shift.change_at;

    return moment >= walk->from && moment < walk->until && (!change || moment < change);
}

bool tick_walk_next(struct tick_walk *walk, int64_t after, int64_t *tick)
{
    if (!knows(walk, after) && !learn(walk, after))
        return false;
    int64_t local = cron_next(&walk->cron, after + walk->shift.offset);
    int64_t near = local - walk->shift.offset;

    /* Days away: what the clock shows then is to be asked then, and a day before. */
    if (near >= walk->until && !learn(walk, near - DAY))
        return false;
    *tick = cron_place(&walk->cron, local, &walk->shift);
    return true;
}

bool schedules_find_tick(struct scope *scope, const char *expression, const char *time_zone,
                         int64_t after, int64_t *tick)
{
    struct tick_walk walk;

    return tick_walk_begin(scope, expression, time_zone, &walk) &&
           tick_walk_next(&walk, after, tick);
}
