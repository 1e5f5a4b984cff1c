/* list_sort.h - the order of a list */
#ifndef KEEL_MODEL_LIST_SORT_H
#define KEEL_MODEL_LIST_SORT_H

#include "keel/model/list.h"

/*
 * Reads `-price,name` into the list's order, and ends it with the id, so that rows with equal keys
 * have one, too. Fails with ERR_VALIDATION, naming `sort`.
 */
bool list_sort_decode(struct scope *scope, const char *text, struct list_query *list);

#endif
