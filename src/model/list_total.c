/* list_total.c - how many rows a list has: kept, seen, counted up to a bound, or estimated */
#include "list_sql.h"

#include "keel/core/config.h"
#include "keel/core/json.h"

#include <json-c/json.h>
#include <string.h>

static bool is_counted(const struct filter *filter)
{
    return filter->column->uses & COUNTED && filter->value && strcmp(filter->operation, "=") == 0;
}

bool list_total_is_kept(const struct list_query *list)
{
    return list->model->counted && list->deleted == LIST_LIVE && !list->word_count && !list->ids &&
           (list->filter_count == 0 || (list->filter_count == 1 && is_counted(&list->filters[0])));
}

bool list_total_is_read(const struct list_sql *sql)
{
    return sql->kept && !sql->list->whole &&
           (sql->list->count == LIST_COUNT_AUTO || sql->list->count == LIST_COUNT_ESTIMATED);
}

/*
 * The filter's value, if there is one, is the only one that the conditions have: $1. The key stands
 * first: where no index is used, rows are then told apart by one whole number.
 */
void list_total_add_kept(struct list_sql *sql)
{
    const struct list_query *list = sql->list;

    buffer_add_text(&sql->text,
                    "SELECT coalesce(sum(rows), 0)::bigint FROM row_totals WHERE key = ");
    if (list->filter_count)
        list_sql_add_number(&sql->text, 1);
    else
        buffer_add_char(&sql->text, '0');
    buffer_add_text(&sql->text, " AND key_column = '");
    if (list->filter_count)
        buffer_add_text(&sql->text, list->filters[0].column->name);
    buffer_add_text(&sql->text, "' AND table_name = '");
    buffer_add_text(&sql->text, list->model->table);
    buffer_add_char(&sql->text, '\'');
}

/* Runs what has been made, whose one value is a number. */
static bool ask_number(struct list_sql *sql, int64_t *number)
{
    struct rows rows;

    if (!list_sql_run(sql, "list_total", &rows))
        return false;
    *number = row_int(&rows, 0, 0);
    return true;
}

static bool ask_kept(struct list_sql *sql, int64_t *total)
{
    list_sql_start(sql);
    list_total_add_kept(sql);
    return ask_number(sql, total);
}

static void add_matching(struct list_sql *sql)
{
    buffer_add_text(&sql->text, " FROM ");
    buffer_add_text(&sql->text, sql->list->model->table);
    buffer_add(&sql->text, sql->where.data, sql->where.length);
}

static bool count_all(struct list_sql *sql, int64_t *total)
{
    list_sql_start(sql);
    buffer_add_text(&sql->text, "SELECT count(*)");
    add_matching(sql);
    return ask_number(sql, total);
}

/* Stops at `bound` + 1 rows, which then stands for "more". */
static bool count_bounded(struct list_sql *sql, int64_t bound, int64_t *total)
{
    list_sql_start(sql);
    buffer_add_text(&sql->text, "SELECT count(*) FROM (SELECT");
    add_matching(sql);
    buffer_add_text(&sql->text, " LIMIT ");
    list_sql_add_value(sql, &sql->text, param_int(sql->scope, bound + 1));
    buffer_add_text(&sql->text, ") AS matching");
    return ask_number(sql, total);
}

/* [{"Plan": {"Plan Rows": 12, ...}}] */
static bool read_plan(struct scope *scope, const char *text, int64_t *estimate)
{
    struct json_object *plans, *plan, *rows;

    if (!json_parse(scope, text, strlen(text), &plans))
        return false;
    if (!json_object_is_type(plans, json_type_array) ||
        !json_object_object_get_ex(json_object_array_get_idx(plans, 0), "Plan", &plan) ||
        !json_object_object_get_ex(plan, "Plan Rows", &rows)) {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
        return fail_detail(scope, "list_estimate: PostgreSQL gave a plan that cannot be read");
    }
    *estimate = json_object_get_int64(rows);
    return true;
}

/* What the planner expects, which is as good as the statistics of the last ANALYZE. */
static bool estimate_all(struct list_sql *sql, int64_t at_least, struct list_page *page)
{
    struct rows rows;

    list_sql_start(sql);
    buffer_add_text(&sql->text, "EXPLAIN (FORMAT JSON) SELECT");
    add_matching(sql);
    if (!list_sql_run(sql, "list_estimate", &rows) ||
        !read_plan(sql->scope, row_text(&rows, 0, 0), &page->total))
        return false;
    if (page->total < at_least)
        page->total = at_least;
    page->total_is_exact = false;
    return true;
}

/* Counts as far as the setting allows; `seen` rows are known to be there. */
static bool count_some(struct list_sql *sql, int64_t seen, struct list_page *page)
{
    int64_t bound = sql->scope->config->count_bound;

    if (seen <= bound) {
        if (!count_bounded(sql, bound, &page->total))
            return false;
        if (page->total <= bound)
            return true;
        seen = page->total;
    }
    return estimate_all(sql, seen, page);
}

/* Claim: the page holds the list's last row, or there is none at all, which gives the total. */
static bool is_seen(const struct list_query *list, const struct list_page *page)
{
    return !list->cursor && page->rows.count <= list->per_page &&
           (page->rows.count || list->page == 1);
}

bool list_total_find(struct list_sql *sql, struct list_page *page)
{
    const struct list_query *list = sql->list;
    int64_t seen = page->rows.count ? list_offset(list) + page->rows.count : 0;

    if (list->count == LIST_COUNT_NONE)
        return true;
    page->has_total = true;
    page->total_is_exact = true;
    if (list_total_is_read(sql)) {
        if (!page->rows.count)
            return ask_kept(sql, &page->total);
        page->total = row_int(&page->rows, 0, PQnfields(page->rows.result) - 1);
        return true;
    }
    if (is_seen(list, page)) {
        page->total = seen;
        return true;
    }
    if (list->count == LIST_COUNT_EXACT)
        return count_all(sql, &page->total);
    if (list->count == LIST_COUNT_ESTIMATED)
        return estimate_all(sql, seen, page);
    return count_some(sql, seen, page);
}

bool list_total_count(struct list_sql *sql, int64_t *total, bool *is_exact)
{
    struct list_page page = {.total_is_exact = true};

    if (!(sql->kept ? ask_kept(sql, &page.total) : count_some(sql, 0, &page)))
        return false;
    *total = page.total;
    *is_exact = page.total_is_exact;
    return true;
}
