/* list_run.c - the SQL of a page: filters, keyset or offset, order, and the total */
#include "keel/model/list.h"

#include "keel/core/json.h"
#include "keel/model/cursor.h"

#include <string.h>

#define VALUE_MAX (LIST_FILTER_MAX + (LIST_SORT_MAX + 1) * 2 + 2)

struct plan {
    struct scope *scope;
    const struct list_query *list;
    struct buffer text;
    const char *values[VALUE_MAX];
    int count;
};

static void add_value(struct plan *plan, const char *value)
{
    plan->values[plan->count++] = value;
    buffer_add_char(&plan->text, '$');
    buffer_add_int(&plan->text, plan->count);
}

/* " WHERE a AND b": the first condition brings the word. */
static void add_condition(struct plan *plan, bool *first)
{
    buffer_add_text(&plan->text, *first ? " WHERE " : " AND ");
    *first = false;
}

static void add_filters(struct plan *plan, bool *first)
{
    const struct list_query *list = plan->list;

    if (list->model->soft_delete) {
        add_condition(plan, first);
        buffer_add_text(&plan->text, "is_active");
    }
    for (size_t i = 0; i < list->filter_count; i++) {
        add_condition(plan, first);
        buffer_add_format(&plan->text, "%s %s ", list->filters[i].column->name,
                          list->filters[i].operation);
        add_value(plan, list->filters[i].value);
    }
}

/*
 * Rows behind the cursor's: `a < $1 OR (a = $1 AND (b > $2 OR (b = $2 AND id > $3)))`, each key in
 * its own direction. In front stands `a <= $1`, which says nothing new but is what an index can
 * start from.
 */
static void add_keyset(struct plan *plan, bool *first)
{
    const struct list_query *list = plan->list;
    const struct sort_key *key = list->sort;

    add_condition(plan, first);
    buffer_add_format(&plan->text, "%s %s ", key->column->name, key->descending ? "<=" : ">=");
    add_value(plan, list->cursor[0]);
    buffer_add_text(&plan->text, " AND (");
    for (size_t i = 0; i < list->sort_count; i++) {
        bool last = i + 1 == list->sort_count;
        int number = plan->count + 1;

        key = &list->sort[i];
        buffer_add_format(&plan->text, "%s %c ", key->column->name, key->descending ? '<' : '>');
        add_value(plan, list->cursor[i]);
        if (!last)
            buffer_add_format(&plan->text, " OR (%s = $%d AND (", key->column->name, number);
    }
    for (size_t i = 1; i < list->sort_count; i++)
        buffer_add_text(&plan->text, "))");
    buffer_add_char(&plan->text, ')');
}

static void add_order(struct plan *plan)
{
    for (size_t i = 0; i < plan->list->sort_count; i++) {
        const struct sort_key *key = &plan->list->sort[i];

        buffer_add_format(&plan->text, "%s%s%s", i ? ", " : " ORDER BY ", key->column->name,
                          key->descending ? " DESC" : "");
    }
}

static bool run(struct plan *plan, const char *name, struct rows *rows)
{
    if (plan->text.failed)
        return fail_memory(plan->scope);
    struct sql sql = {name, plan->text.data, plan->count};

    return db_query(plan->scope, &sql, (struct params){plan->values, plan->count}, rows);
}

static void plan_begin(struct plan *plan, struct scope *scope, const struct list_query *list)
{
    *plan = (struct plan){.scope = scope, .list = list};
    buffer_init(&plan->text, &scope->arena);
}

static bool count_total(struct scope *scope, const struct list_query *list, int64_t *total)
{
    struct plan plan;
    struct rows rows;
    bool first = true;

    plan_begin(&plan, scope, list);
    buffer_add_format(&plan.text, "SELECT count(*) FROM %s", list->model->table);
    add_filters(&plan, &first);
    if (!run(&plan, "list_total", &rows))
        return false;
    *total = row_int(&rows, 0, 0);
    return true;
}

/* A cursor is made of the sort keys, shown or not. */
static void add_unselected_keys(struct plan *plan)
{
    const struct list_query *list = plan->list;

    for (size_t i = 0; i < list->sort_count; i++) {
        const struct column *column = list->sort[i].column;

        if (selection_find(&list->selection, column) < 0)
            buffer_add_format(&plan->text, ", %s.%s", list->model->table, column->name);
    }
}

/* One row more than the page shows tells whether there is another page. */
static bool read_rows(struct scope *scope, const struct list_query *list, struct rows *rows)
{
    struct plan plan;
    bool first = true;

    plan_begin(&plan, scope, list);
    buffer_add_text(&plan.text, "SELECT ");
    selection_add_columns(&plan.text, &list->selection);
    add_unselected_keys(&plan);
    buffer_add_format(&plan.text, " FROM %s", list->model->table);
    selection_add_joins(&plan.text, &list->selection);
    add_filters(&plan, &first);
    if (list->cursor)
        add_keyset(&plan, &first);
    add_order(&plan);
    buffer_add_text(&plan.text, " LIMIT ");
    add_value(&plan, param_int(scope, list->per_page + 1));
    if (list->page > 1) {
        buffer_add_text(&plan.text, " OFFSET ");
        add_value(&plan, param_int(scope, (list->page - 1) * list->per_page));
    }
    return run(&plan, "list_rows", rows);
}

static bool make_cursor(struct scope *scope, const struct list_query *list, struct list_page *page)
{
    const char *values[LIST_SORT_MAX + 1];

    for (size_t i = 0; i < list->sort_count; i++)
        values[i] = row_text(&page->rows, page->count - 1,
                             PQfnumber(page->rows.result, list->sort[i].column->name));
    page->next_cursor =
        cursor_encode(scope, list->model->table, list->sort_text, values, list->sort_count);
    return page->next_cursor != NULL;
}

bool list_run(struct scope *scope, const struct list_query *list, struct list_page *page)
{
    *page = (struct list_page){0};
    if (!count_total(scope, list, &page->total) || !read_rows(scope, list, &page->rows))
        return false;
    page->count = page->rows.count;
    if (page->count <= list->per_page)
        return true;
    page->count = (int)list->per_page;
    return make_cursor(scope, list, page);
}

void list_write(struct buffer *buffer, const struct list_query *list, const struct list_page *page)
{
    int64_t pages = (page->total + list->per_page - 1) / list->per_page;

    buffer_add_char(buffer, '{');
    json_add_key(buffer, list->model->plural);
    buffer_add_char(buffer, '[');
    for (int row = 0; row < page->count; row++) {
        if (row)
            buffer_add_char(buffer, ',');
        selection_write_row(buffer, &list->selection, &page->rows, row);
    }
    buffer_add_text(buffer, "],\"pagination\":{\"page\":");
    if (list->cursor)
        buffer_add_text(buffer, "null");
    else
        buffer_add_int(buffer, list->page);
    buffer_add_text(buffer, ",\"per_page\":");
    buffer_add_int(buffer, list->per_page);
    buffer_add_text(buffer, ",\"total\":");
    buffer_add_int(buffer, page->total);
    buffer_add_text(buffer, ",\"total_is_exact\":true,\"pages\":");
    buffer_add_int(buffer, pages);
    buffer_add_text(buffer, ",\"next_cursor\":");
    json_add_text(buffer, page->next_cursor);
    buffer_add_text(buffer, "}}");
}
