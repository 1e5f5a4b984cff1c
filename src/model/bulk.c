/* bulk.c - many rows added, changed and deleted in one call: all of it, or nothing */
#include "keel/model/bulk.h"

#include "bulk_sql.h"
#include "keel/core/json.h"
#include "keel/model/changes.h"
#include "keel/model/store.h"

#include <stdio.h>
#include <stdlib.h>

/* Room for "operations[999].data" and its NUL. */
#define PLACE_SIZE 48

/* What one statement can do together stands together, by kind and columns. */
static int compare_operations(const void *left, const void *right)
{
    const struct bulk_operation *a = *(const struct bulk_operation *const *)left;
    const struct bulk_operation *b = *(const struct bulk_operation *const *)right;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->columns != b->columns)
        return a->columns < b->columns ? -1 : 1;
    /* Statements give their rows by id; those that add have none, but make them in this order. */
    if (a->kind != BULK_CREATE && a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool sort_operations(struct scope *scope, const struct bulk *bulk,
                            struct bulk_operation ***sorted)
{
    *sorted = scope_alloc(scope, bulk->count * sizeof(struct bulk_operation *));
    if (!*sorted)
        return false;
    for (size_t i = 0; i < bulk->count; i++)
        (*sorted)[i] = &bulk->operations[i];
    qsort(*sorted, bulk->count, sizeof(struct bulk_operation *), compare_operations);
    return true;
}

/* The row with this id among those ordered by it; -1: none. */
static int find_row(const struct rows *rows, int64_t id)
{
    int first = 0, end = rows->count;

    while (first < end) {
        int middle = first + (end - first) / 2;
        int64_t found = row_int(rows, middle, 0);

        if (found == id)
            return middle;
        if (found < id)
            first = middle + 1;
        else
            end = middle;
    }
    return -1;
}

static void note_version(struct bulk_operation *operation, const struct rows *rows, int row)
{
    operation->version = row_is_null(rows, row, 1) ? NULL : row_text(rows, row, 1);
}

static bool fail_missing(struct scope *scope, const struct model *model, size_t index)
{
    char place[PLACE_SIZE];

    fail(scope, ERR_NOT_FOUND, "%s not found", model->name);
    snprintf(place, sizeof place, "operations[%zu]", index);
    return fail_within(scope, place);
}

/*
 * Locks what is there already before anything is written; of several rows that are not there the
 * first in the request is told. An update that sets nothing is done by that.
 */
static bool lock_rows(struct scope *scope, const struct bulk_part *part)
{
    size_t missing = SIZE_MAX;
    struct rows rows;

    if (part->list[0]->kind == BULK_CREATE)
        return true;
    if (!bulk_lock(scope, part, &rows))
        return false;
    for (size_t i = 0; i < part->count && part->list[i]->kind != BULK_CREATE; i++) {
        int row = find_row(&rows, part->list[i]->id);

        if (row >= 0)
            note_version(part->list[i], &rows, row);
        else if (part->list[i]->index < missing)
            missing = part->list[i]->index;
    }
    return missing == SIZE_MAX || fail_missing(scope, part->model, missing);
}

static bool note_changes(struct scope *scope, struct bulk_operation *operation,
                         const struct rows *rows, int row)
{
    if (operation->kind == BULK_UPDATE)
        operation->changes =
            changes_of_row(scope, &operation->input, false, rows, row, BULK_CHANGES);
    else if (operation->kind == BULK_CREATE)
        operation->changes = changes_of_input(scope, &operation->input);
    return operation->kind == BULK_DELETE || operation->changes;
}

/* The rows come in the list's order, see compare_operations(). */
static bool note_done(struct scope *scope, const struct bulk_part *part, const struct rows *rows)
{
    if ((size_t)rows->count != part->count) {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
        return fail_detail(scope, "bulk: %zu operations changed %d rows", part->count, rows->count);
    }
    for (size_t i = 0; i < part->count; i++) {
        part->list[i]->id = row_int(rows, (int)i, 0);
        note_version(part->list[i], rows, (int)i);
        if (!note_changes(scope, part->list[i], rows, (int)i))
            return false;
    }
    return true;
}

/* How many operations at the beginning of the part can be one statement. */
static size_t count_alike(const struct bulk_part *part)
{
    size_t count = 1;

    while (count < part->count && part->list[count]->kind == part->list[0]->kind &&
           part->list[count]->columns == part->list[0]->columns)
        count++;
    return count;
}

/* One try of some operations, after which a transaction may be broken. */
static bool carry_out(struct scope *scope, struct bulk_part part)
{
    if (!lock_rows(scope, &part))
        return false;
    for (size_t count; part.count; part.list += count, part.count -= count) {
        struct bulk_part alike = {part.model, part.list, count = count_alike(&part)};
        struct rows rows;

        if (alike.list[0]->kind == BULK_UPDATE && !alike.list[0]->columns)
            continue;
        if (!bulk_execute(scope, &alike, &rows) || !note_done(scope, &alike, &rows))
            return false;
    }
    return true;
}

/* Claim: it is the fault of some row, not of the database's state or the connection's. */
static bool is_refusal(const struct error *error)
{
    return error->kind == ERR_VALIDATION || error->kind == ERR_CONFLICT;
}

static void do_alone(struct scope *scope, const struct model *model,
                     const struct bulk_operation *operation)
{
    struct rows rows;

    switch (operation->kind) {
    case BULK_DELETE:
        store_delete(scope, model, operation->id);
        break;
    case BULK_UPDATE:
        store_update(scope, operation->id, &operation->input, false, &rows);
        break;
    case BULK_CREATE:
        store_create(scope, &operation->input, &rows);
        break;
    }
}

/*
 * Has the refused operation refused once more, by the functions for single rows: they know how to
 * tell a caller why.
 */
static bool explain(struct scope *scope, const struct model *model,
                    const struct bulk_operation *operation)
{
    const struct error refusal = scope->error;
    char place[PLACE_SIZE];

    scope_clear_error(scope);
    if (db_go_back(scope)) {
        snprintf(place, sizeof place, "operations[%zu].data", operation->index);
        scope->within = place;
        do_alone(scope, model, operation);
        scope->within = NULL;
    }
    /* Whoever was in the way has left meanwhile; the call is refused all the same. */
    if (scope->error.kind == ERR_NONE)
        scope->error = refusal;
    snprintf(place, sizeof place, "operations[%zu]", operation->index);
    return fail_within(scope, place);
}

/*
 * Tries all at once. PostgreSQL does not say which row of a statement it refused, so after a
 * refusal the half in front is tried, and so on until it is one operation: what passes stays done,
 * so that a search writes each row about twice at most.
 */
bool bulk_run(struct scope *scope, struct bulk *bulk)
{
    struct bulk_operation **sorted;
    size_t done = 0, end = bulk->count, step = bulk->count;

    if (!sort_operations(scope, bulk, &sorted))
        return false;
    while (done < bulk->count) {
        if (!db_savepoint(scope))
            return false;
        if (carry_out(scope, (struct bulk_part){bulk->model, sorted + done, step})) {
            done += step;
            /* Refused as a whole and not in its parts: somebody else's row was in the way. */
            if (done == end)
                end = bulk->count;
        } else if (!is_refusal(&scope->error)) {
            return false;
        } else if (step == 1) {
            return explain(scope, bulk->model, sorted[done]);
        } else {
            scope_clear_error(scope);
            if (!db_go_back(scope))
                return false;
            end = done + step;
        }
        step = (end - done + 1) / 2;
    }
    return true;
}

static size_t count_kind(const struct bulk *bulk, enum bulk_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < bulk->count; i++)
        count += bulk->operations[i].kind == kind;
    return count;
}

static void add_result(struct buffer *buffer, const struct bulk_operation *operation)
{
    buffer_add_text(buffer, "{\"op\":");
    json_add_text(buffer, bulk_kind_name(operation->kind));
    buffer_add_text(buffer, ",\"id\":");
    buffer_add_int(buffer, operation->id);
    if (operation->version) {
        buffer_add_text(buffer, ",\"version\":");
        buffer_add_text(buffer, operation->version);
    }
    buffer_add_char(buffer, '}');
}

void bulk_write(struct buffer *buffer, const struct bulk *bulk)
{
    buffer_add_format(buffer, "{\"created\":%zu,\"updated\":%zu,\"deleted\":%zu,\"results\":[",
                      count_kind(bulk, BULK_CREATE), count_kind(bulk, BULK_UPDATE),
                      count_kind(bulk, BULK_DELETE));
    for (size_t i = 0; i < bulk->count; i++) {
        if (i)
            buffer_add_char(buffer, ',');
        add_result(buffer, &bulk->operations[i]);
    }
    buffer_add_text(buffer, "]}");
}
