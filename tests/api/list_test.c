/* list_test.c - lists: pages, filters, orders, and what is refused */
#include "support/api.h"
#include "support/api_items.h"

static const struct api_reply *list(struct api *api, const char *query)
{
    return api_expect(api, 200, "GET", api_format(api, "/api/items?%s", query), NULL, NULL);
}

static void a_list_is_twenty_rows_newest_first(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = api_expect(api, 200, "GET", "/api/items", NULL, NULL);

    assert_string_equal(api_item_ids(api, reply, "items"),
                        "20,19,18,17,16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1");
    assert_int_equal(api_int(reply, "/data/pagination/page"), 1);
    assert_int_equal(api_int(reply, "/data/pagination/per_page"), 20);
    assert_int_equal(api_int(reply, "/data/pagination/total"), 20);
    assert_int_equal(api_int(reply, "/data/pagination/pages"), 1);
    assert_true(api_bool(reply, "/data/pagination/total_is_exact"));
    assert_string_equal(api_raw(reply, "/data/pagination/next_cursor"), "null");
}

static void pages_follow_each_other(void **state)
{
    static const char *const pages[] = {"20,19,18,17,16,15,14", "13,12,11,10,9,8,7", "6,5,4,3,2,1"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(pages); i++) {
        const struct api_reply *reply = list(api, api_format(api, "per_page=7&page=%zu", i + 1));

        assert_string_equal(api_item_ids(api, reply, "items"), pages[i]);
        assert_int_equal(api_int(reply, "/data/pagination/page"), i + 1);
        assert_int_equal(api_int(reply, "/data/pagination/pages"), 3);
        assert_int_equal(api_int(reply, "/data/pagination/total"), 20);
    }
}

static void a_page_past_the_end_is_empty_with_the_true_total(void **state)
{
    static const char *const queries[] = {"page=2", "page=1000000", "per_page=1&page=21",
                                          "page=1000000000"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(queries); i++) {
        const struct api_reply *reply = list(api, queries[i]);

        assert_int_equal(api_count(reply, "/data/items"), 0);
        assert_int_equal(api_int(reply, "/data/pagination/total"), 20);
    }
}

