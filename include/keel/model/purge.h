/* purge.h - deleted rows, removed for good */
#ifndef KEEL_MODEL_PURGE_H
#define KEEL_MODEL_PURGE_H

#include "keel/model/model.h"

struct purge_count {
    int64_t removed;
    int64_t kept; /* old enough, but another row refers to them or somebody is changing them */
};

/*
 * Removes the rows of these models that were deleted softly more than `days` days ago, and sets
 * `counts`, one per model. A row that another one refers to stays; where both are to go, the
 * referring one goes first, whatever the order of the models. Each statement removes at most 1000
 * rows and is a transaction of its own, unless the caller has one open (to roll back: a trial). It
 * waits for nobody: a row that is being restored stays. Fails as db_query() does; what was removed
 * until then stays removed and is counted.
 */
bool purge_deleted(struct scope *scope, const struct model *const *models, size_t count,
                   int64_t days, struct purge_count *counts);

#endif
