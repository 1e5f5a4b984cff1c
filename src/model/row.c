/* row.c - a result's row as JSON, or as the model's struct */
#include "keel/model/store.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"
#include "keel/core/text.h"
#include "row.h"

#include <string.h>

/* `things.name`, `to_json(things.tags)` or `(SELECT ...)`. */
static void add_expression(struct buffer *buffer, const struct model *model,
                           const struct column *column)
{
    bool is_list = column->kind == KIND_TEXTS;

    if (column->expression) {
        buffer_add_char(buffer, '(');
        buffer_add_text(buffer, column->expression);
        buffer_add_char(buffer, ')');
        return;
    }
    if (is_list)
        buffer_add_text(buffer, "to_json(");
    buffer_add_text(buffer, model->table);
    buffer_add_char(buffer, '.');
    buffer_add_text(buffer, column->name);
    if (is_list)
        buffer_add_char(buffer, ')');
}

/* `"category.name"`: what a joined column is called in a statement. */
static void add_joined_name(struct buffer *buffer, const struct inclusion *inclusion,
                            const char *column)
{
    buffer_add_char(buffer, '"');
    buffer_add_text(buffer, inclusion->name);
    buffer_add_char(buffer, '.');
    buffer_add_text(buffer, column);
    buffer_add_char(buffer, '"');
}

/* The joined columns: what the other model shows without being asked. */
static void add_joined_columns(struct buffer *buffer, const struct inclusion *inclusion,
                               const char *separator)
{
    const struct model *model = inclusion->column->references;

    for (size_t i = 0; i < model->column_count; i++) {
        if (!column_is_shown(&model->columns[i]))
            continue;
        buffer_add_text(buffer, separator);
        add_joined_name(buffer, inclusion, model->columns[i].name);
        separator = ", ";
    }
}

void selection_add_columns(struct buffer *buffer, const struct selection *selection)
{
    const char *separator = "";

    for (size_t i = 0; i < selection->column_count; i++) {
        const struct column *column = selection->columns[i];

        buffer_add_text(buffer, separator);
        add_expression(buffer, selection->model, column);
        if (column->expression || column->kind == KIND_TEXTS)
            buffer_add_format(buffer, " AS %s", column->name);
        separator = ", ";
    }
    for (size_t i = 0; i < selection->inclusion_count; i++) {
        add_joined_columns(buffer, &selection->inclusions[i], separator);
        separator = ", ";
    }
}

/*
 * The other table stands in a SELECT of its own: there its expressions mean its row and no other,
 * also where a table is joined to itself. PostgreSQL's planner takes it up into the outer one.
 */
static void add_join(struct buffer *buffer, const struct model *model,
                     const struct inclusion *inclusion)
{
    const struct model *other = inclusion->column->references;
    const char *separator = " LEFT JOIN (SELECT ";

    for (size_t i = 0; i < other->column_count; i++) {
        if (!column_is_shown(&other->columns[i]))
            continue;
        buffer_add_text(buffer, separator);
        add_expression(buffer, other, &other->columns[i]);
        buffer_add_text(buffer, " AS ");
        add_joined_name(buffer, inclusion, other->columns[i].name);
        separator = ", ";
    }
    buffer_add_format(buffer, " FROM %s) AS ", other->table);
    add_joined_name(buffer, inclusion, "row");
    buffer_add_text(buffer, " ON ");
    add_joined_name(buffer, inclusion, "id");
    buffer_add_format(buffer, " = %s.%s", model->table, inclusion->column->name);
}

void selection_add_joins(struct buffer *buffer, const struct selection *selection)
{
    for (size_t i = 0; i < selection->inclusion_count; i++)
        add_join(buffer, selection->model, &selection->inclusions[i]);
}

size_t row_rewrite_time(const char *text, size_t length, char rewritten[ROW_TIME_SIZE])
{
    if (length <= 13 || length >= ROW_TIME_SIZE || strcmp(text + length - 3, "+00") != 0)
        return 0;
    memcpy(rewritten, text, length - 3);
    rewritten[10] = 'T';
    rewritten[length - 3] = 'Z';
    rewritten[length - 2] = '\0';
    return length - 2;
}

static void add_time(struct buffer *buffer, const char *text, size_t length)
{
    char rewritten[ROW_TIME_SIZE];
    size_t size = row_rewrite_time(text, length, rewritten);

    buffer_add_char(buffer, '"');
    buffer_add(buffer, size ? rewritten : text, size ? size : length);
    buffer_add_char(buffer, '"');
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
    size_t length = (size_t)PQgetlength(rows->result, row, index);

    if (length == 0 && row_is_null(rows, row, index))
        buffer_add_text(buffer, "null");
    else
        add_value(buffer, column, PQgetvalue(rows->result, row, index), length);
}

static void write_member(struct buffer *buffer, const struct column *column,
                         const struct rows *rows, int row, int index)
{
    json_add_key(buffer, column->name);
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
        buffer_add_char(buffer, separator);
        write_member(buffer, column, rows, row, (*index)++);
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
        buffer_add_char(buffer, separator);
        write_member(buffer, selection->columns[i], rows, row, index++);
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

static bool load_time(const char *text, struct instant *instant)
{
    char rewritten[ROW_TIME_SIZE];
    size_t size = row_rewrite_time(text, strlen(text), rewritten);

    return size && clock_parse(rewritten, size, &instant->us);
}

/* Puts one value where the struct has its member. */
static bool load_value(const struct column *column, const struct rows *rows, int row, int index,
                       void *member)
{
    const char *text = row_text(rows, row, index);
    bool is_null = row_is_null(rows, row, index);

    switch (column->kind) {
    case KIND_INT:
        if (column->nullable)
            *(struct maybe_int *)member = (struct maybe_int){is_null, row_int(rows, row, index)};
        else
            *(int64_t *)member = row_int(rows, row, index);
        return true;
    case KIND_TEXT:
        *(const char **)member = is_null ? NULL : text;
        return true;
    case KIND_DECIMAL:
        ((struct decimal *)member)->text = is_null ? NULL : text;
        return true;
    case KIND_BOOL:
        *(bool *)member = row_bool(rows, row, index);
        return true;
    case KIND_TIME:
        return is_null || load_time(text, member);
    case KIND_JSON:
        ((struct json_text *)member)->text = is_null ? NULL : text;
        return true;
    case KIND_TEXTS:
        ((struct texts *)member)->text = is_null ? NULL : text;
        return true;
    }
    return false;
}

bool selection_load(struct scope *scope, const struct selection *selection, const struct rows *rows,
                    int row, void *record)
{
    memset(record, 0, selection->model->size);
    for (size_t i = 0; i < selection->column_count; i++) {
        const struct column *column = selection->columns[i];

        if (!load_value(column, rows, row, (int)i, (char *)record + column->offset)) {
            fail(scope, ERR_INTERNAL, "Something went wrong on our side");
            return fail_detail(scope, "%s.%s: PostgreSQL gave a value that cannot be read",
                               selection->model->plural, column->name);
        }
    }
    return true;
}
