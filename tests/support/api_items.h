/* api_items.h - the ids of a page, and of the rows that PostgreSQL itself would give */
#ifndef KEEL_TESTS_SUPPORT_API_ITEMS_H
#define KEEL_TESTS_SUPPORT_API_ITEMS_H

#include "api.h"

/* The ids of a list's rows, "3,2,1"; `rows` is the member that holds them. */
const char *api_item_ids(struct api *api, const struct api_reply *reply, const char *rows);

/* Those of the active items that PostgreSQL finds for a condition, in an order. */
const char *api_item_ids_in_database(struct api *api, const char *where, const char *order,
                                     int limit);

#endif
