/* bulk.h - many rows added, changed and deleted in one call: all of it, or nothing */
#ifndef KEEL_MODEL_BULK_H
#define KEEL_MODEL_BULK_H

#include "keel/core/buffer.h"
#include "keel/model/input.h"

struct json_object;

/*
 * Operations in one call. Their rows stay locked until all is done, and the answer holds a result
 * for each: more rows than this are an import.
 */
#define BULK_MAX 1000

/* Columns that a model may have for it: an operation remembers those it was given as bits. */
#define BULK_COLUMN_MAX 64

/*
 * In the order in which they are carried out, whatever theirs in the request: what a deletion gives
 * free, such as a unique name, a row that is changed or added can take.
 */
enum bulk_kind { BULK_DELETE, BULK_UPDATE, BULK_CREATE };

struct bulk_operation {
    enum bulk_kind kind;
    size_t index;        /* in the request, from 0 */
    int64_t id;          /* of the row; 0 for one that is yet to be added */
    struct input input;  /* of a deletion: empty */
    uint64_t columns;    /* those with a value in `input`, as 1 << their place in the model */
    const char *version; /* afterwards (of a row removed for good: before); NULL: it has none */
    const char *changes; /* as JSON, see changes.h; NULL: a deletion, or nothing was to be set */
};

struct bulk {
    const struct model *model;
    struct bulk_operation *operations;
    size_t count;
};

/* As a request's "op" names it. */
const char *bulk_kind_name(enum bulk_kind kind);

/*
 * Checks {"operations": [{"op": "create" or "update" or "delete", "id": ..., "data": {...}}]}
 * against the model: `data` as a body of CREATE, or of UPDATE | PARTIAL. Every wrong field is told
 * at once (ERR_VALIDATION), by names such as "operations[17].data.price"; an id that comes twice is
 * wrong too. The operations belong to the scope's arena.
 */
bool bulk_decode(struct scope *scope, const struct model *model, struct json_object *body,
                 struct bulk *bulk);

/*
 * Carries all out, in the caller's transaction, with one statement for each set of operations that
 * are of one kind and have the same columns. Afterwards `operations` says what became of which row,
 * in the order of the request: the one place that knows. Fails as store.h does, naming the
 * operation, or as db_query() does; the transaction is then to be rolled back.
 */
bool bulk_run(struct scope *scope, struct bulk *bulk);

/*
 * Writes {"created": 1, "updated": 0, "deleted": 0, "results": [{"op": "create", "id": 5,
 * "version": 1}]}, the results in the order of the request, `version` where the model has one.
 */
void bulk_write(struct buffer *buffer, const struct bulk *bulk);

#endif
