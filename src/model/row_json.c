/* row_json.c - a result's row as JSON */
#include "keel/model/store.h"

#include "keel/core/json.h"
#include "row.h"

#include <string.h>

static void add_time(struct buffer *buffer, const char *text, size_t length)
{
    if (!buffer_reserve(buffer, ROW_TIME_SIZE + 2))
        return;
    char *at = buffer->data + buffer->length;
    size_t size = row_rewrite_time(text, length, at + 1);

    if (size == 0) {
        json_add_string(buffer, text, length);
        return;
    }
    at[0] = '"';
    at[size + 1] = '"';
    at[size + 2] = '\0';
    buffer->length += size + 2;
}

static void add_value(struct buffer *buffer, const struct column *column, const char *text,
                      size_t length)
{
    switch (column->kind) {
    case KIND_TEXT:
        json_add_string(buffer, text, length);
        break;
    case KIND_BOOL:
        buffer_add_text(buffer, *text == 't' ? "true" : "false");
        break;
    case KIND_TIME:
        add_time(buffer, text, length);
        break;
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_JSON:
    case KIND_TEXTS:
        buffer_add(buffer, text, length);
        break;
    }
}

void row_write_value(struct buffer *buffer, const struct column *column, const struct rows *rows,
                     int row, int index)
{
    const char *text = PQgetvalue(rows->result, row, index);

    /* Where a value ends is quicker found than asked for. */
    if (*text == '\0' && row_is_null(rows, row, index))
        buffer_add_text(buffer, "null");
    else
        add_value(buffer, column, text, strlen(text));
}

/* `,"name":` and the value, with `separator` for the comma. */
static void write_member(struct buffer *buffer, char separator, const struct column *column,
                         const struct rows *rows, int row, int index)
{
    size_t start = buffer->length;

    buffer_add(buffer, column->key, column->key_length);
    if (buffer->length > start)
        buffer->data[start] = separator;
    row_write_value(buffer, column, rows, row, index);
}

/* Writes a joined row, whose columns begin at `*index`, and moves it behind them. */
static void write_joined(struct buffer *buffer, const struct model *model, const struct rows *rows,
                         int row, int *index)
{
    size_t start = buffer->length;
    bool is_there = false;
    char separator = '{';

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!column_is_shown(column))
            continue;
        /* Its id alone is never NULL: where all is, the join found no row. */
        is_there = is_there || !row_is_null(rows, row, *index);
        write_member(buffer, separator, column, rows, row, (*index)++);
        separator = ',';
    }
    buffer_add_char(buffer, '}');
    if (is_there)
        return;
    buffer_cut(buffer, start);
    buffer_add_text(buffer, "null");
}

void selection_write_row(struct buffer *buffer, const struct selection *selection,
                         const struct rows *rows, int row)
{
    char separator = '{';
    int index = 0;

    for (size_t i = 0; i < selection->column_count; i++) {
        write_member(buffer, separator, selection->columns[i], rows, row, index++);
        separator = ',';
    }
    for (size_t i = 0; i < selection->inclusion_count; i++) {
        const struct inclusion *inclusion = &selection->inclusions[i];

        buffer_add_char(buffer, separator);
        json_add_key(buffer, inclusion->name);
        write_joined(buffer, inclusion->column->references, rows, row, &index);
        separator = ',';
    }
    buffer_add_char(buffer, '}');
}

void model_write_row(struct buffer *buffer, const struct model *model, const struct rows *rows,
                     int row)
{
    struct selection selection;

    selection_all(model, &selection);
    selection_write_row(buffer, &selection, rows, row);
}

void model_write_rows(struct buffer *buffer, const struct model *model, const struct rows *rows)
{
    buffer_add_char(buffer, '{');
    json_add_key(buffer, model->plural);
    buffer_add_char(buffer, '[');
    for (int row = 0; row < rows->count; row++) {
        if (row)
            buffer_add_char(buffer, ',');
        model_write_row(buffer, model, rows, row);
    }
    buffer_add_text(buffer, "]}");
}
