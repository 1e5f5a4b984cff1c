/* list_rows_test.c - lists by words, by ids, of deleted rows, and of rows without a category */
#include "support/api.h"
#include "support/api_items.h"

#include <string.h>

static const struct api_reply *list(struct api *api, const char *query)
{
    return api_expect(api, 200, "GET", api_format(api, "/api/items?%s", query),
                      api->tokens[API_EDITOR], NULL);
}

/* The ids that a query gives, in ascending order. */
static const char *ids_of(struct api *api, const char *query)
{
    return api_item_ids(api, list(api, api_format(api, "%s&sort=id&per_page=100", query)), "items");
}

static const char *add_item(struct api *api, const char *name, const char *description)
{
    const struct api_reply *made = api_expect(
        api, 201, "POST", "/api/items", api->tokens[API_EDITOR],
        api_format(api, "{\"name\":\"%s\",\"description\":\"%s\",\"price\":1}", name, description));

    return api_raw(made, "/data/id");
}

static void each_word_is_found_whatever_its_case_and_accents(void **state)
{
    struct api *api = *state;
    const char *zorble = add_item(api, "Émaillé ZORBLE", "Whistles for 100% tea_time");
    const char *paper = add_item(api, "Papier d’emballage", "Für Straße und Καφές, 漢字");
    const struct {
        const char *query, *ids;
    } cases[] = {
        {"q=zorble+emaille", zorble},
        {"q=Z%C3%93RBL%C3%89", zorble},
        {"q=emaille+whistles", zorble},
        {"q=orbl", zorble},
        {"q=fur+papier", paper},
        {"q=%CE%9A%CE%B1%CF%86", paper},
        {"q=%E6%BC%A2", paper},
        {"q=zorble+papier", ""},
        {"q=100%25", api_format(api, "15,%s", zorble)},
        {"q=tea_t", zorble},
        {"q=tea%25time", ""},
        {"q=tea-time", ""},
        {"q=%5C", "16"},
        {"q=drill_bit%5C4", "16"},
        {"q=drill-bit", ""},
        {"q=CREME+brulee", "10"},
        {"q=%D1%81%D0%B0%D0%BC%D0%9E%D0%92", "13"},
        {"q='%22", ""},
        {"q=zorble%20xyzzy", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(ids_of(api, cases[i].query), cases[i].ids);
}

static void only_the_ids_asked_for_are_shown(void **state)
{
    struct api *api = *state;

    assert_string_equal(ids_of(api, "ids=3,1,2"), "1,2,3");
    assert_string_equal(ids_of(api, "ids=3,3,03"), "3");
    assert_string_equal(ids_of(api, "ids=9223372036854775807"), "");
    assert_string_equal(ids_of(api, "ids=1,2,3&category_id=9223372036854775807"), "");
    assert_int_equal(api_int(list(api, "ids=1,2,3"), "/data/pagination/total"), 3);
}

static void deleted_rows_are_shown_alone_or_with_the_others(void **state)
{
    struct api *api = *state;
    const char *id = add_item(api, "Gone", "x");

    api_expect(api, 200, "DELETE", api_format(api, "/api/items/%s", id), api->tokens[API_EDITOR],
               NULL);
    const char *query = api_format(api, "ids=1,%s", id);

    assert_string_equal(ids_of(api, query), "1");
    assert_string_equal(ids_of(api, api_format(api, "%s&deleted=only", query)), id);
    assert_string_equal(ids_of(api, api_format(api, "%s&deleted=with", query)),
                        api_format(api, "1,%s", id));
    const struct api_reply *reply = list(api, "deleted=only");

    assert_false(api_bool(reply, "/data/items/0/is_active"));
    assert_string_equal(
        api_format(api, "%lld", (long long)api_int(reply, "/data/pagination/total")),
        api_ask(api, "SELECT count(*) FROM items WHERE NOT is_active"));
}

static void null_asks_for_rows_without_a_category(void **state)
{
    struct api *api = *state;

    assert_string_equal(ids_of(api, "category_id=null"),
                        api_item_ids_in_database(api, "category_id IS NULL", "id", 100));
    assert_true(strlen(ids_of(api, "category_id=null")) > 0);
}

static void the_total_is_counted_as_asked(void **state)
{
    struct api *api = *state;
    const char *all = api_ask(api, "SELECT count(*) FROM items WHERE is_active");

    assert_string_equal(api_raw(list(api, "count=exact"), "/data/pagination/total"), all);
    assert_true(api_bool(list(api, "count=exact&q=e"), "/data/pagination/total_is_exact"));
    assert_string_equal(api_raw(list(api, "count=none"), "/data/pagination/total"), "null");
    assert_string_equal(api_raw(list(api, "count=none"), "/data/pagination/pages"), "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_word_is_found_whatever_its_case_and_accents),
        cmocka_unit_test(only_the_ids_asked_for_are_shown),
        cmocka_unit_test(deleted_rows_are_shown_alone_or_with_the_others),
        cmocka_unit_test(null_asks_for_rows_without_a_category),
        cmocka_unit_test(the_total_is_counted_as_asked),
    };

    return cmocka_run_group_tests_name("list rows", tests, api_make, api_drop);
}
