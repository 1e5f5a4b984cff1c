/* row_json.c - a result's row as JSON */
#include "keel/model/store.h"

#include "keel/core/json.h"
#include "row.h"

#include <string.h>

/* What a value takes beside its own bytes: quotes, or all of a time, "false" or null, and a NUL. */
#define VALUE_ROOM ROW_TIME_SIZE

static char *put(char *at, const char *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

static char *put_quoted(char *at, const char *text, size_t length)
{
    *at++ = '"';
    at = put(at, text, length);
    *at++ = '"';
    return at;
}

static char *put_time(char *at, const char *text, size_t length)
{
    size_t size = row_rewrite_time(text, length, at + 1);

    if (size == 0)
        return put_quoted(at, text, length);
    at[0] = '"';
    at[size + 1] = '"';
    return at + size + 2;
}

/*
 * Puts a value where there is room for its bytes and VALUE_ROOM, and returns where it ends. NULL:
 * it is a text that needs escapes, and more room.
 */
static char *put_value(char *at, const struct column *column, const char *text, size_t length)
{
    switch (column->kind) {
    case KIND_TEXT:
        return json_plain_length(text, length) == length ? put_quoted(at, text, length) : NULL;
    case KIND_BOOL:
        return *text == 't' ? put(at, "true", 4) : put(at, "false", 5);
    case KIND_TIME:
        return put_time(at, text, length);
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_JSON:
    case KIND_TEXTS:
        break;
    }
    return put(at, text, length);
}

/* Writes `lead` and the value behind it, looking once for room for both. */
static void write_value(struct buffer *buffer, const char *lead, size_t lead_length,
                        const struct column *column, const struct rows *rows, int row, int index)
{
    const char *text = PQgetvalue(rows->result, row, index);
    size_t length = strlen(text); /* quicker found than asked for */

    if (!buffer_reserve(buffer, lead_length + length + VALUE_ROOM))
        return;
    char *at = put(buffer->data + buffer->length, lead, lead_length);
    char *end = length == 0 && row_is_null(rows, row, index) ? put(at, "null", 4)
                                                             : put_value(at, column, text, length);

    buffer->length = (size_t)((end ? end : at) - buffer->data);
    buffer->data[buffer->length] = '\0';
    if (!end)
        json_add_string(buffer, text, length);
}

void row_write_value(struct buffer *buffer, const struct column *column, const struct rows *rows,
                     int row, int index)
{
    write_value(buffer, "", 0, column, rows, row, index);
}

/* `,"name":` and the value, with `separator` for the comma. */
static void write_member(struct buffer *buffer, char separator, const struct column *column,
                         const struct rows *rows, int row, int index)
{
    size_t start = buffer->length;

    write_value(buffer, column->key, column->key_length, column, rows, row, index);
    if (buffer->length > start)
        buffer->data[start] = separator;
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
