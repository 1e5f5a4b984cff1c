/* listing.c - lists asked for as clients do, of a migrated database full of items */
#include "listing.h"

#include "asking.h"
#include "keel/core/text.h"
#include "keel/routes/modules.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX 16

int listing_make(void **state)
{
    test_database_make_migrated(state);
    struct test_database *database = *state;

    asking_text(
        &database->scope,
        "INSERT INTO categories (name) SELECT 'category ' || i FROM generate_series(1, 40) i");
    test_database_renew(database);
    return 0;
}

int listing_drop(void **state)
{
    return test_database_drop(state);
}

/*
 * On a connection of its own, which waits as long as it takes. VACUUM marks pages as visible to all
 * only when what is on them is known to be committed, which the cluster's lazy commits are not yet.
 */
void listing_fill(struct test_database *database, int count)
{
    static const char format[] =
        "SET synchronous_commit = on; ALTER TABLE items DISABLE TRIGGER USER;"
        " INSERT INTO items (name, description, price, quantity, category_id, is_active, "
        "created_at)"
        " SELECT 'item ' || i, CASE WHEN i %% 3 = 0 THEN 'word' || md5(i::text) END,"
        " i * 7919::bigint %% 97, i %% 50, nullif(i %% 41, 0), i %% 10 <> 0,"
        " timestamptz '2026-01-01Z' + (i / 40) * interval '1 s' FROM generate_series(1, %d) i;"
        " ALTER TABLE items ENABLE TRIGGER USER;"
        " SELECT count(*) FROM row_totals_mend('items', 'category_id')";
    char fill[sizeof format + 16];

    snprintf(fill, sizeof fill, format, count);
    free(test_database_ask(database, fill));
    free(test_database_ask(database, "VACUUM ANALYZE items, row_totals"));
}

const struct model *listing_items(void)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = keel_modules.list[i]->model;

        if (model && strcmp(model->plural, "items") == 0)
            return model;
    }
    unit_fail("there is no model of items");
    return NULL;
}

/* "a=1&b=2" as pairs; returns how many. */
static size_t cut(struct scope *scope, const char *query, struct pair *pairs)
{
    size_t length, count = 0;
    const char *piece;

    if (!*query)
        return 0;
    while (text_next(&query, '&', &piece, &length)) {
        char *name = scope_copy(scope, piece, length);
        char *equals = name ? strchr(name, '=') : NULL;

        assert_true(equals && count < PAIRS_MAX);
        *equals = '\0';
        pairs[count++] = (struct pair){name, equals + 1};
    }
    return count;
}

bool listing_run(struct scope *scope, const char *query, struct list_query *list,
                 struct list_page *page)
{
    struct pair pairs[PAIRS_MAX];
    size_t count = cut(scope, query, pairs);

    return list_decode(scope, listing_items(), (struct pairs){pairs, count}, list) &&
           list_run(scope, list, page);
}

void listing_must(struct scope *scope, const char *query, struct list_query *list,
                  struct list_page *page)
{
    if (!listing_run(scope, query, list, page))
        unit_fail("%s: %s (%s)", query, scope->error.message, scope->error.detail);
}

const char *listing_ids(struct scope *scope, const struct list_query *list,
                        const struct list_page *page)
{
    int place = selection_find(&list->selection, model_find(list->model, "id"));
    struct buffer text;

    assert_true(place >= 0);
    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "");
    for (int row = 0; row < page->count; row++) {
        if (row)
            buffer_add_char(&text, ',');
        buffer_add_text(&text, row_text(&page->rows, row, place));
    }
    assert_false(text.failed);
    return text.data;
}
