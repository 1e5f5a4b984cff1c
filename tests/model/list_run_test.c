/* list_run_test.c - tests of model/list_run: pages, cursors and totals of real rows */
#include "keel/model/list.h"

#include "../support/asking.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 60

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    /* Many equal prices and amounts, so that orders have ties; each tenth one is deleted. */
    asking_text(&database->scope,
                "INSERT INTO things (name, price, amount, is_active, created_at) SELECT 'n' || i, "
                "i % 3, i % 5, i % 10 <> 0, timestamptz '2026-01-01Z' + (i % 7) * interval '1 h' "
                "FROM generate_series(1, 60) i");
    test_database_renew(database);
    return 0;
}

#define ACTIVE 54

static bool run(struct scope *scope, const struct pair *pairs, size_t count,
                struct list_query *query, struct list_page *page)
{
    return list_decode(scope, &things_model, (struct pairs){pairs, count}, query) &&
           list_run(scope, query, page);
}

/* Marks the page's ids; each may come once. */
static void note_ids(const struct list_page *page, bool *seen)
{
    for (int row = 0; row < page->count; row++) {
        int64_t id = row_int(&page->rows, row, 0);

        assert_in_range(id, 1, ROWS);
        assert_false(seen[id]);
        seen[id] = true;
    }
}

static int count_seen(const bool *seen)
{
    int count = 0;

    for (int i = 1; i <= ROWS; i++)
        count += seen[i];
    return count;
}

static void test_pages(void **state)
{
    struct test_database *database = *state;
    static const char *const numbers[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    bool seen[ROWS + 1] = {false};

    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct pair pairs[] = {{"page", numbers[i]}, {"per_page", "8"}, {"sort", "price"}};
        struct list_query query;
        struct list_page page;

        assert_true(run(&database->scope, pairs, 3, &query, &page));
        assert_int_equal(page.total, ACTIVE);
        assert_int_equal(page.count, i < 6 ? 8 : i == 6 ? 6 : 0);
        assert_int_equal(page.next_cursor != NULL, i < 6);
        note_ids(&page, seen);
    }
    assert_int_equal(count_seen(seen), ACTIVE);
}

/* Follows the cursors to the end and checks that the order of each page goes on. */
static void walk(struct test_database *database, const char *sort, const char *per_page)
{
    struct scope *scope = &database->scope;
    struct pair pairs[] = {{"per_page", per_page}, {"sort", sort}, {"cursor", NULL}};
    bool seen[ROWS + 1] = {false};
    struct list_page page;
    int pages = 0;

    do {
        struct list_query query;

        if (!run(scope, pairs, pairs[2].value ? 3 : 2, &query, &page))
            unit_fail("%s: %s\n", sort, scope->error.detail);
        note_ids(&page, seen);
        pairs[2].value = page.next_cursor;
        assert_true(++pages <= ROWS + 1);
    } while (page.next_cursor);
    if (count_seen(seen) != ACTIVE)
        unit_fail("sort=%s: %d rows\n", sort, count_seen(seen));
}

static void test_cursors(void **state)
{
    static const char *const sorts[] = {"id",
                                        "-id",
                                        "price",
                                        "-price",
                                        "price,-amount",
                                        "-price,amount,name",
                                        "-amount,id",
                                        "created_at",
                                        "-created_at,price",
                                        "amount,price,created_at,name"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(sorts); i++) {
        walk(database, sorts[i], "7");
        walk(database, sorts[i], "1");
    }
    walk(database, "-price", "54");
    walk(database, "-price", "53");
}

/* The keyset's order is the same as the one that OFFSET sees. */
static void test_same_order(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct pair all[] = {{"per_page", "100"}, {"sort", "-price,amount"}, {"cursor", NULL}};
    struct pair some[] = {{"per_page", "5"}, {"sort", "-price,amount"}, {"cursor", NULL}};
    struct list_query query;
    struct list_page whole, page;

    assert_true(run(scope, all, 2, &query, &whole));
    for (int row = 0; row < whole.count; row++) {
        if (row % 5 == 0)
            assert_true(run(scope, some, some[2].value ? 3 : 2, &query, &page));
        assert_int_equal(row_int(&page.rows, row % 5, 0), row_int(&whole.rows, row, 0));
        some[2].value = page.next_cursor;
    }
}

