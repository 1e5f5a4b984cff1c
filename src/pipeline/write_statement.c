/* write_statement.c - writes each batch by one statement, which takes a column as an array */
#include "keel/db/db.h"
#include "keel/model/array.h"
#include "keel/pipeline/builtin.h"

struct writing {
    const struct statement_writer *statement;
    int places[BATCH_COLUMN_MAX]; /* of its columns in the batch */
    int count;
};

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    struct writing *writing = scope_alloc(flow->scope, sizeof *writing);

    *state = writing;
    if (!writing)
        return false;
    writing->statement = arguments;
    for (const char *const *column = writing->statement->columns; *column; column++) {
        int place = batch_find(&flow->columns, *column);

        if (place < 0)
            return fail_field(flow->scope, *column, "required", "There is no column %s", *column);
        writing->places[writing->count++] = place;
    }
    return true;
}

/* One column of the rows that are to be written, as PostgreSQL writes an array. */
static const char *collect(struct batch *batch, int place)
{
    struct array array;

    array_begin(&array, &batch->scope.arena);
    for (size_t i = 0; i < batch->count; i++) {
        const struct cell *cell = &batch->rows[i].cells[place];

        if (!batch->rows[i].is_out)
            array_add(&array, cell->kind >= CELL_TEXT ? cell->text : NULL);
    }
    const char *text = array_end(&array);

    if (!text)
        fail_memory(&batch->scope);
    return text;
}

static bool has_rows(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->rows[i].is_out)
            return true;
    }
    return false;
}

static bool write_batch(struct flow *flow, void *state, struct batch *batch)
{
    const struct writing *writing = state;
    const char *values[BATCH_COLUMN_MAX];
    struct rows rows;

    (void)flow;
    if (!has_rows(batch))
        return true;
    for (int i = 0; i < writing->count; i++) {
        values[i] = collect(batch, writing->places[i]);
        if (!values[i])
            return false;
    }
    return db_query(&batch->scope, writing->statement->sql, (struct params){values, writing->count},
                    &rows);
}

const struct writer statement_writer_part = {"upsert", .begin = begin, .write = write_batch};
