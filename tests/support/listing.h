/* listing.h - lists asked for as clients do, of a migrated database full of items */
#ifndef KEEL_TESTS_SUPPORT_LISTING_H
#define KEEL_TESTS_SUPPORT_LISTING_H

#include "database.h"
#include "keel/model/list.h"

/*
 * Setup and teardown for cmocka: *state becomes a struct test_database that has the program's
 * schema, 40 categories and no items.
 */
int listing_make(void **state);
int listing_drop(void **state);

/*
 * Adds `count` items quickly: with many equal prices, quantities and times, in a category or in
 * none, each tenth one deleted. Totals and statistics are right afterwards.
 */
void listing_fill(struct test_database *database, int count);

/* The model of items as the program has it. */
const struct model *listing_items(void);

/* Reads a page; `query` is as in a URL, without escapes: "sort=-price&page=2". */
bool listing_run(struct scope *scope, const char *query, struct list_query *list,
                 struct list_page *page);

/* The same, and the test fails where that does. */
void listing_must(struct scope *scope, const char *query, struct list_query *list,
                  struct list_page *page);

/* Their ids, "3,2,1", those shown only. */
const char *listing_ids(struct scope *scope, const struct list_query *list,
                        const struct list_page *page);

#endif
