/* write_file.c - writes rows as CSV, NDJSON or JSON, as exports have them */
#include "keel/core/csv.h"
#include "keel/core/json.h"
#include "keel/pipeline/builtin.h"

#include <string.h>

struct writing {
    struct buffer piece;         /* of the batch in hand */
    const struct column **types; /* of each column; NULL: all are texts */
    bool has_rows;               /* written already */
};

/* What the values are, where the pipeline says a model. */
static bool find_types(struct flow *flow, const struct model *model, struct writing *writing)
{
    if (!model)
        return true;
    writing->types = scope_alloc(flow->scope, BATCH_COLUMN_MAX * sizeof(const struct column *));
    for (size_t i = 0; writing->types && i < flow->columns.count; i++)
        writing->types[i] = model_find(model, flow->columns.names[i]);
    return writing->types != NULL;
}

static bool flush(struct flow *flow, struct scope *scope, struct writing *writing)
{
    struct buffer *piece = &writing->piece;

    if (piece->failed)
        return fail_memory(scope);
    return !piece->length || flow->sink.write(flow->sink.to, piece->data, piece->length);
}

/* Text that belongs in front of the rows, or behind them. */
static bool write_text(struct flow *flow, struct writing *writing, const char *text)
{
    buffer_init(&writing->piece, &flow->scope->arena);
    buffer_add_text(&writing->piece, text);
    return flush(flow, flow->scope, writing);
}

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    struct writing *writing = scope_alloc(flow->scope, sizeof *writing);

    *state = writing;
    return writing && find_types(flow, arguments, writing);
}

static bool begin_csv(struct flow *flow, const void *arguments, void **state)
{
    struct writing *writing;

    if (!begin(flow, arguments, state))
        return false;
    writing = *state;
    buffer_init(&writing->piece, &flow->scope->arena);
    for (size_t i = 0; i < flow->columns.count; i++) {
        const char *name = flow->columns.names[i];

        buffer_add_text(&writing->piece, i ? "," : "");
        csv_add_text(&writing->piece, name, strlen(name));
    }
    buffer_add_char(&writing->piece, '\n');
    return flush(flow, flow->scope, writing);
}

static void add_csv(struct writing *writing, const struct batch *batch, const struct batch_row *row)
{
    for (size_t i = 0; i < batch->columns.count; i++) {
        const struct cell *cell = &row->cells[i];

        buffer_add_text(&writing->piece, i ? "," : "");
        if (cell->kind >= CELL_TEXT)
            csv_add_text(&writing->piece, cell->text, cell->length);
    }
    buffer_add_char(&writing->piece, '\n');
}

/* Numbers, truth and lists are written as they are; whatever else there is is a text. */
static bool is_plain(const struct writing *writing, const struct cell *cell, size_t column)
{
    if (cell->kind == CELL_NUMBER || cell->kind == CELL_BOOL || cell->kind == CELL_LIST)
        return true;
    if (cell->kind != CELL_TEXT || !writing->types || !writing->types[column])
        return false;
    enum column_kind kind = writing->types[column]->kind;

    return kind == KIND_INT || kind == KIND_DECIMAL || kind == KIND_BOOL || kind == KIND_JSON;
}

static void add_object(struct writing *writing, const struct batch *batch,
                       const struct batch_row *row)
{
    struct buffer *piece = &writing->piece;
    char separator = '{';

    for (size_t i = 0; i < batch->columns.count; i++) {
        const struct cell *cell = &row->cells[i];
        const char *name = batch->columns.names[i];

        if (cell->kind == CELL_ABSENT)
            continue;
        buffer_add_char(piece, separator);
        separator = ',';
        json_add_string(piece, name, strlen(name));
        buffer_add_char(piece, ':');
        if (cell->kind == CELL_NULL)
            buffer_add_text(piece, "null");
        else if (is_plain(writing, cell, i))
            buffer_add(piece, cell->text, cell->length);
        else
            json_add_string(piece, cell->text, cell->length);
    }
    buffer_add_text(piece, separator == '{' ? "{}" : "}");
}

static void add_ndjson(struct writing *writing, const struct batch *batch,
                       const struct batch_row *row)
{
    add_object(writing, batch, row);
    buffer_add_char(&writing->piece, '\n');
}

static void add_json(struct writing *writing, const struct batch *batch,
                     const struct batch_row *row)
{
    buffer_add_text(&writing->piece, writing->has_rows ? ",\n" : "");
    add_object(writing, batch, row);
    writing->has_rows = true;
}

static bool write_rows(struct flow *flow, struct writing *writing, struct batch *batch,
                       void (*add)(struct writing *writing, const struct batch *batch,
                                   const struct batch_row *row))
{
    buffer_init(&writing->piece, &batch->scope.arena);
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->rows[i].is_out)
            add(writing, batch, &batch->rows[i]);
    }
    return flush(flow, &batch->scope, writing);
}

static bool write_csv(struct flow *flow, void *state, struct batch *batch)
{
    return write_rows(flow, state, batch, add_csv);
}

static bool write_ndjson(struct flow *flow, void *state, struct batch *batch)
{
    return write_rows(flow, state, batch, add_ndjson);
}

static bool begin_json(struct flow *flow, const void *arguments, void **state)
{
    return begin(flow, arguments, state) && write_text(flow, *state, "[\n");
}

static bool write_json(struct flow *flow, void *state, struct batch *batch)
{
    return write_rows(flow, state, batch, add_json);
}

static bool end_json(struct flow *flow, void *state)
{
    struct writing *writing = state;

    return write_text(flow, writing, writing->has_rows ? "\n]\n" : "]\n");
}

const struct writer csv_writer_part = {"csv", .begin = begin_csv, .write = write_csv};
const struct writer ndjson_writer_part = {"ndjson", .begin = begin, .write = write_ndjson};
const struct writer json_writer_part = {"json", .begin = begin_json, .write = write_json,
                                        .end = end_json};
