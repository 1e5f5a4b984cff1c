/* list_total_test.c - tests of model/list_total: kept, seen, counted and estimated totals */
#include "keel/model/list.h"

#include "../support/asking.h"
#include "../support/listing.h"
#include "../support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 2000

/* Of them 1,800 are active, 45 in category 5; 360 cost less than 20. */
static int begin(void **state)
{
    listing_make(state);
    listing_fill(*state, ROWS);
    return 0;
}

static void read_page(struct test_database *database, const char *query, struct list_page *page)
{
    struct list_query list;

    test_database_renew(database);
    listing_must(&database->scope, query, &list, page);
}

/* The total as PostgreSQL counts it. */
static int64_t count(struct test_database *database, const char *where)
{
    struct scope *scope = &database->scope;
    const char *text =
        asking_text(scope, scope_format(scope, "SELECT count(*) FROM items WHERE %s", where));

    return strtoll(text, NULL, 10);
}

static void test_exact(void **state)
{
    static const struct {
        const char *query, *where;
    } cases[] = {
        {"", "is_active"},
        {"page=2", "is_active"},
        {"page=50", "is_active"},
        {"page=5000", "is_active"},
        {"count=exact", "is_active"},
        {"count=estimated", "is_active"},
        {"count=estimated&page=5000", "is_active"},
        {"category_id=5", "is_active AND category_id = 5"},
        {"category_id=5&sort=name", "is_active AND category_id = 5"},
        {"category_id=5&page=3", "is_active AND category_id = 5"},
        {"category_id=5&page=4", "is_active AND category_id = 5"},
        {"category_id=5&count=exact", "is_active AND category_id = 5"},
        {"category_id=5&max_price=20", "is_active AND category_id = 5 AND price <= 20"},
        {"category_id=999", "false"},
        {"category_id=null", "is_active AND category_id IS NULL"},
        {"max_price=20", "is_active AND price <= 20"},
        {"max_price=20&page=2", "is_active AND price <= 20"},
        {"max_price=20&page=2000", "is_active AND price <= 20"},
        {"max_price=20&count=exact&page=2000", "is_active AND price <= 20"},
        {"deleted=only", "NOT is_active"},
        {"deleted=with", "true"},
        {"deleted=with&category_id=5", "category_id = 5"},
        {"q=item", "is_active"},
        {"ids=1,2,3,10,99999", "id IN (1, 2, 3)"},
        {"ids=1,2,3,10&per_page=1", "id IN (1, 2, 3)"},
        {"ids=1,2&category_id=1", "id = 1"},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct list_page page;

        read_page(database, cases[i].query, &page);
        int64_t actual = count(database, cases[i].where);

        if (!page.has_total || !page.total_is_exact || page.total != actual)
            unit_fail("%s: %lld instead of %lld", cases[i].query, (long long)page.total,
                      (long long)actual);
    }
}

/* A cursor's page gives the total that a page with a number gives. */
static void test_cursor(void **state)
{
    static const char *const queries[] = {"", "category_id=5", "max_price=20", "deleted=with"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(queries); i++) {
        struct list_page page;
        char query[512];
        int64_t total;

        read_page(database, queries[i], &page);
        total = page.total;
        snprintf(query, sizeof query, "%s%scursor=%s", queries[i], *queries[i] ? "&" : "",
                 page.next_cursor);
        read_page(database, query, &page);
        assert_int_equal(page.total, total);
        assert_true(page.total_is_exact);
    }
}

static void test_bound(void **state)
{
    struct test_database *database = *state;
    struct list_page page;

    read_page(database, "min_price=1", &page);
    int64_t actual = page.total;

    database->config.count_bound = actual;
    read_page(database, "min_price=1", &page);
    assert_true(page.total_is_exact);
    assert_int_equal(page.total, actual);

    database->config.count_bound = actual - 1;
    read_page(database, "min_price=1", &page);
    assert_false(page.total_is_exact);
    assert_in_range(page.total, actual, ROWS);
    read_page(database, "min_price=1&count=exact", &page);
    assert_true(page.total_is_exact);
    assert_int_equal(page.total, actual);
    /* Kept totals are no counting. */
    read_page(database, "", &page);
    assert_true(page.total_is_exact);
    database->config.count_bound = 10000;
}

