/* list_order.c - the order of a list, and where a cursor stands in it */
#include "list_sql.h"

/*
 * The keys of a list: those sorted by, and in front of them the column that leads, so that no index
 * but the one over all of them gives the order.
 */
static size_t count_keys(const struct list_sql *sql)
{
    return sql->list->sort_count + sql->leads;
}

static struct sort_key get_key(const struct list_sql *sql, size_t key)
{
    const struct list_query *list = sql->list;

    if (!sql->leads)
        return list->sort[key];
    return key ? list->sort[key - 1]
               : (struct sort_key){list->filters[0].column, list->sort[0].descending};
}

static void add_key(struct list_sql *sql, size_t key)
{
    list_sql_add_column(&sql->text, sql->list->model, get_key(sql, key).column->name);
}

void list_order_add(struct list_sql *sql, bool backwards)
{
    for (size_t i = 0; i < count_keys(sql); i++) {
        buffer_add_text(&sql->text, i ? ", " : " ORDER BY ");
        add_key(sql, i);
        if (get_key(sql, i).descending != backwards)
            buffer_add_text(&sql->text, " DESC");
    }
}

/* How many keys from the first one on have its direction. */
static size_t count_together(const struct list_sql *sql)
{
    size_t count = 1;

    while (count < count_keys(sql) &&
           get_key(sql, count).descending == sql->list->sort[0].descending)
        count++;
    return count;
}

/* A cursor's value for a key; the first one sorted by has the number `first`. */
static void add_place(struct list_sql *sql, size_t key, int first)
{
    if (sql->leads && key == 0)
        list_sql_add_lead(&sql->text);
    else
        list_sql_add_number(&sql->text, first + (int)key - sql->leads);
}

/* `(a, b) > ($1, $2)` of the first `count` keys. */
static void add_comparison(struct list_sql *sql, size_t count, const char *operation, int first)
{
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&sql->text, i ? ", " : "(");
        add_key(sql, i);
    }
    buffer_add_text(&sql->text, operation);
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&sql->text, i ? ", " : "(");
        add_place(sql, i, first);
    }
    buffer_add_char(&sql->text, ')');
}

/* `(a < $1 OR (a = $1 AND (b > $2 OR (b = $2 AND (id > $3)))))`, each key in its own direction. */
static void add_alternatives(struct list_sql *sql, int first)
{
    size_t last = count_keys(sql) - 1;

    for (size_t i = 0; i <= last; i++) {
        buffer_add_char(&sql->text, '(');
        add_key(sql, i);
        buffer_add_text(&sql->text, get_key(sql, i).descending ? " < " : " > ");
        add_place(sql, i, first);
        if (i == last)
            break;
        buffer_add_text(&sql->text, " OR (");
        add_key(sql, i);
        buffer_add_text(&sql->text, " = ");
        add_place(sql, i, first);
        buffer_add_text(&sql->text, " AND ");
    }
    for (size_t i = 0; i < last; i++)
        buffer_add_text(&sql->text, "))");
    buffer_add_char(&sql->text, ')');
}

/*
 * A comparison of rows is what an index can start from, in the midst of a million rows with equal
 * keys too. It knows one direction only. Where keys have two, it says what the first ones allow,
 * and the exact condition stands behind it.
 */
void list_order_add_cursor(struct list_sql *sql)
{
    const struct list_query *list = sql->list;
    size_t together = count_together(sql);
    bool descending = list->sort[0].descending;
    int first = sql->count + 1;

    for (size_t i = 0; i < list->sort_count; i++)
        list_sql_take(sql, list->cursor[i]);
    buffer_add_text(&sql->text, sql->where.length ? " AND " : " WHERE ");
    if (together == count_keys(sql)) {
        add_comparison(sql, together, descending ? ") < " : ") > ", first);
        return;
    }
    add_comparison(sql, together, descending ? ") <= " : ") >= ", first);
    buffer_add_text(&sql->text, " AND ");
    add_alternatives(sql, first);
}
