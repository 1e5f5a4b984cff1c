/* list_where.c - which rows a list has: its conditions */
#include "list_sql.h"

#include <string.h>

/* The first condition brings the word. */
static void add_condition(struct buffer *where)
{
    buffer_add_text(where, where->length ? " AND " : " WHERE ");
}

/* The words are those of the partial indexes, so that PostgreSQL sees that they are served. */
static void add_deleted(struct list_sql *sql)
{
    const struct list_query *list = sql->list;

    if (!list->model->soft_delete || list->deleted == LIST_BOTH)
        return;
    add_condition(&sql->where);
    if (list->deleted == LIST_DELETED)
        buffer_add_text(&sql->where, "NOT ");
    list_sql_add_column(&sql->where, list->model, "is_active");
}

void list_add_condition(struct buffer *buffer, const struct column *column, int number)
{
    const char *place = strchr(column->condition, '?');

    buffer_add(buffer, column->condition, (size_t)(place - column->condition));
    list_sql_add_number(buffer, number);
    buffer_add_text(buffer, place + 1);
}

static void add_filter(struct list_sql *sql, const struct filter *filter)
{
    add_condition(&sql->where);
    if (filter->column->condition) {
        list_add_condition(&sql->where, filter->column, list_sql_take(sql, filter->value));
        return;
    }
    list_sql_add_column(&sql->where, sql->list->model, filter->column->name);
    if (!filter->value) {
        buffer_add_text(&sql->where, " IS NULL");
        return;
    }
    buffer_add_char(&sql->where, ' ');
    buffer_add_text(&sql->where, filter->operation);
    buffer_add_char(&sql->where, ' ');
    list_sql_add_value(sql, &sql->where, filter->value);
}

/* The value of a list that leads, as a range. */
static void add_lead(struct list_sql *sql, const struct filter *filter)
{
    list_sql_take(sql, filter->value);
    add_condition(&sql->where);
    list_sql_add_column(&sql->where, sql->list->model, filter->column->name);
    buffer_add_text(&sql->where, " >= ");
    list_sql_add_lead(&sql->where);
    add_condition(&sql->where);
    list_sql_add_column(&sql->where, sql->list->model, filter->column->name);
    buffer_add_text(&sql->where, " <= ");
    list_sql_add_lead(&sql->where);
}

/* The word is folded and its wildcards made literal by PostgreSQL, once, when it plans. */
static void add_word(struct list_sql *sql, const char *word)
{
    add_condition(&sql->where);
    list_sql_add_column(&sql->where, sql->list->model, sql->list->model->search);
    buffer_add_text(&sql->where, " LIKE search_pattern(");
    list_sql_add_value(sql, &sql->where, word);
    buffer_add_char(&sql->where, ')');
}

void list_where_make(struct list_sql *sql)
{
    const struct list_query *list = sql->list;

    add_deleted(sql);
    for (size_t i = 0; i < list->filter_count; i++) {
        if (sql->leads)
            add_lead(sql, &list->filters[i]);
        else
            add_filter(sql, &list->filters[i]);
    }
    for (size_t i = 0; i < list->word_count; i++)
        add_word(sql, list->words[i]);
    if (list->ids) {
        add_condition(&sql->where);
        list_sql_add_column(&sql->where, list->model, "id");
        buffer_add_text(&sql->where, " = ANY (");
        list_sql_add_value(sql, &sql->where, list->ids);
        buffer_add_text(&sql->where, "::bigint[])");
    }
}
