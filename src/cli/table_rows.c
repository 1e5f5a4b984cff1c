/* table_rows.c - what a query gave, as a table */
#include "table.h"

bool table_print_rows(struct cli *cli, const char *const *headings, const struct rows *rows)
{
    const char *cells[TABLE_COLUMN_MAX];
    struct table table;

    table_begin(&table, &cli->scope, headings);
    for (int row = 0; row < rows->count; row++) {
        for (size_t column = 0; column < table.columns; column++)
            cells[column] = row_text(rows, row, (int)column);
        if (!table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}
