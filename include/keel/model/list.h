/* list.h - a page of rows: filters, order, page or cursor, and the total */
#ifndef KEEL_MODEL_LIST_H
#define KEEL_MODEL_LIST_H

#include "keel/core/pair.h"
#include "keel/model/selection.h"
#include "keel/model/store.h"

#define LIST_PER_PAGE     20
#define LIST_PER_PAGE_MAX 100
#define LIST_SORT_MAX     4
#define LIST_FILTER_MAX   16

struct sort_key {
    const struct column *column;
    bool descending;
};

struct filter {
    const struct column *column;
    const char *operation; /* "=", ">=" ...: from a constant table */
    const char *value;     /* NULL: IS NULL */
};

/* Which rows: those that are not deleted, those that are, or both. */
enum list_deleted { LIST_LIVE, LIST_DELETED, LIST_BOTH };

/* How the total is found; LIST_COUNT_AUTO is exact wherever that is cheap. */
enum list_count { LIST_COUNT_AUTO, LIST_COUNT_EXACT, LIST_COUNT_ESTIMATED, LIST_COUNT_NONE };

/* What a list's query asks for, checked. */
struct list_query {
    const struct model *model;
    struct selection selection; /* of `fields` and `include` */
    const char *const *words;   /* of `q`, each to be found somewhere in the row */
    size_t word_count;
    const char *ids; /* as PostgreSQL writes an array: "{1,2,3}"; NULL: any */
    enum list_deleted deleted;
    enum list_count count;
    struct sort_key sort[LIST_SORT_MAX + 1]; /* ends with id, so that the order is total */
    size_t sort_count;
    struct filter filters[LIST_FILTER_MAX];
    size_t filter_count;
    int64_t page; /* from 1 */
    int64_t per_page;
    const char *sort_text;     /* as asked or by default; a cursor is bound to it */
    const char *const *cursor; /* sort_count values to go on behind, or NULL */
};

struct list_page {
    struct rows rows;
    int count;           /* of rows to show: the result may hold one more */
    bool has_total;      /* false: it was not to be counted */
    bool total_is_exact; /* false: the planner's estimate */
    int64_t total;
    const char *next_cursor; /* NULL on the last page */
};

/*
 * Checks a query string against the model. Fails with ERR_VALIDATION, all wrong parameters at once;
 * an unknown one is wrong.
 */
bool list_decode(struct scope *scope, const struct model *model, struct pairs query,
                 struct list_query *list);

/* Reads the page and the total; both belong to the scope's arena. Fails as db_query() does. */
bool list_run(struct scope *scope, const struct list_query *list, struct list_page *page);

/* Writes {"items": [...], "pagination": {...}}. */
void list_write(struct buffer *buffer, const struct list_query *list, const struct list_page *page);

/*
 * Describes each parameter that a model's lists take; called with the name and the column it tests
 * (NULL: page, sort ...).
 */
void list_each_parameter(const struct model *model,
                         void (*visit)(const char *name, const struct column *column,
                                       void *context),
                         void *context);

#endif
