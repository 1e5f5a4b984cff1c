/* list_run.c - a page: its rows, the total, the cursor that leads on */
#include "list_sql.h"

#include "keel/model/cursor.h"

static bool make_cursor(const struct list_sql *sql, struct list_page *page)
{
    const struct list_query *list = sql->list;
    const char *values[LIST_SORT_MAX + 1];

    list_rows_keys(sql, &page->rows, page->count - 1, values);
    page->next_cursor =
        cursor_encode(sql->scope, list->model->table, list->sort_text, values, list->sort_count);
    return page->next_cursor != NULL;
}

bool list_run(struct scope *scope, const struct list_query *list, struct list_page *page)
{
    struct list_sql sql;

    *page = (struct list_page){0};
    list_sql_begin(&sql, scope, list);
    if (!list_rows_read(&sql, &page->rows) || !list_total_find(&sql, page))
        return false;
    page->count = page->rows.count;
    if (page->count <= list->per_page)
        return true;
    page->count = (int)list->per_page;
    return make_cursor(&sql, page);
}
