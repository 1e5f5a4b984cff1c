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
#define LIST_IDS_MAX      100
#define LIST_WORD_MAX     8
#define LIST_SEARCH_MAX   200 /* characters of `q` */

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
    bool whole;   /* all rows at once: there are no pages */
    int64_t page; /* from 1 */
    int64_t per_page;
    /*
     * As asked or by default. A cursor is bound to the table and to this alone: it marks a place in
     * an order, and what is filtered or shown behind that place may be asked anew.
     */
    const char *sort_text;
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
 * an unknown one is wrong. Who may ask for deleted rows, the caller of this decides.
 */
bool list_decode(struct scope *scope, const struct model *model, struct pairs query,
                 struct list_query *list);

/*
 * The same for a list that is read whole, as exports are: it takes what says which rows there are
 * and in which order (by id where nothing is said), and nothing about pages, the total, or what a
 * row shows.
 */
bool list_decode_whole(struct scope *scope, const struct model *model, struct pairs query,
                       struct list_query *list);

/* Reads the page and the total; both belong to the scope's arena. Fails as db_query() does. */
bool list_run(struct scope *scope, const struct list_query *list, struct list_page *page);

/* Writes {"items": [...], "pagination": {...}}. */
void list_write(struct buffer *buffer, const struct list_query *list, const struct list_page *page);

/* Adds each parameter that lists of the model take; `deleted` where the model deletes softly. */
bool list_parameters(struct scope *scope, const struct model *model, struct parameters *parameters);

/* The same of a list that is read whole. */
bool list_parameters_whole(struct scope *scope, const struct model *model,
                           struct parameters *parameters);

/* Writes a column's `condition` for the value $`number`. */
void list_add_condition(struct buffer *buffer, const struct column *column, int number);

/* Claim: a list's own parameter has this name, so that no column can be filtered by it. */
bool list_reserves(const char *name);

#endif
