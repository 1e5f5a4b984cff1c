/* table.c - rows of text: aligned columns for people, tabs for programs */
#include "table.h"

#include "keel/core/text.h"

#include <string.h>

#define GAP "  "

void table_begin(struct table *table, struct scope *scope, const char *const *headings)
{
    *table = (struct table){.scope = scope, .headings = headings};
    while (headings[table->columns])
        table->columns++;
}

static bool make_room(struct table *table)
{
    size_t row_size = table->columns * sizeof *table->cells;
    size_t capacity = table->capacity ? 2 * table->capacity : 32;

    if (table->rows < table->capacity)
        return true;
    void *cells = arena_grow(&table->scope->arena, table->cells, table->capacity * row_size,
                             capacity * row_size);

    if (!cells)
        return fail_memory(table->scope);
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

bool table_add(struct table *table, const char *const *cells)
{
    if (!make_room(table))
        return false;
    for (size_t i = 0; i < table->columns; i++)
        table->cells[table->rows * table->columns + i] = cells[i] ? cells[i] : "";
    table->rows++;
    return true;
}

static size_t width_of(const char *text)
{
    return text_count_characters(text, strlen(text));
}

static size_t column_width(const struct table *table, size_t column)
{
    size_t widest = width_of(table->headings[column]);

    for (size_t row = 0; row < table->rows; row++) {
        size_t width = width_of(table->cells[row * table->columns + column]);

        if (width > widest)
            widest = width;
    }
    return widest;
}

/* A cell must not look like two, whatever stands in it. */
static void write_cell(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            buffer_add_char(out, ' ');
        else
            buffer_add_char(out, *text);
    }
}

static void write_row(const struct table *table, const char *const *cells, const size_t *widths,
                      struct buffer *out)
{
    for (size_t i = 0; i < table->columns; i++) {
        bool is_last = i + 1 == table->columns;

        write_cell(out, cells[i]);
        for (size_t pad = width_of(cells[i]); widths && !is_last && pad < widths[i]; pad++)
            buffer_add_char(out, ' ');
        if (!is_last)
            buffer_add_text(out, widths ? GAP : "\t");
    }
    buffer_add_char(out, '\n');
}

static void write_rule(const struct table *table, const size_t *widths, struct buffer *out)
{
    for (size_t i = 0; i < table->columns; i++) {
        for (size_t dash = 0; dash < widths[i]; dash++)
            buffer_add_char(out, '-');
        buffer_add_text(out, i + 1 < table->columns ? GAP : "\n");
    }
}

void table_write(const struct table *table, bool is_aligned, struct buffer *out)
{
    size_t widths[TABLE_COLUMN_MAX] = {0};

    for (size_t i = 0; i < table->columns; i++)
        widths[i] = column_width(table, i);
    write_row(table, table->headings, is_aligned ? widths : NULL, out);
    if (is_aligned)
        write_rule(table, widths, out);
    for (size_t row = 0; row < table->rows; row++)
        write_row(table, &table->cells[row * table->columns], is_aligned ? widths : NULL, out);
}

bool table_print(struct cli *cli, const struct table *table)
{
    struct buffer out;

    buffer_init(&out, &table->scope->arena);
    table_write(table, cli_is_terminal(), &out);
    return out.failed ? fail_memory(table->scope) : cli_print(cli, out.data);
}