static void test_filters(void **state)
{
    static const struct {
        struct pair pairs[2];
        size_t count;
        int64_t total;
    } cases[] = {
        {{{"min_price", "2"}}, 1, 18},
        {{{"max_price", "0"}}, 1, 18},
        {{{"min_price", "1"}, {"max_price", "1"}}, 2, 18},
        {{{"min_price", "2"}, {"max_price", "1"}}, 2, 0},
        {{{"name", "n7"}}, 1, 1},
        {{{"name", "n%"}}, 1, 0},
        {{{"name", "n_"}}, 1, 0},
        {{{"name", "n10"}}, 1, 0},
        {{{"is_open", "false"}}, 1, 0},
        {{{"created_after", "2026-01-01T06:00:00Z"}}, 1, 0},
        {{{"created_after", "2026-01-01T05:59:59Z"}}, 1, 7},
        {{{"created_before", "2026-01-01T02:00:00+01:00"}}, 1, 8},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct list_query query;
        struct list_page page;

        assert_true(run(&database->scope, cases[i].pairs, cases[i].count, &query, &page));
        if (page.total != cases[i].total)
            unit_fail("%s=%s: %lld\n", cases[i].pairs[0].name, cases[i].pairs[0].value,
                      (long long)page.total);
        assert_int_equal(page.count, page.total < 20 ? page.total : 20);
    }
}

/* What no column holds: rows are found by what others say of them. */
static void test_condition(void **state)
{
    static const struct column columns[] = {
        {COLUMN_NAME("id"), .kind = KIND_INT, .uses = READ | SORT, .doc = "Identifier."},
        {COLUMN_NAME("amount"), .kind = KIND_INT, .uses = READ | FILTER, .doc = "Amount."},
        {COLUMN_NAME("twin"), .kind = KIND_TEXT, .uses = FILTER, .min = 1,
         .doc = "Who costs the same.",
         .condition = "EXISTS (SELECT FROM things AS twin WHERE twin.price = things.price AND "
                      "twin.id <> things.id AND twin.name = ?)"}};
    static const struct model model = {
        .name = "Thing", .plural = "things", .table = "things", COLUMNS(columns)};
    static const struct {
        struct pair pairs[2];
        size_t count;
        int64_t total;
    } cases[] = {{{{"twin", "n7"}}, 1, 19},
                 {{{"amount", "0"}, {"twin", "n7"}}, 2, 4},
                 {{{"twin", "n7"}, {"amount", "0"}}, 2, 4},
                 {{{"twin", "n1' OR true --"}}, 1, 0}};
    struct test_database *database = *state;

    assert_true(model_check(&database->scope, &model));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct list_query query;
        struct list_page page;

        assert_true(list_decode(&database->scope, &model,
                                (struct pairs){cases[i].pairs, cases[i].count}, &query) &&
                    list_run(&database->scope, &query, &page));
        assert_int_equal(page.total, cases[i].total);
    }
}

static void test_far_page(void **state)
{
    struct test_database *database = *state;
    struct pair pairs[] = {{"page", "1000000000"}, {"per_page", "100"}};
    struct list_query query;
    struct list_page page;

    assert_true(run(&database->scope, pairs, 2, &query, &page));
    assert_int_equal(page.count, 0);
    assert_int_equal(page.total, ACTIVE);
    assert_null(page.next_cursor);
}

static void expect_written(struct scope *scope, const struct list_query *query,
                           const struct list_page *page, const char *start, const char *end)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    list_write(&text, query, page);
    if (strncmp(text.data, start, strlen(start)) != 0 || !strstr(text.data, end))
        unit_fail("%s\n", text.data);
}

static void test_written(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct pair pairs[] = {{"per_page", "2"}, {"sort", "id"}, {"cursor", NULL}};
    struct list_query query;
    struct list_page page;

    assert_true(run(scope, pairs, 2, &query, &page));
    expect_written(
        scope, &query, &page, "{\"things\":[{\"id\":1,",
        "}],\"pagination\":{\"page\":1,\"per_page\":2,\"total\":54,\"total_is_exact\":true,"
        "\"pages\":27,\"next_cursor\":\"");
    pairs[2].value = page.next_cursor;
    assert_true(run(scope, pairs, 3, &query, &page));
    expect_written(scope, &query, &page, "{\"things\":[{\"id\":3,", "\"page\":null");
    pairs[0] = (struct pair){"name", "none"};
    assert_true(run(scope, pairs, 1, &query, &page));
    expect_written(scope, &query, &page, "{\"things\":[],",
                   "\"total\":0,\"total_is_exact\":true,\"pages\":0,\"next_cursor\":null}}");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("pages show each row once, however many are equal", test_pages),
        TEST("cursors lead through each row once, in every order", test_cursors),
        TEST("cursors give the order that pages have", test_same_order),
        TEST("filters are exact, and their characters literal", test_filters),
        TEST("a condition finds rows by a value that their table does not hold", test_condition),
        TEST("the farthest page is empty, with the true total", test_far_page),
        TEST("a page is written with what leads on", test_written),
    };

    return cmocka_run_group_tests_name("model/list_run", tests, NULL, NULL);
}
