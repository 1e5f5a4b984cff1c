/* read_csv.c - reads CSV: the columns are those that its first line names */
#include "position.h"

#include "keel/core/csv.h"
#include "keel/pipeline/builtin.h"

#include <string.h>

static bool fail_header(struct scope *scope, const struct stream_fault *fault)
{
    return fail_field(scope, "header", fault->code, "Line %lld, which names the columns: %s",
                      (long long)fault->line, fault->message);
}

/* Takes the names of the first line over. */
static bool take_header(struct flow *flow, const struct csv_record *record)
{
    struct scope *scope = flow->scope;

    for (size_t i = 0; i < record->count; i++) {
        const struct csv_cell *cell = &record->cells[i];
        const char *name = scope_copy(scope, cell->text, cell->length);

        if (!name)
            return false;
        if (!*name)
            return fail_field(scope, "header", "empty_name", "Column %zu has no name", i + 1);
        if (batch_find(&flow->columns, name) >= 0)
            return fail_field(scope, "header", "duplicate", "Two columns are called %s", name);
        if (flow->columns.count == BATCH_COLUMN_MAX)
            return fail_field(scope, "header", "too_many", "There are more than %d columns",
                              BATCH_COLUMN_MAX);
        flow->columns.names[flow->columns.count++] = name;
    }
    return true;
}

static bool read_header(struct flow *flow, struct csv_reader *reader)
{
    struct csv_record record;

    switch (csv_read(reader, &record)) {
    case STREAM_RECORD:
        return take_header(flow, &record);
    case STREAM_BAD:
        return fail_header(flow->scope, &record.fault);
    case STREAM_END:
        return fail_field(flow->scope, "header", "required",
                          "There is no first line that names the columns");
    case STREAM_FAILED:
        break;
    }
    return false;
}

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    struct csv_reader *reader = scope_alloc(flow->scope, sizeof *reader);
    struct position position;

    (void)arguments;
    *state = reader;
    if (!reader || !csv_reader_begin(reader, flow->scope, flow->source, 0, 1) ||
        !read_header(flow, reader) || !position_read(flow, &position))
        return false;
    if (!position.offset)
        return true;
    reader->line = position.line;
    return stream_window_skip(&reader->window, position.offset);
}

static bool take_record(struct flow *flow, struct batch *batch, const struct csv_record *record)
{
    struct batch_row *row = batch_add(batch, record->line);

    for (size_t i = 0; row && i < record->count; i++) {
        const struct csv_cell *cell = &record->cells[i];

        if (!batch_set(batch, &row->cells[i], cell->is_null ? CELL_NULL : CELL_TEXT, cell->text,
                       cell->length))
            return false;
    }
    if (!row || !record->fault.code)
        return row != NULL;
    size_t column = record->fault.column;

    row->line = record->fault.line;
    return flow_reject(
        flow, row, column && column <= batch->columns.count ? batch->columns.names[column - 1] : "",
        record->fault.code, record->fault.message, NULL);
}

static bool read_rows(struct flow *flow, void *state, struct batch *batch)
{
    struct csv_reader *reader = state;
    int64_t begin_at = reader->window.offset;
    struct csv_record record;

    while (batch->count < BATCH_ROWS && reader->window.offset - begin_at < POSITION_BYTES_MAX) {
        enum stream_outcome outcome = csv_read(reader, &record);

        if (outcome == STREAM_END)
            break;
        if (outcome == STREAM_FAILED || !take_record(flow, batch, &record))
            return false;
    }
    return position_keep(flow, batch, reader->window.offset, reader->line);
}

const struct reader csv_reader_part = {"csv", .begin = begin, .read = read_rows};
