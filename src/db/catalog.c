/* catalog.c - reads what the current schema holds and compares two readings */
#include "keel/db/catalog.h"

#include "keel/db/db.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

static const struct sql *const readings[] = {
    &sql_catalog_relations, &sql_catalog_columns,   &sql_catalog_indexes, &sql_catalog_constraints,
    &sql_catalog_triggers,  &sql_catalog_functions, &sql_catalog_types,
};
#define READING_COUNT (sizeof readings / sizeof readings[0])

/* Definitions are no part of an object's identity: one that changed keeps its place. */
static int compare_identity(const struct catalog_object *a, const struct catalog_object *b)
{
    int order = strcmp(a->table, b->table);

    if (order == 0)
        order = strcmp(a->kind, b->kind);
    return order ? order : strcmp(a->name, b->name);
}

static int compare_entries(const void *a, const void *b)
{
    return compare_identity(a, b);
}

static struct catalog_object object_of(const struct rows *rows, int row, bool is_column)
{
    return (struct catalog_object){
        .kind = row_text(rows, row, 0),
        .table = row_text(rows, row, 1),
        .name = row_text(rows, row, 2),
        .definition = row_text(rows, row, 3),
        .type = is_column ? row_text(rows, row, 4) : "",
        .not_null = is_column && row_bool(rows, row, 5),
        .position = is_column ? row_int(rows, row, 6) : 0,
    };
}

bool catalog_read(struct scope *scope, struct catalog *catalog)
{
    struct rows rows[READING_COUNT];
    size_t total = 0, count = 0;

    for (size_t i = 0; i < READING_COUNT; i++) {
        if (!db_query(scope, readings[i], NO_PARAMS, &rows[i]))
            return false;
        total += (size_t)rows[i].count;
    }
    struct catalog_object *list = scope_alloc(scope, (total ? total : 1) * sizeof *list);

    if (!list)
        return false;
    for (size_t i = 0; i < READING_COUNT; i++) {
        for (int row = 0; row < rows[i].count; row++)
            list[count++] = object_of(&rows[i], row, readings[i] == &sql_catalog_columns);
    }
    qsort(list, count, sizeof *list, compare_entries);
    *catalog = (struct catalog){list, count};
    return true;
}

const struct catalog_object *catalog_find(const struct catalog *catalog, const char *table,
                                          const char *kind, const char *name)
{
    const struct catalog_object wanted = {.kind = kind, .table = table, .name = name};

    if (catalog->count == 0)
        return NULL;
    return bsearch(&wanted, catalog->list, catalog->count, sizeof wanted, compare_entries);
}

/* Which of the two heads comes first; an exhausted list never does. */
static int compare_heads(const struct catalog *a, size_t i, const struct catalog *b, size_t j)
{
    if (i == a->count)
        return 1;
    if (j == b->count)
        return -1;
    return compare_identity(&a->list[i], &b->list[j]);
}

bool catalog_compare(struct scope *scope, const struct catalog *before, const struct catalog *after,
                     struct catalog_diff *diff)
{
    size_t most = before->count + after->count, count = 0;
    struct catalog_change *list = scope_alloc(scope, (most ? most : 1) * sizeof *list);

    if (!list)
        return false;
    for (size_t i = 0, j = 0; i < before->count || j < after->count;) {
        int order = compare_heads(before, i, after, j);
        const struct catalog_object *old = order <= 0 ? &before->list[i++] : NULL;
        const struct catalog_object *new = order >= 0 ? &after->list[j++] : NULL;

        if (!old || !new || strcmp(old->definition, new->definition) != 0)
            list[count++] = (struct catalog_change){old, new};
    }
    *diff = (struct catalog_diff){list, count};
    return true;
}
