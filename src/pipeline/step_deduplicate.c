/* step_deduplicate.c - leaves out rows whose key came before */
#include "keel/db/db.h"
#include "keel/model/array.h"
#include "keel/pipeline/builtin.h"

#include <stdlib.h>
#include <string.h>

/* Not among the named queries: those must hold without a temporary table. */
static const struct sql seen = {
    "pipeline_seen",
    "WITH given AS (SELECT key, place FROM unnest($1::text[]) WITH ORDINALITY AS g (key, place)),"
    " added AS (INSERT INTO pipeline_seen SELECT key FROM given ON CONFLICT DO NOTHING"
    " RETURNING key)"
    " SELECT place FROM given WHERE NOT EXISTS (SELECT FROM added WHERE added.key = given.key)",
    1,
};

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    const struct row_key *key = arguments;

    (void)state;
    if (batch_find(&flow->columns, key->column) < 0)
        return fail_field(flow->scope, key->column, "required", "There is no column %s",
                          key->column);
    return db_script(flow->scope, "pipeline_seen",
                     "CREATE TEMPORARY TABLE IF NOT EXISTS pipeline_seen (key text PRIMARY KEY);"
                     " TRUNCATE pipeline_seen");
}

/* A row's place in the batch, by its key. */
struct keyed {
    const char *key;
    size_t row;
};

static int compare_keys(const void *a, const void *b)
{
    const struct keyed *left = a, *right = b;
    int order = strcmp(left->key, right->key);

    if (order)
        return order;
    return left->row < right->row ? -1 : left->row > right->row;
}

/* The keys of the rows that have one, in their order; of equal ones the first row comes first. */
static struct keyed *sort_keys(struct batch *batch, int place, size_t *count)
{
    struct keyed *keys = scope_alloc(&batch->scope, (batch->count + 1) * sizeof *keys);

    *count = 0;
    for (size_t i = 0; keys && i < batch->count; i++) {
        const struct batch_row *row = &batch->rows[i];

        if (!row->is_out && row->cells[place].kind >= CELL_TEXT)
            keys[(*count)++] = (struct keyed){row->cells[place].text, i};
    }
    if (keys && *count)
        qsort(keys, *count, sizeof *keys, compare_keys);
    return keys;
}

/* Drops all but the first row of each key; what is left has every key once. */
static size_t drop_repeated(struct flow *flow, struct batch *batch, struct keyed *keys,
                            size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept && strcmp(keys[kept - 1].key, keys[i].key) == 0)
            flow_drop(flow, &batch->rows[keys[i].row]);
        else
            keys[kept++] = keys[i];
    }
    return kept;
}

/* Asks which of the keys are new, in the order of the keys, and drops the rows of the others. */
static bool drop_known(struct flow *flow, struct batch *batch, const struct keyed *keys,
                       size_t count)
{
    struct array array;
    struct rows rows;

    array_begin(&array, &batch->scope.arena);
    for (size_t i = 0; i < count; i++)
        array_add(&array, keys[i].key);
    const char *text = array_end(&array);

    if (!text)
        return fail_memory(&batch->scope);
    if (!db_query_once(&batch->scope, &seen, PARAMS(text), &rows))
        return false;
    for (int row = 0; row < rows.count; row++)
        flow_drop(flow, &batch->rows[keys[row_int(&rows, row, 0) - 1].row]);
    return true;
}

static bool run(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct row_key *key = arguments;
    int place = batch_find(&batch->columns, key->column);
    size_t count;
    struct keyed *keys = sort_keys(batch, place, &count);

    (void)state;
    if (!keys)
        return false;
    count = drop_repeated(flow, batch, keys, count);
    return count == 0 || drop_known(flow, batch, keys, count);
}

const struct step deduplicate_step = {"deduplicate", .begin = begin, .run = run};
