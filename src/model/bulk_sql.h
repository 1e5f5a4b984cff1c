/* bulk_sql.h - the statements of bulk operations */
#ifndef KEEL_MODEL_BULK_SQL_H
#define KEEL_MODEL_BULK_SQL_H

#include "keel/db/db.h"
#include "keel/model/bulk.h"

/* Some of a bulk's operations, at least one. */
struct bulk_part {
    const struct model *model;
    struct bulk_operation *const *list;
    size_t count;
};

/* Each gives its rows ordered by id, first the id and the version (NULL without). */

/*
 * Locks the rows that the part changes or deletes until the transaction ends, in the order of their
 * ids, so that two calls over the same rows wait for each other and cannot deadlock. A row that is
 * not there or deleted is missing in what it gives.
 */
bool bulk_lock(struct scope *scope, const struct bulk_part *part, struct rows *rows);

/*
 * Carries the part out, whose operations are of one kind and have the same columns (of updates at
 * least one). Rows that are added get rising ids in the order of the list. Updates tell from
 * column BULK_CHANGES on what they changed (changes.h); bulk_lock() has seen to it that the rows
 * are then as they were before.
 */
#define BULK_CHANGES 2
bool bulk_execute(struct scope *scope, const struct bulk_part *part, struct rows *rows);

#endif
