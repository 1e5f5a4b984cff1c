/* schedules.c - what the clock has made due is put into the queue, once */
#include "keel/services/schedules.h"

#include "keel/core/log.h"
#include "schedule_ticks.h"
#include "schedule_work.h"
#include "sql.h"

#include <string.h>

/* What has been due for longer is only looked at from here on: a walk has an end. */
#define LOOK_BACK_S (INT64_C(366) * 86400)

struct due {
    const char *id;
    struct schedule_work work;
    const char *expression;
    const char *time_zone;
    const char *catch_up;
    bool is_new; /* it was never given a time */
    int64_t at;  /* seconds since 1970 UTC, as all times here */
    int64_t now;
};

/* Those that have passed, the newest ones in a ring, and the one to come. */
struct ticks {
    int64_t list[SCHEDULE_CATCH_UP_MAX];
    size_t count;
    int64_t next;
};

static struct due read_due(const struct rows *rows, int row)
{
    return (struct due){
        .id = row_text(rows, row, 0),
        .work = {.name = row_text(rows, row, 1),
                 .kind = row_text(rows, row, 4),
                 .args = row_text(rows, row, 5),
                 .queue = row_text(rows, row, 6)},
        .expression = row_text(rows, row, 2),
        .time_zone = row_text(rows, row, 3),
        .catch_up = row_text(rows, row, 7),
        .is_new = row_is_null(rows, row, 8),
        .at = row_int(rows, row, 8),
        .now = row_int(rows, row, 9),
    };
}

static bool find_ticks(struct tick_walk *walk, const struct due *due, struct ticks *ticks)
{
    int64_t oldest = due->now - LOOK_BACK_S;

    ticks->count = 0;
    ticks->next = due->at;
    if (due->is_new)
        return tick_walk_next(walk, due->now, &ticks->next);
    if (due->at < oldest && !tick_walk_next(walk, oldest, &ticks->next))
        return false;
    while (ticks->next <= due->now) {
        ticks->list[ticks->count++ % SCHEDULE_CATCH_UP_MAX] = ticks->next;
        if (!tick_walk_next(walk, ticks->next, &ticks->next))
            return false;
    }
    return true;
}

static int64_t tick_of(const struct ticks *ticks, size_t index)
{
    return ticks->list[index % SCHEDULE_CATCH_UP_MAX];
}

/* Fires ticks from the one with this number on; `*job` becomes the last new job, NULL for none. */
static bool fire_from(struct scope *scope, const struct due *due, const struct ticks *ticks,
                      size_t first, const char **job)
{
    bool each = strcmp(due->catch_up, "all") == 0;
    bool is_new;
    int64_t id;

    for (size_t i = first; i < ticks->count; i++) {
        if (!schedule_work_enqueue(scope, &due->work, tick_of(ticks, i), each, &id, &is_new))
            return false;
        if (is_new && !(*job = param_int(scope, id)))
            return false;
    }
    return true;
}

static bool fire(struct scope *scope, const struct due *due, const struct ticks *ticks,
                 const char **job)
{
    size_t count = ticks->count;

    *job = NULL;
    if (count == 0)
        return true;
    if (strcmp(due->catch_up, "all") == 0)
        return fire_from(scope, due, ticks,
                         count > SCHEDULE_CATCH_UP_MAX ? count - SCHEDULE_CATCH_UP_MAX : 0, job);
    if (strcmp(due->catch_up, "none") == 0 &&
        due->now - tick_of(ticks, count - 1) > SCHEDULE_LATE_S)
        return true;
    return fire_from(scope, due, ticks, count - 1, job);
}

static bool tick_one(struct scope *scope, const struct due *due)
{
    struct tick_walk walk;
    struct ticks ticks;
    struct rows rows;
    const char *job;

    return tick_walk_begin(scope, due->expression, due->time_zone, &walk) &&
           find_ticks(&walk, due, &ticks) && fire(scope, due, &ticks, &job) &&
           db_query(scope, &sql_schedules_advance,
                    PARAMS(due->id, param_int(scope, ticks.next), job), &rows);
}

static void log_problem(const struct scope *scope, const struct due *due, const char *problem)
{
    struct log_line line;

    if (!log_begin(scope->log, &line, LOG_LEVEL_ERROR,
                   "A schedule cannot run until it is changed."))
        return;
    log_add_text(&line, "schedule", due->work.name);
    log_add_text(&line, "detail", problem);
    log_end(&line);
}

/* One that is nonsense tells so and keeps nobody else: it was perhaps put in by hand. */
static bool set_aside(struct scope *scope, const struct due *due)
{
    const char *problem = scope->error.message;
    struct rows rows;

    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    log_problem(scope, due, problem);
    return db_go_back(scope) &&
           db_query(scope, &sql_schedules_set_problem, PARAMS(due->id, problem), &rows);
}

bool schedules_tick(struct scope *scope, int64_t *next_at)
{
    struct rows rows;

    if (!db_query(scope, &sql_schedules_take_due, NO_PARAMS, &rows))
        return false;
    for (int row = 0; row < rows.count; row++) {
        struct due due = read_due(&rows, row);

        if (!db_savepoint(scope) || (!tick_one(scope, &due) && !set_aside(scope, &due)))
            return false;
    }
    if (!db_query(scope, &sql_schedules_find_next, NO_PARAMS, &rows))
        return false;
    *next_at = row_int(&rows, 0, 0);
    return true;
}
