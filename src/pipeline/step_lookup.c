/* step_lookup.c - finds the id that a name stands for, once for each name of a batch */
#include "keel/db/db.h"
#include "keel/model/array.h"
#include "keel/pipeline/builtin.h"

#include "sql.h"

#include <string.h>

/* Twice as many as are remembered, so that a free one is near. */
#define SLOT_COUNT ((size_t)LOOKUP_KNOWN_MAX * 2)

/* What is known of a name. */
struct known {
    const char *name; /* NULL: a free slot */
    const char *id;   /* NULL: there is none */
};

struct lookup {
    struct arena arena; /* of the names and ids */
    struct known slots[SLOT_COUNT];
    size_t count;
};

static void forget(struct lookup *lookup)
{
    arena_free(&lookup->arena);
    memset(lookup->slots, 0, sizeof lookup->slots);
    lookup->count = 0;
}

static void release(void *object)
{
    forget(object);
}

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    const struct row_lookup *rule = arguments;
    struct lookup *lookup = scope_alloc(flow->scope, sizeof *lookup);

    *state = lookup;
    if (!lookup)
        return false;
    arena_init(&lookup->arena);
    if (!arena_defer(&flow->scope->arena, release, lookup))
        return fail_memory(flow->scope);
    if (batch_find(&flow->columns, rule->column) < 0)
        return fail_field(flow->scope, rule->column, "required", "There is no column %s",
                          rule->column);
    return flow_add_column(flow, rule->into);
}

/* FNV-1a. A caller who makes names collide makes his own import slow. */
static size_t hash(const char *name)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (size_t)value;
}

/* The name's slot, or the free one where it belongs. */
static struct known *find_slot(struct lookup *lookup, const char *name)
{
    size_t place = hash(name) % SLOT_COUNT;

    while (lookup->slots[place].name && strcmp(lookup->slots[place].name, name) != 0)
        place = (place + 1) % SLOT_COUNT;
    return &lookup->slots[place];
}

/* Takes up the names that are not known yet, as `names`; false: no memory. */
static bool note_names(struct lookup *lookup, const struct batch *batch, int place,
                       struct array *names, size_t *count)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct cell *cell = &batch->rows[i].cells[place];

        if (batch->rows[i].is_out || cell->kind < CELL_TEXT)
            continue;
        struct known *known = find_slot(lookup, cell->text);

        if (known->name)
            continue;
        *known = (struct known){.name = arena_copy(&lookup->arena, cell->text, cell->length)};
        if (!known->name)
            return false;
        lookup->count++;
        array_add(names, known->name);
        (*count)++;
    }
    return true;
}

static bool take_ids(struct lookup *lookup, const struct rows *rows)
{
    for (int row = 0; row < rows->count; row++) {
        struct known *known = find_slot(lookup, row_text(rows, row, 0));
        const char *id = row_text(rows, row, 1);

        /* Whatever the query gives, only what was asked for is taken up. */
        if (!known->name)
            continue;
        known->id = arena_copy(&lookup->arena, id, strlen(id));
        if (!known->id)
            return false;
    }
    return true;
}

/* Learns all names of the batch; a batch has fewer rows than names are remembered. */
static bool learn(struct lookup *lookup, const struct row_lookup *rule, struct batch *batch,
                  int place)
{
    struct scope *scope = &batch->scope;
    struct array names;
    struct rows rows;
    size_t count = 0;

    if (lookup->count + batch->count > LOOKUP_KNOWN_MAX)
        forget(lookup);
    array_begin(&names, &scope->arena);
    if (!note_names(lookup, batch, place, &names, &count))
        return fail_memory(scope);
    if (count == 0)
        return true;
    const char *text = array_end(&names);

    if (!text)
        return fail_memory(scope);
    return db_query(scope, rule->sql, PARAMS(text), &rows) &&
           (take_ids(lookup, &rows) || fail_memory(scope));
}

static bool run(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct row_lookup *rule = arguments;
    struct lookup *lookup = state;
    int place = batch_find(&batch->columns, rule->column);
    int into = batch_find(&batch->columns, rule->into);

    if (!learn(lookup, rule, batch, place))
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_row *row = &batch->rows[i];
        const struct cell *cell = &row->cells[place];

        if (row->is_out)
            continue;
        if (cell->kind < CELL_TEXT) {
            row->cells[into] = (struct cell){cell->kind, "", 0};
            continue;
        }
        const char *id = find_slot(lookup, cell->text)->id;

        if (id ? !batch_set(batch, &row->cells[into], CELL_TEXT, id, strlen(id))
               : !flow_reject(flow, row, rule->column, "not_found", "There is nothing of this name",
                              cell->text))
            return false;
    }
    return true;
}

const struct step lookup_step = {"look up", .begin = begin, .run = run};

const struct row_lookup category_by_path = {"category", "category_id", &sql_pipelines_categories};
