/* list_sql.h - the inside of a list: its statements in the making, shared by the list_*.c */
#ifndef KEEL_MODEL_LIST_SQL_H
#define KEEL_MODEL_LIST_SQL_H

#include "keel/db/cursor.h"
#include "keel/model/list.h"

/* Filters, words, ids; the keys of a cursor; limit and offset. */
#define LIST_VALUE_MAX (LIST_FILTER_MAX + LIST_WORD_MAX + 1 + (LIST_SORT_MAX + 1) + 2)

/*
 * All statements of one list. They have the conditions in common, so those are made once: `where`
 * takes the first `where_count` values, and what a statement adds takes those behind them.
 */
struct list_sql {
    struct scope *scope;
    const struct list_query *list;
    bool kept;   /* row_totals keeps how many rows the list has */
    bool leads;  /* the list is one value's of a counted column, in the order of its index */
    bool steady; /* one plan serves the list, whatever its values are */
    struct buffer where; /* " WHERE a AND b", or empty */
    int where_count;
    struct buffer text; /* of the statement in the making */
    const char *values[LIST_VALUE_MAX];
    int count;
};

/* Makes the conditions. Failed memory is found by list_sql_run(). */
void list_sql_begin(struct list_sql *sql, struct scope *scope, const struct list_query *list);

/* Starts the next statement. */
void list_sql_start(struct list_sql *sql);

/* Takes up a value for the statement; returns the n of its $n. */
int list_sql_take(struct list_sql *sql, const char *value);

/* Writes `$n` for a value taken up, or for one taken up by this. */
void list_sql_add_number(struct buffer *buffer, int number);
void list_sql_add_value(struct list_sql *sql, struct buffer *buffer, const char *value);

/* Writes `items.name`: a bare name could be one of a joined table, too. */
void list_sql_add_column(struct buffer *buffer, const struct model *model, const char *column);

/* Runs the statement made; `name` is for logs. */
bool list_sql_run(struct list_sql *sql, const char *name, struct rows *rows);

/* Opens a cursor for the statement made. */
bool list_sql_open(struct list_sql *sql, const char *name, struct db_cursor **cursor);

/* Writes the value of a list that `leads`. */
void list_sql_add_lead(struct buffer *buffer);

/* Rows before the page's first one. */
int64_t list_offset(const struct list_query *list);

/* list_where.c: fills `where`. */
void list_where_make(struct list_sql *sql);

/* list_order.c: " ORDER BY a, b DESC"; `backwards` gives the order from its end. */
void list_order_add(struct list_sql *sql, bool backwards);

/* list_order.c: ` AND (a, b) > ($1, $2)`: the rows behind the cursor, joined to the conditions. */
void list_order_add_cursor(struct list_sql *sql);

/*
 * list_rows.c: reads the rows of the page and one more where there is one. A result's columns are
 * those selected, then the sort keys that are not among them, then the total where
 * list_total_is_read() says so.
 */
bool list_rows_read(struct list_sql *sql, struct rows *rows);

/* list_rows.c: opens a cursor for all rows of the list, with the selected columns. */
bool list_rows_open(struct list_sql *sql, struct db_cursor **cursor);

/* list_rows.c: the values of the sort keys in a row. */
void list_rows_keys(const struct list_sql *sql, const struct rows *rows, int row,
                    const char **values);

/* list_total.c: finds out what `kept` says. */
bool list_total_is_kept(const struct list_query *list);

/* list_total.c. Claim: the total is read with the rows, as their last column. */
bool list_total_is_read(const struct list_sql *sql);

/* list_total.c: `SELECT ... FROM row_totals ...`, for a list whose total is kept. */
void list_total_add_kept(struct list_sql *sql);

/* list_total.c: the total as the query wants it, for a page whose rows have been read. */
bool list_total_find(struct list_sql *sql, struct list_page *page);

/* list_total.c: how many rows a list has that is read whole. */
bool list_total_count(struct list_sql *sql, int64_t *total, bool *is_exact);

#endif
