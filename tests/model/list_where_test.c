/* list_where_test.c - tests of model/list_where: words, ids, deletion, NULL, and joined names */
#include "keel/model/list.h"

#include "../support/asking.h"
#include "../support/listing.h"
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    listing_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope,
                "INSERT INTO items (name, description, price, category_id, is_active) VALUES"
                " ('Crème brûlée', 'Dessert, 100% sweet', 1, 1, true),"
                " ('Kettle_1', 'Whistles. BRÛLÉE no', 2, 2, true),"
                " ('Kettle 1', NULL, 3, NULL, true),"
                " ('back\\slash', 'a ％ sign', 4, NULL, true),"
                " ('Straße', 'ΣΊΣΥΦΟΣ', 5, 2, true),"
                " ('Gone kettle', 'deleted', 6, 2, false)");
    test_database_renew(database);
    return 0;
}

static void test_conditions(void **state)
{
    static const struct {
        const char *query, *ids;
    } cases[] = {
        {"q=kettle", "2,3"},
        {"q=KETTLE", "2,3"},
        {"q=ettl", "2,3"},
        {"q=brulee", "1,2"},
        {"q=BRÛLÉE", "1,2"},
        {"q=brulee whistles", "2"},
        {"q=whistles brulee", "2"},
        {"q=brulee nothing", ""},
        {"q=dessert creme", "1"},
        {"q=%", "1,4"},
        {"q=0%", "1"},
        {"q=％", "1,4"},
        {"q=_", "2"},
        {"q=e_1", "2"},
        {"q=_1", "2"},
        {"q=\\", "4"},
        {"q=k\\s", "4"},
        {"q=\\%", ""},
        {"q=kettle'", ""},
        {"q=strasse", "5"},
        {"q=σίσυφος", "5"},
        {"q=kettle&deleted=only", "6"},
        {"q=kettle&deleted=with", "2,3,6"},
        {"q=kettle&category_id=2", "2"},
        {"deleted=only", "6"},
        {"deleted=with&category_id=2", "2,5,6"},
        {"category_id=null", "3,4"},
        {"category_id=null&q=kettle", "3"},
        {"ids=3,1,1,6,77", "1,3"},
        {"ids=9223372036854775807", ""},
        {"ids=6&deleted=with", "6"},
        {"ids=1,2,3&min_price=2", "2,3"},
        /* Both tables have an id, a name and is_active. */
        {"include=category&ids=1,2,3,4", "1,2,3,4"},
        {"include=category&q=kettle&category_id=2&created_after=2026-01-01T00:00:00Z", "2"},
        {"include=category&deleted=with&sort=id,name&min_price=5", "5,6"},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope *scope = &database->scope;
        struct list_query list;
        struct list_page page;
        bool sorted = strstr(cases[i].query, "sort=") != NULL;
        const char *query =
            sorted ? cases[i].query : scope_format(scope, "%s&sort=id", cases[i].query);

        listing_must(scope, query, &list, &page);
        if (strcmp(listing_ids(scope, &list, &page), cases[i].ids) != 0)
            unit_fail("%s: %s", query, listing_ids(scope, &list, &page));
        test_database_renew(database);
    }
}

/* How many statements this connection keeps, with the one that asks. */
static int64_t count_kept(struct scope *scope)
{
    return strtoll(asking_text(scope, "SELECT count(*) FROM pg_prepared_statements"), NULL, 10);
}

/* A statement that is kept gets one plan in the end, so values that matter must not share one. */
static void test_what_is_kept(void **state)
{
    static const char *const kept[] = {"fields=id", "fields=id&category_id=2"};
    static const char *const not_kept[] = {"fields=id&min_price=2",
                                           "fields=id&q=kettle&count=exact",
                                           "fields=id&q=kettle&count=estimated&per_page=1",
                                           "fields=id&category_id=2&sort=name",
                                           "fields=id&category_id=null",
                                           "fields=id&ids=1,2&page=20"};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct list_query list;
    struct list_page page;
    int64_t before = count_kept(scope);

    for (size_t i = 0; i < COUNT(kept); i++)
        listing_must(scope, kept[i], &list, &page);
    assert_int_equal(count_kept(scope), before + (int64_t)COUNT(kept));
    for (size_t i = 0; i < COUNT(not_kept); i++)
        listing_must(scope, not_kept[i], &list, &page);
    assert_int_equal(count_kept(scope), before + (int64_t)COUNT(kept));
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, NULL, NULL, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each condition finds its rows, and wildcards find themselves", test_conditions),
        TEST("a statement is kept only where one plan serves all values", test_what_is_kept),
    };

    return cmocka_run_group_tests_name("model/list_where", tests, begin, listing_drop);
}
