/* read_query.c - reads the rows of a query: by a cursor, or by key, batch by batch */
#include "keel/db/cursor.h"
#include "keel/pipeline/builtin.h"

#include <string.h>

/* More parameters than any query takes that a pipeline reads. */
#define PARAMETER_MAX 16

struct reading {
    const struct query_reader *query;
    struct db_cursor *cursor; /* without a key */
    struct rows rows;         /* of it, from `row` on not yet given */
    int row;
    int64_t line;
    char *last; /* the key of the row given last, in room of `room` bytes; NULL: none yet */
    size_t room;
};

static bool open_cursor(struct flow *flow, struct reading *reading)
{
    const struct query_reader *query = reading->query;
    struct params params = {flow->parameters, flow->parameter_count};

    return db_cursor_open(flow->scope, query->sql, params, &reading->cursor);
}

/* Remembers the key behind which the next batch begins. */
static bool keep_key(struct flow *flow, struct reading *reading, const char *key)
{
    size_t size = strlen(key) + 1;

    if (size > reading->room) {
        char *room = scope_alloc(flow->scope, size * 2);

        if (!room)
            return false;
        reading->last = room;
        reading->room = size * 2;
    }
    memcpy(reading->last, key, size);
    return true;
}

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    const struct query_reader *query = arguments;
    struct reading *reading = scope_alloc(flow->scope, sizeof *reading);

    *state = reading;
    if (!reading)
        return false;
    if (flow->parameter_count >= PARAMETER_MAX)
        return fail(flow->scope, ERR_INTERNAL, "%s takes too many parameters", query->sql->name);
    reading->query = query;
    for (const char *const *column = query->columns; *column; column++)
        flow->columns.names[flow->columns.count++] = *column;
    flow->fraction = -1;
    if (!query->key)
        return open_cursor(flow, reading);
    return !flow->position || keep_key(flow, reading, flow->position);
}

/* Takes a row's values in place: they stay until the result that holds them goes. */
static bool take_row(struct reading *reading, struct batch *batch, const struct rows *rows, int row)
{
    struct batch_row *made = batch_add(batch, ++reading->line);

    for (size_t i = 0; made && reading->query->columns[i]; i++) {
        bool is_null = row_is_null(rows, row, (int)i);

        made->cells[i] = (struct cell){is_null ? CELL_NULL : CELL_TEXT, row_text(rows, row, (int)i),
                                       (size_t)PQgetlength(rows->result, row, (int)i)};
    }
    return made != NULL;
}

/* A cursor's rows stay until it is asked again: a batch never has rows of two answers. */
static bool read_cursor(struct flow *flow, void *state, struct batch *batch)
{
    struct reading *reading = state;

    (void)flow;
    if (reading->row == reading->rows.count) {
        reading->row = 0;
        if (!db_cursor_next(reading->cursor, &reading->rows))
            return false;
    }
    while (reading->row < reading->rows.count && batch->count < BATCH_ROWS) {
        if (!take_row(reading, batch, &reading->rows, reading->row++))
            return false;
    }
    return true;
}

static bool read_by_key(struct flow *flow, void *state, struct batch *batch)
{
    struct reading *reading = state;
    const char *values[PARAMETER_MAX];
    struct rows rows;

    for (int i = 0; i < flow->parameter_count; i++)
        values[i] = flow->parameters[i];
    values[flow->parameter_count] = reading->last;
    if (!db_query(&batch->scope, reading->query->sql,
                  (struct params){values, flow->parameter_count + 1}, &rows))
        return false;
    for (int row = 0; row < rows.count && row < BATCH_ROWS; row++) {
        if (!take_row(reading, batch, &rows, row))
            return false;
    }
    if (!batch->count)
        return true;
    int key = batch_find(&batch->columns, reading->query->key);
    const char *last = batch->rows[batch->count - 1].cells[key].text;

    batch->position = scope_copy(&batch->scope, last, strlen(last));
    return batch->position && keep_key(flow, reading, last);
}

const struct reader query_reader_part = {"query", .one_transaction = true, .begin = begin,
                                         .read = read_cursor};
const struct reader keyed_query_reader_part = {"query by key", .begin = begin, .read = read_by_key};
