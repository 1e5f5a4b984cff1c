/* list_rows_test.c - tests of model/list_rows: every page of every order, from both ends */
#include "keel/model/list.h"

#include "../support/asking.h"
#include "../support/listing.h"
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 900

/* What PostgreSQL gives without Keel: all ids in the order. */
struct reference {
    int64_t ids[ROWS];
    int64_t count;
};

static void read_reference(struct scope *scope, const char *where, const char *order,
                           struct reference *reference)
{
    struct rows rows;
    const char *text =
        scope_format(scope, "SELECT id FROM items WHERE %s ORDER BY %s", where, order);

    assert_true(asking_query(scope, text, NO_PARAMS, &rows));
    reference->count = rows.count;
    for (int row = 0; row < rows.count; row++)
        reference->ids[row] = row_int(&rows, row, 0);
}

/* The page has the rows that the whole list has there; its columns begin with the id. */
static void compare(const char *query, const struct reference *whole, int64_t offset,
                    const struct list_query *list, const struct list_page *page)
{
    int64_t left = whole->count > offset ? whole->count - offset : 0;

    if (page->count != (left < list->per_page ? left : list->per_page))
        unit_fail("%s: %d rows", query, page->count);
    for (int row = 0; row < page->count; row++) {
        if (row_int(&page->rows, row, 0) != whole->ids[offset + row])
            unit_fail("%s: row %d is %s", query, row, row_text(&page->rows, row, 0));
    }
    assert_int_equal(page->next_cursor != NULL, left > list->per_page);
    if (!page->has_total || !page->total_is_exact || page->total != whole->count)
        unit_fail("%s: total %lld", query, (long long)page->total);
}

/* Every page by its number and by cursor, and two behind the last one. */
static void each_page(struct test_database *database, const char *parameters,
                      const struct reference *whole, int per_page)
{
    const char *cursor = NULL;
    char *kept = NULL;

    for (int64_t number = 1; (number - 3) * per_page < whole->count; number++) {
        struct scope *scope = &database->scope;
        struct list_query list;
        struct list_page page;
        const char *query = scope_format(scope, "%s&per_page=%d&page=%lld", parameters, per_page,
                                         (long long)number);

        listing_must(scope, query, &list, &page);
        compare(query, whole, (number - 1) * per_page, &list, &page);
        if (cursor) {
            query = scope_format(scope, "%s&per_page=%d&cursor=%s", parameters, per_page, cursor);
            listing_must(scope, query, &list, &page);
            compare(query, whole, (number - 1) * per_page, &list, &page);
        }
        free(kept);
        cursor = kept = page.next_cursor ? strdup(page.next_cursor) : NULL;
        test_database_renew(database);
    }
    free(kept);
}

static void test_every_page(void **state)
{
    static const struct {
        const char *sort, *order;
    } orders[] = {
        {"-created_at", "created_at DESC, id DESC"},
        {"price", "price, id"},
        {"-quantity,price", "quantity DESC, price, id"},
        {"quantity,-created_at,name", "quantity, created_at DESC, name, id"},
        {"-id", "id DESC"},
    };
    static const struct {
        const char *parameter, *where;
    } filters[] = {
        {"", "is_active"},
        {"&category_id=3", "is_active AND category_id = 3"},
        {"&category_id=null", "is_active AND category_id IS NULL"},
        {"&min_price=10", "is_active AND price >= 10"},
        {"&deleted=with", "true"},
        {"&deleted=only&include=category", "NOT is_active"},
        {"&fields=id&include=category", "is_active"},
    };
    static struct reference whole;
    struct test_database *database = *state;

    listing_fill(database, ROWS);
    for (size_t o = 0; o < COUNT(orders); o++) {
        for (size_t f = 0; f < COUNT(filters); f++) {
            struct scope *scope = &database->scope;
            char parameters[128];

            snprintf(parameters, sizeof parameters, "sort=%s%s", orders[o].sort,
                     filters[f].parameter);
            read_reference(scope, filters[f].where, orders[o].order, &whole);
            each_page(database, parameters, &whole, 7 + 46 * (int)((o + f) % 3));
        }
    }
}

static bool has_column(const struct list_page *page, const char *name)
{
    return PQfnumber(page->rows.result, name) >= 0;
}

static void test_hidden_keys(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct list_query list;
    struct list_page page;
    struct buffer text;

    listing_fill(database, 60);
    listing_must(scope, "fields=name&sort=-quantity&per_page=1&count=none", &list, &page);
    assert_true(has_column(&page, "quantity") && has_column(&page, "id"));
    assert_false(has_column(&page, "price"));
    buffer_init(&text, &scope->arena);
    list_write(&text, &list, &page);
    assert_non_null(strstr(text.data, "{\"items\":[{\"name\":\"item 49\"}],"));
    const char *query =
        scope_format(scope, "fields=quantity&per_page=1&cursor=%s", page.next_cursor);

    listing_must(scope, query, &list, &page);
    assert_int_equal(row_int(&page.rows, 0, 0), 48);
}

/* Between the total and the rows nobody can come, so the last page is whole at every moment. */
static void test_last_page_while_rows_come(void **state)
{
    struct test_database *database = *state;
    struct scope *writer = test_database_open(database);

    listing_fill(database, 500);
    for (int i = 0; i < 20; i++) {
        struct scope *scope = &database->scope;
        struct list_query list;
        struct list_page page;

        asking_text(writer, "INSERT INTO items (name, price) SELECT 'new', 1 FROM "
                            "generate_series(1, 3)");
        listing_must(scope, "per_page=10&page=46&sort=id", &list, &page);
        assert_int_equal(page.total, 450 + 3 * (i + 1));
        assert_int_equal(page.count, page.total > 460 ? 10 : page.total - 450);
        test_database_renew(database);
    }
    test_database_close(writer);
}

static void test_statements(void **state)
{
    static const struct {
        const char *query;
        unsigned statements;
    } cases[] = {
        {"", 1},                    /* the total comes with the rows */
        {"category_id=2", 1},       /* so it does here */
        {"page=30&per_page=10", 1}, /* and far out */
        {"page=9999", 2},           /* no row to bring it */
        {"count=none", 1},          /* */
        {"min_price=0&count=none", 1},
        {"min_price=0", 2},         /* counted */
        {"min_price=96", 1},        /* all on this page: seen, not counted */
        {"min_price=1000", 1},      /* none at all */
        {"min_price=96&page=2", 2}, /* behind the end */
        {"count=exact", 2},
    };
    struct test_database *database = *state;

    listing_fill(database, 500);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct list_query list;
        struct list_page page;

        test_database_renew(database);
        listing_must(&database->scope, cases[i].query, &list, &page);
        if (database->scope.queries != cases[i].statements)
            unit_fail("%s: %u statements", cases[i].query, (unsigned)database->scope.queries);
    }
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, listing_make, listing_drop, NULL                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("every page of every order has the rows that belong there", test_every_page),
        TEST("what the order needs and nobody asked for is read and not shown", test_hidden_keys),
        TEST("the last page is whole while rows are added", test_last_page_while_rows_come),
        TEST("a page asks no more than it must", test_statements),
    };

    return cmocka_run_group_tests_name("model/list_rows", tests, NULL, NULL);
}
