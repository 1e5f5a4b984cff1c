/* selection_sql.c - what is selected, as the columns and joins of a statement */
#include "keel/model/store.h"

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
