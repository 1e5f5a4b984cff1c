/* list_walk_test.c - cursors lead through a table that others change: a test by random histories */
#include "keel/model/list.h"

#include "../support/asking.h"
#include "../support/listing.h"
#include "../support/unit.h"

#include "keel/core/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS      400
#define SEEN_MAX  8000
#define WRITERS   3
#define PAGES_MAX 2000

/* Writers leave every fourth row alone: it is there all along. */
#define STEADY 4

struct walk {
    struct test_database *database;
    struct scope *writers[WRITERS];
    bool in_transaction[WRITERS];
    uint64_t seed, state;
    bool seen[SEEN_MAX];
    bool moved[SEEN_MAX]; /* to another place in the order, so it may come again */
};

/* xorshift64*: the same seed gives the same history. */
static unsigned draw(struct walk *walk, unsigned below)
{
    walk->state ^= walk->state >> 12;
    walk->state ^= walk->state << 25;
    walk->state ^= walk->state >> 27;
    return (unsigned)((walk->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* From KEEL_TEST_SEED, to run a history again, or new. */
static uint64_t make_seed(void)
{
    const char *given = getenv("KEEL_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 0;

    if (!given)
        assert_true(random_bytes(&seed, sizeof seed));
    return seed ? seed : 1;
}

/* Each writer has rows of its own, so that none waits for another one. */
static int64_t choose_row(struct walk *walk, unsigned writer)
{
    for (;;) {
        int64_t id = 1 + draw(walk, ROWS);

        if (id % STEADY != 0 && id % WRITERS == writer)
            return id;
    }
}

static void change(struct walk *walk, unsigned writer, const char *format)
{
    struct scope *scope = walk->writers[writer];
    int64_t id = choose_row(walk, writer);
    char text[256];

    snprintf(text, sizeof text, "%s WHERE id = %" PRId64, format, id);
    if (strstr(text, "price ="))
        walk->moved[id] = true;
    asking_text(scope, text);
}

static void insert(struct walk *walk, unsigned writer)
{
    char text[256];

    snprintf(text, sizeof text,
             "INSERT INTO items (name, price, quantity, category_id, created_at) VALUES ('new', %u,"
             " %u, %u, timestamptz '2026-01-01Z' + %u * interval '1 s')",
             draw(walk, 97), draw(walk, 50), 1 + draw(walk, 40), draw(walk, 12));
    asking_text(walk->writers[writer], text);
}

static void end_or_begin(struct walk *walk, unsigned writer)
{
    static const char *const ends[] = {"COMMIT", "ROLLBACK"};
    bool *open = &walk->in_transaction[writer];

    asking_text(walk->writers[writer], *open ? ends[draw(walk, 2)] : "BEGIN");
    *open = !*open;
}

static void write_something(struct walk *walk)
{
    unsigned writer = draw(walk, WRITERS);

    switch (draw(walk, 8)) {
    case 0:
    case 1:
        end_or_begin(walk, writer);
        break;
    case 2:
        insert(walk, writer);
        break;
    case 3:
        change(walk, writer, "UPDATE items SET description = description || '.'");
        break;
    case 4:
        change(walk, writer,
               "UPDATE items SET price = 97 - price, quantity = 50 - quantity,"
               " created_at = created_at + interval '3 s'");
        break;
    case 5:
        change(walk, writer, "UPDATE items SET is_active = false");
        break;
    case 6:
        change(walk, writer, "UPDATE items SET is_active = true");
        break;
    default:
        change(walk, writer, "DELETE FROM items");
        break;
    }
}

static void note(struct walk *walk, const struct list_page *page, const char *sort)
{
    for (int row = 0; row < page->count; row++) {
        int64_t id = row_int(&page->rows, row, 0);

        assert_in_range(id, 1, SEEN_MAX - 1);
        if (walk->seen[id] && !walk->moved[id])
            unit_fail("KEEL_TEST_SEED=%" PRIu64 ", %s: row %" PRId64 " came twice", walk->seed,
                      sort, id);
        walk->seen[id] = true;
    }
}

/* From the first page to the last one, with some writing before each. */
static void go(struct walk *walk, const char *query)
{
    struct scope *scope = &walk->database->scope;
    char *cursor = NULL;
    int pages = 0;

    do {
        struct list_query list;
        struct list_page page;

        for (unsigned writes = draw(walk, 8); writes; writes--)
            write_something(walk);
        const char *next = scope_format(scope, "%s&per_page=%u%s%s", query, 1 + draw(walk, 12),
                                        cursor ? "&cursor=" : "", cursor ? cursor : "");

        listing_must(scope, next, &list, &page);
        note(walk, &page, query);
        free(cursor);
        cursor = page.next_cursor ? strdup(page.next_cursor) : NULL;
        test_database_renew(walk->database);
        assert_true(++pages < PAGES_MAX);
    } while (cursor);
}

/* Rows that nobody touched and that the list has must have come. */
static void find_lost(struct walk *walk, const char *query, const char *where)
{
    struct scope *scope = &walk->database->scope;
    struct rows rows;
    const char *text = scope_format(
        scope, "SELECT id FROM items WHERE id <= %d AND id %% %d = 0 AND %s", ROWS, STEADY, where);

    assert_true(asking_query(scope, text, NO_PARAMS, &rows));
    assert_true(rows.count > 0);
    for (int row = 0; row < rows.count; row++) {
        if (!walk->seen[row_int(&rows, row, 0)])
            unit_fail("KEEL_TEST_SEED=%" PRIu64 ", %s: row %s is lost", walk->seed, query,
                      row_text(&rows, row, 0));
    }
}

/* A row that a transaction moved before the walk must not move in it, unmarked. */
static void end_all(struct walk *walk)
{
    for (unsigned writer = 0; writer < WRITERS; writer++) {
        if (walk->in_transaction[writer])
            end_or_begin(walk, writer);
    }
}

static void walk_once(struct walk *walk, const char *query, const char *where)
{
    end_all(walk);
    memset(walk->seen, 0, sizeof walk->seen);
    memset(walk->moved, 0, sizeof walk->moved);
    go(walk, query);
    find_lost(walk, query, where);
}

static void test_walks(void **state)
{
    static const struct {
        const char *query, *where;
    } walks[] = {
        {"sort=-created_at", "is_active"},
        {"sort=created_at,name", "is_active"},
        {"sort=price", "is_active"},
        {"sort=-quantity,price", "is_active"},
        {"sort=quantity,-price,-created_at", "is_active"},
        {"sort=id", "is_active"},
        {"sort=-price,quantity&min_price=30", "is_active AND price >= 30"},
        {"sort=-created_at&category_id=4", "is_active AND category_id = 4"},
        {"sort=price&deleted=with", "true"},
    };
    static struct walk walk;

    walk = (struct walk){.database = *state, .seed = make_seed()};
    walk.state = walk.seed;
    listing_fill(walk.database, ROWS);
    for (int i = 0; i < WRITERS; i++)
        walk.writers[i] = test_database_open(walk.database);
    for (size_t i = 0; i < COUNT(walks); i++)
        walk_once(&walk, walks[i].query, walks[i].where);
    for (int i = 0; i < WRITERS; i++)
        test_database_close(walk.writers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a walk by cursors loses no row and has none twice while others write", test_walks,
         listing_make, listing_drop, NULL},
    };

    return cmocka_run_group_tests_name("model/list_walk", tests, NULL, NULL);
}
