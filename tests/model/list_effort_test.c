/* list_effort_test.c - tests of model/list_rows and list_total: what a list of a large table reads
 */
#include "keel/model/list.h"

#include "../support/asking.h"
#include "../support/listing.h"
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 50000

/* A page of 100 and one row more; what is skipped is not fetched. */
#define FETCHED_MOST 101

/* What the statements of one list have read, from PostgreSQL's own statistics. */
struct effort {
    int64_t walked;  /* rows of items read in no order, a walk through the table */
    int64_t fetched; /* rows of items fetched through an index */
    int64_t entries; /* entries read in indexes of items */
    const char *indexes;
};

static void read_effort(struct scope *scope, struct effort *effort)
{
    struct rows rows;

    assert_true(asking_query(
        scope,
        "SELECT (SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'items'),"
        " (SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'items'),"
        " sum(pg_stat_get_xact_tuples_returned(indexrelid)), string_agg(indexrelid::regclass::text,"
        " ' ' ORDER BY 1) FILTER (WHERE pg_stat_get_xact_numscans(indexrelid) > 0)"
        " FROM pg_index WHERE indrelid = 'items'::regclass",
        NO_PARAMS, &rows));
    *effort = (struct effort){row_int(&rows, 0, 0), row_int(&rows, 0, 1), row_int(&rows, 0, 2),
                              row_text(&rows, 0, 3)};
}

/*
 * The effort of one list. It is run some times before, so that PostgreSQL has made the plan that it
 * stays with.
 */
static struct effort measure(struct test_database *database, const char *query,
                             struct list_page *page)
{
    struct list_query list;
    struct effort effort;

    for (int i = 0; i < 7; i++) {
        test_database_renew(database);
        asking_text(&database->scope, "SELECT pg_stat_force_next_flush()");
        assert_true(db_begin(&database->scope));
        listing_must(&database->scope, query, &list, page);
        if (i < 6)
            db_rollback(&database->scope);
    }
    read_effort(&database->scope, &effort);
    return effort;
}

/* In its own transaction, whose statistics are then those of the list alone. */
static void end_measure(struct test_database *database)
{
    db_rollback(&database->scope);
}

static void test_plans(void **state)
{
    static const struct {
        const char *query;
        const char *indexes; /* the one that is used, or both */
        int64_t most;        /* entries and rows together */
    } cases[] = {
        {"", "items_active_created_at_idx", 42},
        {"sort=price", "items_active_price_idx", 42},
        {"sort=-name&per_page=100", "items_active_name_idx", 202},
        {"category_id=2", "items_active_category_id_created_at_idx", 42},
        {"category_id=2&sort=price", "items_active_category_id_price_idx", 42},
        {"category_id=777", "items_active_category_id_created_at_idx", 0},
        {"category_id=777&sort=-name", "items_category_id_idx", 0},
        {"page=3", "items_active_created_at_idx", 122},
        {"page=250", "items_pkey items_active_created_at_idx", 5100},
        {"page=2250", "items_pkey items_active_created_at_idx", 100},
        {"page=2240&sort=price", "items_pkey items_active_price_idx", 300},
        {"category_id=2&page=54", "items_pkey items_active_category_id_created_at_idx", 100},
        {"page=1000000", "", 0},
        {"created_before=2027-01-01T00:00:00Z&sort=name&count=none", "items_active_name_idx", 42},
        {"created_before=2026-01-01T00:00:01Z&sort=name&count=none", "items_active_created_at_idx",
         80},
        {"ids=5,7,100,5000", "items_active_id_idx", 8},
        {"deleted=only&count=none", "items_deleted_created_at_idx", 42},
        {"q=wordfe3d", "items_active_search_text_idx", 20},
        {"include=category", "items_active_created_at_idx", 42},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct list_page page;
        struct effort effort = measure(database, cases[i].query, &page);

        if (effort.walked > 0 || effort.fetched > FETCHED_MOST ||
            effort.entries + effort.fetched > cases[i].most ||
            strcmp(effort.indexes, cases[i].indexes) != 0)
            unit_fail("%s: walked %lld, fetched %lld, entries %lld in %s", cases[i].query,
                      (long long)effort.walked, (long long)effort.fetched,
                      (long long)effort.entries, effort.indexes);
        end_measure(database);
    }
}

/* Goes on from the middle of the list, which no page number has been near. */
static void test_cursors(void **state)
{
    static const char *const sorts[] = {"-created_at", "created_at", "price",
                                        "-price",      "name",       "-id"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(sorts); i++) {
        struct list_query list;
        struct list_page page;
        char query[512];

        test_database_renew(database);
        snprintf(query, sizeof query, "sort=%s&page=1100", sorts[i]);
        listing_must(&database->scope, query, &list, &page);
        snprintf(query, sizeof query, "cursor=%s", page.next_cursor);
        struct effort effort = measure(database, query, &page);

        if (effort.walked > 0 || effort.entries > 21 || effort.fetched > 21)
            unit_fail("%s: walked %lld, fetched %lld, entries %lld", sorts[i],
                      (long long)effort.walked, (long long)effort.fetched,
                      (long long)effort.entries);
        end_measure(database);
    }
}

/* Claim: after some runs of the list PostgreSQL has stopped planning it. */
static bool is_planned_once(struct scope *scope, const char *query)
{
    struct list_query list;
    struct list_page page;

    for (int run = 0; run < 8; run++)
        listing_must(scope, query, &list, &page);
    const char *kept =
        asking_text(scope, "SELECT bool_and(custom_plans <= 5 AND generic_plans >= 3) FROM"
                           " pg_prepared_statements WHERE statement NOT LIKE '%bool_and%'");

    return strcmp(kept, "t") == 0;
}

/* Planning would be two thirds of a page's cost. */
static void test_planned_once(void **state)
{
    static const char *const queries[] = {
        "",           "page=2&per_page=50",      "sort=price",
        "sort=-name", "category_id=7",           "category_id=8&page=50",
        "page=2000",  "deleted=only&count=none", "include=category&fields=id"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(queries); i++) {
        struct scope *scope = test_database_open(database);

        if (!is_planned_once(scope, queries[i]))
            unit_fail("%s is planned each time", queries[i]);
        test_database_close(scope);
    }
}

static void test_cursors_planned_once(void **state)
{
    static const char *const queries[] = {"sort=-created_at", "category_id=7&per_page=5",
                                          "sort=price", "sort=-id"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(queries); i++) {
        struct scope *scope = test_database_open(database);
        struct list_query list;
        struct list_page page;

        test_database_renew(database);
        listing_must(&database->scope, scope_format(scope, "%s&page=100", queries[i]), &list,
                     &page);
        const char *query = scope_format(scope, "%s&cursor=%s", queries[i], page.next_cursor);

        if (!is_planned_once(scope, query))
            unit_fail("%s is planned each time", query);
        test_database_close(scope);
    }
}

static int begin(void **state)
{
    listing_make(state);
    listing_fill(*state, ROWS);
    return 0;
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, NULL, NULL, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a page of 50,000 rows reads what it shows, by the index that is for it", test_plans),
        TEST("a cursor in the middle reads no more than the first page", test_cursors),
        TEST("what is asked often is planned once for all", test_planned_once),
        TEST("and so is what a cursor leads on to", test_cursors_planned_once),
    };

    return cmocka_run_group_tests_name("model/list_effort", tests, begin, listing_drop);
}
