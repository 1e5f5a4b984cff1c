/* row_csv.c - a result's row as a line of CSV */
#include "row.h"

#include "keel/core/csv.h"

/* A NULL is nothing, which no value that is written without quotes can be. */
static void add_cell(struct buffer *buffer, const struct column *column, const struct rows *rows,
                     int row, int index)
{
    size_t length = (size_t)PQgetlength(rows->result, row, index);
    const char *text = PQgetvalue(rows->result, row, index);
    char time[ROW_TIME_SIZE];
    size_t size;

    if (length == 0 && row_is_null(rows, row, index))
        return;
    switch (column->kind) {
    case KIND_TEXT:
    case KIND_JSON:
    case KIND_TEXTS:
        csv_add_text(buffer, text, length);
        break;
    case KIND_BOOL:
        buffer_add_text(buffer, *text == 't' ? "true" : "false");
        break;
    case KIND_TIME:
        size = row_rewrite_time(text, length, time);
        buffer_add(buffer, size ? time : text, size ? size : length);
        break;
    case KIND_INT:
    case KIND_DECIMAL:
        buffer_add(buffer, text, length);
        break;
    }
}

void row_write_csv(struct buffer *buffer, const struct selection *selection,
                   const struct rows *rows, int row)
{
    for (size_t i = 0; i < selection->column_count; i++) {
        if (i)
            buffer_add_char(buffer, ',');
        add_cell(buffer, selection->columns[i], rows, row, (int)i);
    }
    buffer_add_char(buffer, '\n');
}