static void every_filter_means_what_it_says(void **state)
{
    static const char *const cases[][2] = {
        {"category_id=2", "category_id = 2"},
        {"category_id=6", "category_id = 6"},
        {"category_id=9223372036854775807", "false"},
        {"min_price=9.99", "price >= 9.99"},
        {"max_price=9.99", "price <= 9.99"},
        {"min_price=9.99&max_price=9.99", "price = 9.99"},
        {"min_price=0.3", "price >= 0.3"},
        {"max_price=0", "price <= 0"},
        {"min_price=99999999.99", "price >= 99999999.99"},
        {"min_price=5&max_price=1", "false"},
        {"min_quantity=40", "quantity >= 40"},
        {"max_quantity=0", "quantity <= 0"},
        {"min_quantity=2147483647", "quantity >= 2147483647"},
        {"created_after=2026-02-08T08:00:00Z", "created_at > '2026-02-08 08:00:00Z'"},
        {"created_before=2026-02-08T08:00:00Z", "created_at < '2026-02-08 08:00:00Z'"},
        {"created_after=2026-02-08T09:00:00%2B01:00", "created_at > '2026-02-08 08:00:00Z'"},
        {"created_after=2026-02-08T07:59:59.999999Z", "created_at > '2026-02-08 07:59:59.999999Z'"},
        {"category_id=4&min_price=1&max_quantity=30&created_before=2026-02-07T00:00:00Z",
         "category_id = 4 AND price >= 1 AND quantity <= 30 AND created_at < '2026-02-07Z'"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *reply = list(api, cases[i][0]);

        assert_string_equal(
            api_item_ids(api, reply, "items"),
            api_item_ids_in_database(api, cases[i][1], "created_at DESC, id DESC", 20));
        assert_int_equal(api_int(reply, "/data/pagination/total"), api_count(reply, "/data/items"));
    }
}

static void every_order_is_that_of_the_database_with_ties_broken_by_id(void **state)
{
    static const char *const cases[][2] = {
        {"price", "price, id"},
        {"-price", "price DESC, id DESC"},
        {"name", "name, id"},
        {"-name", "name DESC, id DESC"},
        {"quantity", "quantity, id"},
        {"id", "id"},
        {"-id", "id DESC"},
        {"created_at", "created_at, id"},
        {"updated_at,-price", "updated_at, price DESC, id DESC"},
        {"-price,name", "price DESC, name, id"},
        {"price,-quantity,name", "price, quantity DESC, name, id"},
        {"price,-id", "price, id DESC"},
        {"price,quantity,name,created_at", "price, quantity, name, created_at, id"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(
            api_item_ids(api, list(api, api_format(api, "sort=%s", cases[i][0])), "items"),
            api_item_ids_in_database(api, "true", cases[i][1], 20));
}

static void a_wrong_parameter_is_400_by_its_name(void **state)
{
    static const struct {
        const char *query, *field, *code;
    } cases[] = {
        {"page=0", "page", "out_of_range"},
        {"page=-1", "page", "out_of_range"},
        {"page=abc", "page", "out_of_range"},
        {"page=", "page", "out_of_range"},
        {"page", "page", "out_of_range"},
        {"page=1.5", "page", "out_of_range"},
        {"page=%201", "page", "out_of_range"},
        {"page=+1", "page", "out_of_range"},
        {"page=1e3", "page", "out_of_range"},
        {"page=9223372036854775807", "page", "out_of_range"},
        {"page=9223372036854775808", "page", "out_of_range"},
        {"page=99999999999999999999999", "page", "out_of_range"},
        {"page=1&page=2", "page", "duplicate"},
        {"per_page=0", "per_page", "out_of_range"},
        {"per_page=-5", "per_page", "out_of_range"},
        {"per_page=101", "per_page", "out_of_range"},
        {"per_page=18446744073709551617", "per_page", "out_of_range"},
        {"per_page=ten", "per_page", "out_of_range"},
        {"sort=", "sort", "unknown_column"},
        {"sort=-", "sort", "unknown_column"},
        {"sort=colour", "sort", "unknown_column"},
        {"sort=description", "sort", "unknown_column"},
        {"sort=category_id", "sort", "unknown_column"},
        {"sort=is_active", "sort", "unknown_column"},
        {"sort=price,", "sort", "unknown_column"},
        {"sort=,price", "sort", "unknown_column"},
        {"sort=price%20DESC", "sort", "unknown_column"},
        {"sort=price;name", "sort", "unknown_column"},
        {"sort=--price", "sort", "unknown_column"},
        {"sort=(SELECT%201)", "sort", "unknown_column"},
        {"sort=PRICE", "sort", "unknown_column"},
        {"sort=price,price", "sort", "duplicate"},
        {"sort=price,-price", "sort", "duplicate"},
        {"sort=price,name,quantity,created_at,updated_at", "sort", "too_many"},
        {"category_id=", "category_id", "not_an_integer"},
        {"category_id=0", "category_id", "too_small"},
        {"category_id=-1", "category_id", "too_small"},
        {"category_id=abc", "category_id", "not_an_integer"},
        {"category_id=1.0", "category_id", "not_an_integer"},
        {"category_id=9223372036854775808", "category_id", "not_an_integer"},
        {"category_id=1%20OR%201=1", "category_id", "not_an_integer"},
        {"category_id=1&category_id=2", "category_id", "duplicate"},
        {"min_price=abc", "min_price", "invalid_number"},
        {"min_price=", "min_price", "invalid_number"},
        {"min_price=NaN", "min_price", "invalid_number"},
        {"min_price=1e2", "min_price", "invalid_number"},
        {"min_price=.5", "min_price", "invalid_number"},
        {"min_price=-1", "min_price", "too_small"},
        {"max_price=1.999", "max_price", "too_precise"},
        {"max_price=100000000", "max_price", "too_large"},
        {"min_quantity=x", "min_quantity", "not_an_integer"},
        {"max_quantity=2147483648", "max_quantity", "too_large"},
        {"created_after=yesterday", "created_after", "invalid_time"},
        {"created_after=2026-02-30T00:00:00Z", "created_after", "invalid_time"},
        {"created_after=2026-02-08", "created_after", "invalid_time"},
        {"created_after=now", "created_after", "invalid_time"},
        {"created_before=infinity", "created_before", "invalid_time"},
        {"created_after=2026-02-08T09:00:00+01:00", "created_after", "invalid_time"},
        {"min_price=null", "min_price", "invalid_number"},
        {"category_id=NULL", "category_id", "not_an_integer"},
        {"q=", "q", "blank"},
        {"q=%20%E3%80%80", "q", "blank"},
        {"q=a+b+c+d+e+f+g+h+i", "q", "too_many"},
        {"q=a&q=b", "q", "duplicate"},
        {"q=%FF", NULL, NULL},
        {"q=a%00b", NULL, NULL},
        {"ids=", "ids", "not_an_id"},
        {"ids=1,", "ids", "not_an_id"},
        {"ids=1,a", "ids", "not_an_id"},
        {"ids=0", "ids", "not_an_id"},
        {"ids=-1", "ids", "not_an_id"},
        {"ids=1,9223372036854775808", "ids", "not_an_id"},
        {"ids=1&ids=2", "ids", "duplicate"},
        {"deleted=", "deleted", "unknown_choice"},
        {"deleted=true", "deleted", "unknown_choice"},
        {"deleted=all", "deleted", "unknown_choice"},
        {"count=", "count", "unknown_choice"},
        {"count=EXACT", "count", "unknown_choice"},
        {"name=Apron", "name", "unknown_parameter"},
        {"price=9.99", "price", "unknown_parameter"},
        {"id=1", "id", "unknown_parameter"},
        {"is_active=false", "is_active", "unknown_parameter"},
        {"min_name=a", "min_name", "unknown_parameter"},
        {"min_created_at=1", "min_created_at", "unknown_parameter"},
        {"created_at_after=2026-02-08T08:00:00Z", "created_at_after", "unknown_parameter"},
        {"Page=1", "Page", "unknown_parameter"},
        {"page%00=1", NULL, NULL},
        {"cursor=", "cursor", "invalid"},
        {"cursor=abc", "cursor", "invalid"},
        {"cursor=AAAA%2B", "cursor", "invalid"},
        {"cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cursor", "invalid"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *reply =
            api_call(api, "GET", api_format(api, "/api/items?%s", cases[i].query), NULL, NULL);

        if (reply->status != 400)
            unit_fail("%s gave %d", cases[i].query, reply->status);
        if (cases[i].field)
            api_must_refuse(reply, cases[i].field, cases[i].code);
        else
            api_must_fail(reply, "MALFORMED_REQUEST");
    }
}

/* What only some lists have. */
static void a_list_takes_no_parameter_of_another(void **state)
{
    struct api *api = *state;
    const char *admin = api->tokens[API_ADMIN];

    api_must_refuse(api_call(api, "GET", "/api/categories?q=a", NULL, NULL), "q",
                    "unknown_parameter");
    api_must_refuse(api_call(api, "GET", "/api/users?deleted=only", admin, NULL), "deleted",
                    "unknown_parameter");
}

static void deleted_rows_are_for_those_who_may_see_them(void **state)
{
    static const char *const targets[] = {"/api/items?deleted=only", "/api/items?deleted=with",
                                          "/api/categories?deleted=only"};
    static const int statuses[API_ROLE_COUNT] = {
        [API_ANYBODY] = 401, [API_VIEWER] = 403, [API_EDITOR] = 200, [API_ADMIN] = 200};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(targets); i++) {
        for (int role = 0; role < API_ROLE_COUNT; role++)
            api_expect(api, statuses[role], "GET", targets[i], api->tokens[role], NULL);
    }
}

static void messages_are_sentences(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = api_expect(
        api, 400, "GET", "/api/items?category_id=x&per_page=0&deleted=no&ids=x", NULL, NULL);

    assert_string_equal(api_text(reply, "/error/message"), "Category id must be a whole number");
    assert_string_equal(api_text(reply, "/error/details/errors/1/message"),
                        "Per page must be a whole number from 1 to 100");
    assert_string_equal(api_text(reply, "/error/details/errors/2/message"),
                        "Deleted must be one of only, with");
    assert_string_equal(api_text(reply, "/error/details/errors/3/message"),
                        "Ids must be whole numbers from 1, with commas between them");
}

static void all_wrong_parameters_are_told_at_once(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = api_expect(
        api, 400, "GET", "/api/items?page=0&per_page=101&min_price=x&nothing=1", NULL, NULL);

    assert_int_equal(api_count(reply, "/error/details/errors"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_twenty_rows_newest_first),
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(a_page_past_the_end_is_empty_with_the_true_total),
        cmocka_unit_test(every_filter_means_what_it_says),
        cmocka_unit_test(every_order_is_that_of_the_database_with_ties_broken_by_id),
        cmocka_unit_test(a_wrong_parameter_is_400_by_its_name),
        cmocka_unit_test(a_list_takes_no_parameter_of_another),
        cmocka_unit_test(deleted_rows_are_for_those_who_may_see_them),
        cmocka_unit_test(messages_are_sentences),
        cmocka_unit_test(all_wrong_parameters_are_told_at_once),
    };

    return cmocka_run_group_tests_name("lists", tests, api_make, api_drop);
}
