/* catalog.h - what a schema holds, and what changed between two readings of it */
#ifndef KEEL_DB_CATALOG_H
#define KEEL_DB_CATALOG_H

#include "keel/core/scope.h"

/* One thing of the schema. */
struct catalog_object {
    const char *kind;  /* "table", "column", "index", "constraint", "trigger", "function", ... */
    const char *table; /* the table it belongs to; "" for what stands alone */
    const char *name;  /* with its arguments for a function */
    const char *definition; /* as PostgreSQL writes it; a column's is type, not null, default */
    const char *type;       /* columns only: the bare type, e.g. "numeric(10,2)" */
    bool not_null;          /* columns only */
    int64_t position;       /* columns only: from 1, with gaps where others were dropped */
};

/* Sorted by table, kind and name; what stands alone comes first. */
struct catalog {
    const struct catalog_object *list;
    size_t count;
};

/*
 * Reads the current schema, in the transaction that is open if there is one. What belongs to
 * extensions is left out. Everything belongs to the scope's arena. Fails as db_query() does.
 */
bool catalog_read(struct scope *scope, struct catalog *catalog);

/* The object of this kind and name; NULL when there is none. */
const struct catalog_object *catalog_find(const struct catalog *catalog, const char *table,
                                          const char *kind, const char *name);

struct catalog_change {
    const struct catalog_object *before; /* NULL: added */
    const struct catalog_object *after;  /* NULL: removed */
};

/* Changes in the order of the catalog. They point into the two readings. */
struct catalog_diff {
    const struct catalog_change *list;
    size_t count;
};

/*
 * What is only in `after`, only in `before`, or in both with another definition. Fails for memory
 * only.
 */
bool catalog_compare(struct scope *scope, const struct catalog *before, const struct catalog *after,
                     struct catalog_diff *diff);

#endif
