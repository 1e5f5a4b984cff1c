/* ledger_claim.c - takes jobs that are due for this runner */
#include "ledger.h"

#include "keel/core/config.h"
#include "keel/model/array.h"
#include "sql.h"

#include <string.h>

/* Columns of runner_claim and runner_claim_bounded. */
enum { ID, KIND, ATTEMPT, PRIORITY, RUN_AT, FAILURES, USER, IS_LARGE, ARGS, SAVED };

static size_t find_kind(const struct runner_options *options, const char *name)
{
    size_t i = 0;

    while (i < options->kind_count && strcmp(options->kinds[i].name, name) != 0)
        i++;
    return i;
}

/* NULL: no memory. */
static struct task *make_task(const struct ledger *ledger, const struct rows *rows, int row)
{
    const char *args = row_text(rows, row, ARGS), *saved = row_text(rows, row, SAVED);
    size_t args_length = (size_t)PQgetlength(rows->result, row, ARGS);
    size_t saved_length = (size_t)PQgetlength(rows->result, row, SAVED);
    struct task *task = calloc(1, sizeof *task + args_length + saved_length);

    if (!task)
        return NULL;
    task->head = (struct handout){
        .id = row_int(rows, row, ID),
        .user_id = row_int(rows, row, USER),
        .attempt = (int)row_int(rows, row, ATTEMPT),
        .failures = (int)row_int(rows, row, FAILURES),
        .kind = find_kind(ledger->options, row_text(rows, row, KIND)),
        .is_large = row_bool(rows, row, IS_LARGE),
        .args_length = args_length,
        .saved_length = saved_length,
    };
    task->priority = (int)row_int(rows, row, PRIORITY);
    task->run_at = row_int(rows, row, RUN_AT);
    memcpy(task->texts, args, args_length);
    memcpy(task->texts + args_length, saved, saved_length);
    return task;
}

static int compare(const void *left, const void *right)
{
    const struct task *a = *(struct task *const *)left, *b = *(struct task *const *)right;

    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    if (a->run_at != b->run_at)
        return a->run_at < b->run_at ? -1 : 1;
    return a->head.id < b->head.id ? -1 : a->head.id > b->head.id;
}

/* UPDATE gives its rows in any order. Without memory nothing is kept: the claim runs out. */
static bool take_rows(struct scope *scope, const struct ledger *ledger, const struct rows *rows,
                      struct task_list *tasks)
{
    size_t count = (size_t)rows->count, made = 0;
    struct task **list = scope_alloc(scope, (count ? count : 1) * sizeof(struct task *));

    if (!list)
        return false;
    while (made < count && (list[made] = make_task(ledger, rows, (int)made)))
        made++;
    qsort(list, made, sizeof(struct task *), compare);
    for (size_t i = 0; i < made; i++)
        task_append(tasks, list[i]);
    return made == count || fail_memory(scope);
}

static bool claim_bounded(struct scope *scope, const struct ledger *ledger, size_t count,
                          struct task_list *tasks)
{
    const size_t before = tasks->count;
    struct rows queues, rows;

    if (!db_query(scope, &sql_runner_lock_bounded, PARAMS(ledger->queues), &queues))
        return false;
    for (int i = 0; i < queues.count && tasks->count - before < count; i++) {
        const char *left = param_int(scope, (int64_t)(count - (tasks->count - before)));

        if (!db_query(scope, &sql_runner_claim_bounded,
                      PARAMS(left, ledger->kinds, row_text(&queues, i, 0),
                             param_int(scope, HANDOUT_TEXT_MAX), ledger->runner, ledger->lease,
                             row_text(&queues, i, 1)),
                      &rows) ||
            !take_rows(scope, ledger, &rows, tasks))
            return false;
    }
    return true;
}

/*
 * The locks on the queues end with the transaction. What was claimed in one that failed is
 * nobody's: it is dropped here.
 */
static bool claim_from_bounded(struct scope *scope, const struct ledger *ledger, size_t count,
                               struct task_list *tasks)
{
    struct task_list claimed = {0};
    struct task *task;
    bool done =
        db_begin(scope) && claim_bounded(scope, ledger, count, &claimed) && db_commit(scope);

    if (!done && db_in_transaction(scope->db))
        db_rollback(scope);
    while ((task = task_take(&claimed))) {
        if (done)
            task_append(tasks, task);
        else
            task_free(task);
    }
    return done;
}

static bool claim_from_others(struct scope *scope, const struct ledger *ledger, size_t count,
                              struct task_list *tasks)
{
    struct rows rows;

    return db_query(scope, &sql_runner_claim,
                    PARAMS(param_int(scope, (int64_t)count), ledger->kinds, ledger->queues,
                           param_int(scope, HANDOUT_TEXT_MAX), ledger->runner, ledger->lease),
                    &rows) &&
           take_rows(scope, ledger, &rows, tasks);
}

bool ledger_claim(struct scope *scope, struct ledger *ledger, size_t count, struct task_list *tasks,
                  size_t *found)
{
    const size_t before = tasks->count;
    /* Not more than can begin at once: what waits here counts as running there. */
    const size_t processes = (size_t)ledger->options->processes;

    if (ledger->has_bounds &&
        !claim_from_bounded(scope, ledger, count < processes ? count : processes, tasks))
        return false;
    *found = tasks->count - before;
    bool done = *found >= count || claim_from_others(scope, ledger, count - *found, tasks);

    *found = tasks->count - before;
    return done;
}

static const char *list_names(struct scope *scope, const char *const *names, size_t count)
{
    struct array array;

    array_begin(&array, &scope->arena);
    for (size_t i = 0; i < count; i++)
        array_add(&array, names[i]);
    const char *text = array_end(&array);

    if (!text)
        fail_memory(scope);
    return text;
}

bool ledger_open(struct scope *scope, const struct runner_options *options, const char *runner,
                 struct ledger *ledger)
{
    const char **kinds = scope_alloc(scope, options->kind_count * sizeof(const char *));

    if (!kinds)
        return false;
    for (size_t i = 0; i < options->kind_count; i++)
        kinds[i] = options->kinds[i].name;
    *ledger = (struct ledger){
        .options = options,
        .runner = runner,
        .lease = param_int(scope, scope->config->job_lease_s),
        .kinds = list_names(scope, kinds, options->kind_count),
    };
    if (options->queues)
        ledger->queues = list_names(scope, options->queues, options->queue_count);
    return scope->error.kind == ERR_NONE;
}
