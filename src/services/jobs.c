/* jobs.c - work to be done later: ordered with the caller's transaction, taken back */
#include "keel/services/jobs.h"

#include "sql.h"

#include <string.h>

/*
 * How often it looks for the job that has a unique key, and tries again where that has ended
 * meanwhile.
 */
#define TRIES 20

/* NULL for none. */
static const char *number_text(struct scope *scope, int64_t number)
{
    return number ? param_int(scope, number) : NULL;
}

static const char *args_of(const struct job_order *order)
{
    return order->args ? order->args : "{}";
}

static const char *queue_of(const struct job_order *order)
{
    return order->queue ? order->queue : "default";
}

static const char *time_of(struct scope *scope, const struct job_order *order)
{
    return order->run_at ? param_time(scope, order->run_at) : NULL;
}

static bool add(struct scope *scope, const struct job_order *order, struct rows *rows)
{
    return db_query(scope, &sql_jobs_add,
                    PARAMS(order->kind, args_of(order), queue_of(order),
                           param_int(scope, order->priority), time_of(scope, order),
                           order->unique_key, number_text(scope, order->user_id),
                           number_text(scope, order->max_attempts), param_bool(order->is_shared)),
                    rows);
}

static bool share(struct scope *scope, const struct job_order *order, struct rows *rows)
{
    return db_query(scope, &sql_jobs_share,
                    PARAMS(order->kind, args_of(order), queue_of(order), time_of(scope, order)),
                    rows);
}

/* The one that is there already; no row where this order needs a job of its own. */
static bool find_other(struct scope *scope, const struct job_order *order, struct rows *rows)
{
    *rows = (struct rows){0};
    if (order->is_shared)
        return share(scope, order, rows);
    if (order->unique_key)
        return db_query(scope, &sql_jobs_find_unique, PARAMS(order->kind, order->unique_key), rows);
    return true;
}

static bool report(const struct rows *rows, bool is_new, int64_t *id, bool *told)
{
    if (id)
        *id = row_int(rows, 0, 0);
    if (told)
        *told = is_new;
    return true;
}

/* A key can be taken when this looks and free when it inserts, and the other way round. */
bool jobs_enqueue(struct scope *scope, const struct job_order *order, int64_t *id, bool *is_new)
{
    struct rows rows;

    for (int i = 0; i < TRIES; i++) {
        if (!find_other(scope, order, &rows))
            return false;
        if (rows.count > 0)
            return report(&rows, false, id, is_new);
        if (!add(scope, order, &rows))
            return false;
        if (rows.count > 0)
            return report(&rows, true, id, is_new);
    }
    return fail(scope, ERR_UNAVAILABLE, "The queue is too busy; try again");
}

/* As a sentence has it: "A job that ...". */
static const char *describe(const char *state)
{
    static const char *const descriptions[][2] = {
        {"queued", "waits"},
        {"running", "is running"},
        {"succeeded", "has succeeded"},
        {"failed", "has failed"},
        {"cancelled", "has been cancelled"},
    };

    for (size_t i = 0; i < sizeof descriptions / sizeof descriptions[0]; i++) {
        if (strcmp(state, descriptions[i][0]) == 0)
            return descriptions[i][1];
    }
    return state;
}

/* Why a statement found no job whose state allows the step. */
static bool refuse(struct scope *scope, int64_t id, const char *step)
{
    struct rows rows;

    if (!db_query(scope, &sql_jobs_find_state, PARAMS(param_int(scope, id)), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "Job not found");
    return fail(scope, ERR_CONFLICT, "A job that %s cannot be %s", describe(row_text(&rows, 0, 0)),
                step);
}

/* What the database says of the key is not for people. */
static bool explain(struct scope *scope)
{
    const char *constraint = scope->error.constraint;
    const char *detail = scope->error.detail;

    if (!constraint || strcmp(constraint, "jobs_unique_key") != 0)
        return false;
    scope_clear_error(scope);
    fail(scope, ERR_CONFLICT, "The same has been ordered anew, and is queued or running");
    return fail_detail(scope, "%s", detail);
}

bool jobs_retry(struct scope *scope, int64_t id)
{
    struct rows rows;

    if (!db_query(scope, &sql_jobs_retry, PARAMS(param_int(scope, id)), &rows))
        return explain(scope);
    return rows.count > 0 || refuse(scope, id, "retried");
}

bool jobs_cancel(struct scope *scope, int64_t id)
{
    struct rows rows;

    if (!db_query(scope, &sql_jobs_cancel, PARAMS(param_int(scope, id)), &rows))
        return false;
    return rows.count > 0 || refuse(scope, id, "cancelled");
}

bool jobs_snooze(struct scope *scope, int64_t id, int64_t seconds)
{
    struct rows rows;

    if (!db_query(scope, &sql_jobs_snooze, PARAMS(param_int(scope, id), param_int(scope, seconds)),
                  &rows))
        return false;
    return rows.count > 0 || refuse(scope, id, "put off");
}

bool jobs_retry_failed(struct scope *scope, const char *kind, int64_t *retried)
{
    struct rows rows;

    if (!db_query(scope, &sql_jobs_retry_failed, PARAMS(kind), &rows))
        return false;
    *retried = rows.count;
    return true;
}
