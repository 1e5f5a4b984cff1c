/* export.c - all rows of a list, however many, as CSV, NDJSON or JSON */
#include "keel/model/export.h"

#include "list_sql.h"
#include "list_value.h"
#include "row.h"

#include <string.h>

/* Pieces of this size cost a sink little beside their bytes, and stay in the cache. */
#define PIECE_SIZE ((size_t)64 * 1024)

/* What is written by and by. */
struct writing {
    struct scope *scope;
    struct export *export;
    struct sink sink;
    struct buffer piece;
};

static void begin_csv(struct writing *writing)
{
    const struct selection *selection = &writing->export->list.selection;

    for (size_t i = 0; i < selection->column_count; i++) {
        if (i)
            buffer_add_char(&writing->piece, ',');
        buffer_add_text(&writing->piece, selection->columns[i]->name);
    }
    buffer_add_char(&writing->piece, '\n');
}

static void add_csv(struct writing *writing, const struct rows *rows, int row)
{
    row_write_csv(&writing->piece, &writing->export->list.selection, rows, row);
}

static void add_ndjson(struct writing *writing, const struct rows *rows, int row)
{
    selection_write_row(&writing->piece, &writing->export->list.selection, rows, row);
    buffer_add_char(&writing->piece, '\n');
}

static void begin_json(struct writing *writing)
{
    buffer_add_text(&writing->piece, "[\n");
}

static void add_json(struct writing *writing, const struct rows *rows, int row)
{
    if (writing->export->rows)
        buffer_add_text(&writing->piece, ",\n");
    selection_write_row(&writing->piece, &writing->export->list.selection, rows, row);
}

static void end_json(struct writing *writing)
{
    buffer_add_text(&writing->piece, writing->export->rows ? "\n]\n" : "]\n");
}

static void add_nothing(struct writing *writing)
{
    (void)writing;
}

static const struct format {
    const char *media_type;
    void (*begin)(struct writing *writing);
    void (*add)(struct writing *writing, const struct rows *rows, int row);
    void (*end)(struct writing *writing);
} formats[EXPORT_FORMAT_COUNT] = {
    [EXPORT_CSV] = {"text/csv; charset=utf-8; header=present", begin_csv, add_csv, add_nothing},
    [EXPORT_NDJSON] = {"application/x-ndjson", add_nothing, add_ndjson, add_nothing},
    [EXPORT_JSON] = {"application/json", begin_json, add_json, end_json},
};

const char *export_media_type(enum export_format format)
{
    return formats[format].media_type;
}

static const char *const format_choices[EXPORT_FORMAT_COUNT + 1] = {
    [EXPORT_CSV] = "csv", [EXPORT_NDJSON] = "ndjson", [EXPORT_JSON] = "json"};

const char *export_format_name(enum export_format format)
{
    return format_choices[format];
}

static const struct parameter format_parameter = {
    .name = "format",
    .kind = PARAMETER_CHOICE,
    .choices = format_choices,
    .fallback = "csv",
    .doc = "What to write: CSV, a JSON object in each line, or a JSON array of them.",
};

bool export_reserves(const char *name)
{
    return strcmp(name, format_parameter.name) == 0;
}

bool export_has_column(const struct column *column)
{
    return column_is_shown(column) && column_is_stored(column);
}

static void select_columns(const struct model *model, struct selection *selection)
{
    selection_all(model, selection);
    selection->column_count = 0;
    for (size_t i = 0; i < model->column_count; i++) {
        if (export_has_column(&model->columns[i]))
            selection->columns[selection->column_count++] = &model->columns[i];
    }
}

/* Takes `format` out of the parameters. */
static bool take_format(struct scope *scope, struct pairs query, struct export *export,
                        struct pairs *rest)
{
    struct pair *list = scope_alloc(scope, (query.count + 1) * sizeof *list);
    size_t choice;

    if (!list)
        return false;
    *rest = (struct pairs){.list = list};
    for (size_t i = 0; i < query.count; i++) {
        if (!export_reserves(query.list[i].name))
            list[rest->count++] = query.list[i];
        else if (list_value_choice(scope, &format_parameter, query.list[i].value, &choice))
            export->format = (enum export_format)choice;
    }
    return true;
}

bool export_decode(struct scope *scope, const struct model *model, struct pairs query,
                   struct export *export)
{
    struct pairs rest;

    *export = (struct export){0};
    if (!take_format(scope, query, export, &rest) ||
        !list_decode_whole(scope, model, rest, &export->list))
        return false;
    select_columns(model, &export->list.selection);
    return true;
}

bool export_parameters(struct scope *scope, const struct model *model,
                       struct parameters *parameters)
{
    return parameters_add(scope, parameters, &format_parameter) &&
           list_parameters_whole(scope, model, parameters);
}

bool export_count(struct scope *scope, const struct export *export, int64_t *count, bool *is_exact)
{
    struct list_sql sql;

    list_sql_begin(&sql, scope, &export->list);
    return list_total_count(&sql, count, is_exact);
}

static bool flush(struct writing *writing)
{
    struct buffer *piece = &writing->piece;

    if (piece->failed)
        return fail_memory(writing->scope);
    if (piece->length && !writing->sink.write(writing->sink.to, piece->data, piece->length))
        return false;
    buffer_clear(piece);
    return true;
}

static bool write_rows(struct writing *writing, const struct rows *rows)
{
    const struct format *format = &formats[writing->export->format];

    for (int row = 0; row < rows->count; row++) {
        format->add(writing, rows, row);
        writing->export->rows++;
        if (writing->piece.length >= PIECE_SIZE && !flush(writing))
            return false;
    }
    return true;
}

static bool write_all(struct writing *writing)
{
    const struct format *format = &formats[writing->export->format];
    struct db_cursor *cursor;
    struct list_sql sql;
    struct rows rows;

    list_sql_begin(&sql, writing->scope, &writing->export->list);
    if (!list_rows_open(&sql, &cursor))
        return false;
    format->begin(writing);
    do {
        if (!db_cursor_next(cursor, &rows) || !write_rows(writing, &rows))
            return false;
    } while (rows.count);
    format->end(writing);
    return flush(writing) && db_cursor_close(cursor);
}

bool model_export(struct scope *scope, struct export *export, struct sink sink)
{
    struct writing writing = {.scope = scope, .export = export, .sink = sink};
    bool is_inside = db_in_transaction(scope->db);

    export->rows = 0;
    buffer_init(&writing.piece, &scope->arena);
    if (is_inside)
        return write_all(&writing);
    bool done = db_begin(scope) && write_all(&writing) && db_commit(scope);

    if (!done)
        db_rollback(scope);
    return done;
}
