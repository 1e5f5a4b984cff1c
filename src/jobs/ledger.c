/* ledger.c - says in the table of jobs which are still this runner's, and how they ended */
#include "ledger.h"

#include "keel/core/text.h"
#include "keel/model/array.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

static const char *outcome_name(enum job_outcome outcome)
{
    static const char *const names[] = {
        [JOB_SUCCEEDED] = "succeeded",
        [JOB_FAILED] = "failed",
        [JOB_RELEASED] = "released",
        [JOB_CANCELLED] = "cancelled",
    };

    return names[outcome];
}

static void add_int(struct array *array, int64_t value)
{
    char digits[TEXT_INT_SIZE];

    text_from_int(value, digits);
    array_add(array, digits);
}

bool ledger_look(struct scope *scope, struct ledger *ledger)
{
    struct rows rows;

    if (!db_query(scope, &sql_runner_has_bounds, NO_PARAMS, &rows))
        return false;
    ledger->has_bounds = row_bool(&rows, 0, 0);
    return true;
}

/* The columns of a statement that tells how several jobs ended. */
struct telling {
    struct array runners, ids, attempts, outcomes, messages, results, limits, backoffs;
    size_t count;
};

static void begin_telling(struct scope *scope, struct telling *telling)
{
    struct array *const arrays[] = {&telling->runners,  &telling->ids,      &telling->attempts,
                                    &telling->outcomes, &telling->messages, &telling->results,
                                    &telling->limits,   &telling->backoffs};

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        array_begin(arrays[i], &scope->arena);
    telling->count = 0;
}

/* For how long none of a kind that failed is begun again, and how often it may. */
static void add_limits(struct telling *telling, int attempts, int backoff_s)
{
    add_int(&telling->limits, attempts);
    add_int(&telling->backoffs, backoff_s);
}

static void add_task(const struct ledger *ledger, const struct task *task, struct telling *telling)
{
    const struct job_kind *kind = &ledger->options->kinds[task->head.kind];

    array_add(&telling->runners, ledger->runner);
    add_int(&telling->ids, task->head.id);
    add_int(&telling->attempts, task->head.attempt);
    array_add(&telling->outcomes, outcome_name(task->outcome));
    array_add(&telling->messages, task->message);
    array_add(&telling->results, task->result);
    add_limits(telling, kind->attempts, kind->backoff_s);
    telling->count++;
}

static bool tell_success(struct scope *scope, const struct ledger *ledger, struct telling *telling)
{
    const char *ids = array_end(&telling->ids), *attempts = array_end(&telling->attempts);
    const char *results = array_end(&telling->results);
    struct rows rows;

    if (!ids || !attempts || !results)
        return fail_memory(scope);
    return telling->count == 0 || db_query(scope, &sql_runner_succeed,
                                           PARAMS(ledger->runner, ids, attempts, results), &rows);
}

static bool tell_others(struct scope *scope, struct telling *telling)
{
    const char *runners = array_end(&telling->runners), *ids = array_end(&telling->ids);
    const char *attempts = array_end(&telling->attempts);
    const char *outcomes = array_end(&telling->outcomes);
    const char *messages = array_end(&telling->messages);
    const char *limits = array_end(&telling->limits), *backoffs = array_end(&telling->backoffs);
    struct rows rows;

    if (!runners || !ids || !attempts || !outcomes || !messages || !limits || !backoffs)
        return fail_memory(scope);
    return telling->count == 0 ||
           db_query(scope, &sql_runner_settle,
                    PARAMS(runners, ids, attempts, outcomes, messages, limits, backoffs), &rows);
}

bool ledger_settle(struct scope *scope, const struct ledger *ledger, struct task_list *ended)
{
    struct telling done, others;
    struct task *task;

    begin_telling(scope, &done);
    begin_telling(scope, &others);
    for (task = ended->first; task; task = task->next) {
        if (!task->is_recorded)
            add_task(ledger, task, task->outcome == JOB_SUCCEEDED ? &done : &others);
    }
    if (!tell_success(scope, ledger, &done) || !tell_others(scope, &others))
        return false;
    while ((task = task_take(ended)))
        task_free(task);
    return true;
}

/* A kind that this program does not know is left to those who do. */
static const struct job_kind *find_kind(const struct ledger *ledger, const char *name)
{
    for (size_t i = 0; i < ledger->options->kind_count; i++) {
        if (strcmp(ledger->options->kinds[i].name, name) == 0)
            return &ledger->options->kinds[i];
    }
    return NULL;
}

static void add_expired(const struct ledger *ledger, const struct rows *rows, int row,
                        struct telling *telling)
{
    const struct job_kind *kind = find_kind(ledger, row_text(rows, row, 3));

    add_int(&telling->ids, row_int(rows, row, 0));
    array_add(&telling->attempts, row_text(rows, row, 1));
    array_add(&telling->runners, row_text(rows, row, 2));
    array_add(&telling->outcomes, outcome_name(JOB_FAILED));
    array_add(&telling->messages, "Its runner ended, or lost the database, while it ran");
    add_limits(telling, kind ? kind->attempts : INT32_MAX, 0);
    telling->count++;
}

static bool expire(struct scope *scope, const struct ledger *ledger, int64_t *found)
{
    struct telling telling;
    struct rows rows;

    if (!db_query(scope, &sql_runner_expired, NO_PARAMS, &rows))
        return false;
    begin_telling(scope, &telling);
    for (int row = 0; row < rows.count; row++)
        add_expired(ledger, &rows, row, &telling);
    *found = rows.count;
    return tell_others(scope, &telling);
}

bool ledger_expire(struct scope *scope, const struct ledger *ledger, int64_t *found)
{
    if (!db_begin(scope))
        return false;
    if (expire(scope, ledger, found) && db_commit(scope))
        return true;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

/* What somebody else has by now is not among the rows. */
static void compare(const struct rows *rows, struct holding *holdings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        holdings[i].is_ours = holdings[i].is_unwanted = false;
        for (int row = 0; row < rows->count && !holdings[i].is_ours; row++) {
            holdings[i].is_ours = row_int(rows, row, 0) == holdings[i].id;
            holdings[i].is_unwanted = holdings[i].is_ours && row_bool(rows, row, 1);
        }
    }
}

static void add_holding(struct scope *scope, const struct holding *holding, struct telling *telling,
                        struct array *progress)
{
    int part = holding->progress;

    add_int(&telling->ids, holding->id);
    add_int(&telling->attempts, holding->attempt);
    array_add(progress,
              part < 0 ? NULL : scope_format(scope, "%d.%04d", part / 10000, part % 10000));
}

bool ledger_renew(struct scope *scope, const struct ledger *ledger, struct holding *holdings,
                  size_t count)
{
    struct telling telling;
    struct array progress;
    struct rows rows;

    begin_telling(scope, &telling);
    array_begin(&progress, &scope->arena);
    for (size_t i = 0; i < count; i++)
        add_holding(scope, &holdings[i], &telling, &progress);
    const char *ids = array_end(&telling.ids), *attempts = array_end(&telling.attempts);
    const char *parts = array_end(&progress);

    if (!ids || !attempts || !parts)
        return fail_memory(scope);
    if (!db_query(scope, &sql_runner_renew,
                  PARAMS(ledger->runner, ids, attempts, parts, ledger->lease), &rows))
        return false;
    compare(&rows, holdings, count);
    return true;
}
