/* table.h - rows of text: aligned columns for people, tabs for programs */
#ifndef KEEL_CLI_TABLE_H
#define KEEL_CLI_TABLE_H

#include "cli.h"
#include "keel/core/buffer.h"
#include "keel/db/db.h"

#define TABLE_COLUMN_MAX 12

struct table {
    struct scope *scope;
    const char *const *headings;
    size_t columns;
    const char **cells; /* row by row, the headings first */
    size_t rows;
    size_t capacity; /* rows */
};

/* Begins a table with these headings, which end with NULL. */
void table_begin(struct table *table, struct scope *scope, const char *const *headings);

/* Adds a row: one text per heading, kept by the caller as long as the table. NULL reads as "". */
bool table_add(struct table *table, const char *const *cells);

/* Writes it to stdout, as the reader there needs it. */
bool table_print(struct cli *cli, const struct table *table);

/* Writes what a query gave: a heading for each of its columns. */
bool table_print_rows(struct cli *cli, const char *const *headings, const struct rows *rows);

/* Writes it into a buffer: aligned, or with tabs. */
void table_write(const struct table *table, bool is_aligned, struct buffer *out);

#endif