/* No bound is no count, but what the page itself shows is still known. */
static void test_never_count(void **state)
{
    struct test_database *database = *state;
    struct list_page page;

    database->config.count_bound = 0;
    read_page(database, "max_price=20", &page);
    assert_false(page.total_is_exact);
    assert_in_range(page.total, 300, 420);
    assert_int_equal(database->scope.queries, 2);
    read_page(database, "ids=1,2,3", &page);
    assert_true(page.total_is_exact);
    assert_int_equal(page.total, 3);
    database->config.count_bound = 10000;
}

/* An estimate that says less than what has been seen would be a lie that everybody sees. */
static void test_estimates(void **state)
{
    struct test_database *database = *state;
    struct list_page page;

    read_page(database, "max_price=20&count=estimated", &page);
    assert_true(page.has_total);
    assert_false(page.total_is_exact);
    assert_in_range(page.total, 300, 420);
    read_page(database, "q=item&min_price=0&min_quantity=0&category_id=null&count=estimated",
              &page);
    assert_true(page.total >= page.rows.count);
    read_page(database, "deleted=with&min_price=0&min_quantity=0&q=item&page=60&count=estimated",
              &page);
    assert_int_equal(page.count, 20);
    assert_in_range(page.total, 1201, ROWS + 200);
}

static void test_none(void **state)
{
    static const char *const queries[] = {"count=none", "count=none&page=80&per_page=10",
                                          "count=none&q=item", "count=none&page=9999"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(queries); i++) {
        struct list_page page;

        read_page(database, queries[i], &page);
        assert_false(page.has_total);
        assert_int_equal(database->scope.queries, 1);
    }
}

static void test_none_written(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct list_query list;
    struct list_page page;
    struct buffer text;

    test_database_renew(database);
    listing_must(scope, "count=none&fields=id&sort=id&per_page=1", &list, &page);
    buffer_init(&text, &scope->arena);
    list_write(&text, &list, &page);
    assert_non_null(strstr(text.data,
                           "{\"items\":[{\"id\":1}],\"pagination\":{\"page\":1,\"per_page\":1,"
                           "\"total\":null,\"total_is_exact\":false,\"pages\":null,"
                           "\"next_cursor\":\""));
}

/* A total that is kept follows its writers, and only what they have committed. */
static void test_follows(void **state)
{
    struct test_database *database = *state;
    struct scope *writer = test_database_open(database);
    struct list_page page;

    read_page(database, "category_id=5", &page);
    int64_t before = page.total;

    asking_text(writer, "BEGIN");
    asking_text(writer, "INSERT INTO items (name, price, category_id) VALUES ('new', 1, 5)");
    read_page(database, "category_id=5", &page);
    assert_int_equal(page.total, before);
    asking_text(writer, "COMMIT");
    read_page(database, "category_id=5", &page);
    assert_int_equal(page.total, before + 1);
    asking_text(writer, "UPDATE items SET is_active = false WHERE name = 'new'");
    read_page(database, "category_id=5", &page);
    assert_int_equal(page.total, before);
    test_database_close(writer);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, NULL, NULL, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("totals are exact where they are kept, seen or within the bound", test_exact),
        TEST("a cursor's page has the total of the others", test_cursor),
        TEST("beyond the bound a total is an estimate, and says so", test_bound),
        TEST("with a bound of 0 nothing is counted", test_never_count),
        TEST("an estimate is never below what was seen", test_estimates),
        TEST("a total that nobody wants costs nothing", test_none),
        TEST("a total that was not read is written as null", test_none_written),
        TEST("a kept total is that of what is committed", test_follows),
    };

    return cmocka_run_group_tests_name("model/list_total", tests, begin, listing_drop);
}
