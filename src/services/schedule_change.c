/* schedule_change.c - schedules as they are shown, changed, and run out of turn */
#include "keel/services/schedules.h"

#include "keel/core/cron.h"
#include "keel/model/store.h"
#include "schedule_work.h"
#include "sql.h"

#include <string.h>

struct schedule_row {
    int64_t id;
    const char *name;
    const char *summary;
    const char *expression;
    const char *time_zone;
    const char *kind;
    struct json_text args;
    const char *queue;
    const char *catch_up;
    bool paused;
    const char *problem;
    struct instant next_run_at;
    struct instant last_run_at;
    struct maybe_int last_job_id;
    const char *last_state;
    const char *last_error;
};

#define LAST_JOB(what) "(SELECT " what " FROM jobs WHERE jobs.id = schedules.last_job_id)"

static const struct column columns[] = {
    {INT(struct schedule_row, id), .uses = READ | SORT, .example = "3", .doc = "Identifier."},
    {TEXT(struct schedule_row, name), .uses = READ | SORT, .example = "\"purge\"",
     .doc = "What it is called."},
    {TEXT(struct schedule_row, summary), .uses = READ,
     .example = "\"Remove for good what was deleted long ago.\"", .doc = "What it is for."},
    {TEXT(struct schedule_row, expression), .uses = READ | UPDATE, .min = 1, .max = CRON_TEXT_MAX,
     .example = "\"10 3 * * *\"",
     .doc = "When: minute, hour, day of the month, month and day of the week as cron has them, or "
            "@hourly, @daily, @weekly, @monthly, @yearly."},
    {TEXT(struct schedule_row, time_zone), .uses = READ | UPDATE, .min = 1, .max = 63,
     .example = "\"UTC\"",
     .doc = "By whose clocks. A time that a change of the clocks leaves out comes at its end, one "
            "that it repeats comes once."},
    {TEXT(struct schedule_row, kind), .uses = READ | FILTER, .min = 1, .max = 80,
     .example = "\"purge\"", .doc = "What kind of job it puts into the queue."},
    {JSON(struct schedule_row, args), .uses = READ, .example = "{}",
     .doc = "With what, beside scheduled_at."},
    {TEXT(struct schedule_row, queue), .uses = READ, .example = "\"default\"", .doc = "Where."},
    {TEXT(struct schedule_row, catch_up), .uses = READ | UPDATE, .choices = "none|once|all",
     .example = "\"once\"",
     .doc = "What becomes of times at which nothing ran: none is made up for, one for all, or each "
            "of the last 100."},
    {BOOL(struct schedule_row, paused), .uses = READ | UPDATE | FILTER, .example = "false",
     .doc = "True: it stands still; nothing of that time is made up for."},
    {TEXT(struct schedule_row, problem), .uses = READ, .nullable = true, .example = "null",
     .doc = "Why it cannot run until it is changed."},
    {TIME(struct schedule_row, next_run_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-13T03:10:00Z\"",
     .doc = "When it is due; null: no runner has looked at it yet, or it has a problem."},
    {TIME(struct schedule_row, last_run_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T03:10:00Z\"", .doc = "When it last put a job into the queue."},
    {MAYBE_INT(struct schedule_row, last_job_id), .uses = READ, .example = "4711",
     .doc = "That job; it may be gone since."},
    {TEXT(struct schedule_row, last_state), .uses = READ, .nullable = true,
     .expression = LAST_JOB("state"), .example = "\"succeeded\"", .doc = "How that job is."},
    {TEXT(struct schedule_row, last_error), .uses = READ, .nullable = true,
     .expression = LAST_JOB("errors -> -1 ->> 'message'"), .example = "null",
     .doc = "Why it last failed."},
};

const struct model schedule_model = {
    .name = "Schedule",
    .plural = "schedules",
    .table = "schedules",
    COLUMNS(columns),
    .size = sizeof(struct schedule_row),
    .order = "name",
};

bool schedules_find(struct scope *scope, const char *name, int64_t *id)
{
    struct rows rows;

    if (!db_query(scope, &sql_schedules_find, PARAMS(name), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "Schedule not found");
    *id = row_int(&rows, 0, 0);
    return true;
}

static bool lock(struct scope *scope, int64_t id, struct rows *rows)
{
    return db_query(scope, &sql_schedules_lock, PARAMS(param_int(scope, id)), rows) &&
           (rows->count > 0 || fail(scope, ERR_NOT_FOUND, "Schedule not found"));
}

/* Only whole names: PostgreSQL reads "Berlin+2" as a rule that nobody means. */
static bool check_zone(struct scope *scope, struct value zone)
{
    struct rows rows;

    if (zone.state != VALUE_SET)
        return true;
    if (!db_query(scope, &sql_schedules_knows_zone, PARAMS(zone.text), &rows))
        return false;
    return row_bool(&rows, 0, 0) ||
           fail_field(scope, "time_zone", "unknown", "There is no time zone %s", zone.text);
}

static const char *or_old(struct value value, const char *old)
{
    return value.state == VALUE_SET ? value.text : old;
}

/* The next tick from now on, where the change has one; `before` is the locked row. */
static bool find_next(struct scope *scope, const struct input *input, const struct rows *before,
                      const char **next)
{
    struct value expression = input_find(input, "expression"),
                 zone = input_find(input, "time_zone"), paused = input_find(input, "paused");
    bool goes_on = row_bool(before, 0, 3) && paused.state == VALUE_SET &&
                   strcmp(paused.text, param_bool(false)) == 0;
    int64_t tick;

    *next = NULL;
    if (expression.state != VALUE_SET && zone.state != VALUE_SET && !goes_on)
        return true;
    if (!check_zone(scope, zone) ||
        !schedules_find_tick(scope, or_old(expression, row_text(before, 0, 1)),
                             or_old(zone, row_text(before, 0, 2)), row_int(before, 0, 7), &tick))
        return false;
    *next = param_int(scope, tick);
    return *next;
}

static bool retime(struct scope *scope, int64_t id, const char *next)
{
    struct rows rows;

    return !next ||
           db_query(scope, &sql_schedules_advance, PARAMS(param_int(scope, id), next, NULL), &rows);
}

bool schedules_change(struct scope *scope, int64_t id, const struct input *input, struct rows *rows,
                      const char **changes)
{
    const char *next;
    struct rows before, ignored;

    if (!lock(scope, id, &before) || !find_next(scope, input, &before, &next) ||
        !store_update(scope, id, input, false, rows))
        return false;
    *changes = store_changes(scope, input, false, rows);
    return *changes && retime(scope, id, next) &&
           db_query(scope, &sql_schedules_notify, NO_PARAMS, &ignored) &&
           store_get(scope, &schedule_model, id, rows);
}

bool schedules_run(struct scope *scope, int64_t id, int64_t *job_id, bool *is_new)
{
    struct rows rows;

    if (!lock(scope, id, &rows))
        return false;
    const struct schedule_work work = {.name = row_text(&rows, 0, 0),
                                       .kind = row_text(&rows, 0, 4),
                                       .args = row_text(&rows, 0, 5),
                                       .queue = row_text(&rows, 0, 6)};

    return schedule_work_enqueue(scope, &work, row_int(&rows, 0, 7), false, job_id, is_new) &&
           db_query(scope, &sql_schedules_note_run,
                    PARAMS(param_int(scope, id), param_int(scope, *job_id)), &rows);
}
