/* selection_test.c - fields and include: what of a row, and what beside it, is shown */
#include "support/api.h"
#include "support/api_items.h"

#include <json-c/json.h>
#include <string.h>

static const struct api_reply *get(struct api *api, const char *target)
{
    return api_expect(api, 200, "GET", target, NULL, NULL);
}

/* Data of an answer, as written. */
static const char *data(struct api *api, const char *target)
{
    return api_raw(get(api, target), "/data");
}

static void fields_cuts_rows_and_keeps_the_columns_order(void **state)
{
    struct api *api = *state;

    assert_string_equal(data(api, "/api/items/1?fields=name,id"),
                        api_format(api, "{\"id\":1,\"name\":\"%s\"}",
                                   api_ask(api, "SELECT name FROM items WHERE id = 1")));
    const struct api_reply *reply = get(api, "/api/items?fields=price,id&per_page=3");

    assert_int_equal(api_count(reply, "/data/items"), 3);
    assert_string_equal(api_item_ids(api, reply, "items"), "20,19,18");
}

/* Each page leads on, though the keys of its order are not shown. */
static void a_cut_list_leads_on(void **state)
{
    struct api *api = *state;
    const char *target = "/api/items?fields=id&sort=-price,name&per_page=7";
    const struct api_reply *first = get(api, target);
    const struct api_reply *second =
        get(api, api_format(api, "%s&cursor=%s", target,
                            api_text(first, "/data/pagination/next_cursor")));

    assert_string_equal(api_format(api, "%s,%s", api_item_ids(api, first, "items"),
                                   api_item_ids(api, second, "items")),
                        api_item_ids_in_database(api, "true", "price DESC, name, id", 14));
}

/* What PostgreSQL was last asked by the program itself: its one connection but ours. */
static const char *last_statement(struct api *api)
{
    return api_ask(api, "SELECT query FROM pg_stat_activity WHERE datname = current_database() "
                        "AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1");
}

static void what_is_not_shown_is_not_read(void **state)
{
    static const char *const targets[] = {"/api/items/1?fields=id,name",
                                          "/api/items?fields=id,name&sort=id&count=none"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(targets); i++) {
        get(api, targets[i]);
        const char *statement = last_statement(api);

        assert_non_null(strstr(statement, "items.name"));
        assert_null(strstr(statement, "description"));
        assert_null(strstr(statement, "categories"));
    }
}

static void include_shows_the_row_that_is_pointed_to(void **state)
{
    struct api *api = *state;
    const char *id = api_ask(api, "SELECT min(id) FROM items WHERE category_id = 2 AND is_active");
    const struct api_reply *reply = get(api, api_format(api, "/api/items/%s?include=category", id));

    assert_int_equal(api_int(reply, "/data/category/id"), 2);
    assert_string_equal(api_raw(reply, "/data/category"),
                        api_raw(get(api, "/api/categories/2"), "/data"));
    assert_int_equal(api_int(reply, "/data/category_id"), 2);
}

/* One join serves a whole page; rows without a category have none to show. */
static void a_list_includes_by_one_statement(void **state)
{
    struct api *api = *state;
    const struct api_reply *plain = get(api, "/api/items?per_page=100");
    const struct api_reply *reply = get(api, "/api/items?per_page=100&include=category");
    size_t count = api_count(reply, "/data/items"), without = 0;

    assert_int_equal(api_logged(reply, "queries"), api_logged(plain, "queries"));
    assert_int_equal(count, api_count(plain, "/data/items"));
    for (size_t i = 0; i < count; i++) {
        const char *category_id = api_raw(reply, api_format(api, "/data/items/%zu/category_id", i));
        bool has_none = strcmp(category_id, "null") == 0;

        assert_string_equal(
            api_raw(reply, api_format(api, "/data/items/%zu/category%s", i, has_none ? "" : "/id")),
            category_id);
        without += has_none;
    }
    assert_true(without > 0 && without < count);
}

static void a_list_with_a_join_is_filtered_and_sorted_as_ever(void **state)
{
    static const char *const queries[] = {"sort=name", "sort=-id", "category_id=2&sort=-price,name",
                                          "created_after=2026-01-01T00:00:00Z&sort=created_at",
                                          "min_price=2&page=2&per_page=5"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(queries); i++)
        assert_string_equal(
            api_item_ids(api, get(api, api_format(api, "/api/items?%s", queries[i])), "items"),
            api_item_ids(api,
                         get(api, api_format(api, "/api/items?%s&include=category", queries[i])),
                         "items"));
}

static void a_category_shows_its_parent_and_how_many_items_it_has(void **state)
{
    struct api *api = *state;
    const char *target = "/api/categories?include=items_count,parent&per_page=100";
    const struct api_reply *reply = get(api, target);
    size_t count = api_count(reply, "/data/categories");

    assert_true(count > 3);
    for (size_t i = 0; i < count; i++) {
        int64_t id = api_int(reply, api_format(api, "/data/categories/%zu/id", i));

        assert_string_equal(
            api_raw(reply, api_format(api, "/data/categories/%zu/items_count", i)),
            api_ask(api, api_format(api,
                                    "SELECT count(*) FROM items WHERE is_active AND category_id = "
                                    "%lld",
                                    (long long)id)));
    }
    assert_string_equal(
        api_raw(get(api, "/api/categories/2?fields=id&include=items_count"), "/data/items_count"),
        api_ask(api, "SELECT count(*) FROM items WHERE is_active AND category_id "
                     "= 2"));
}

/* The count is of the moment, and of rows that are not deleted. */
static void the_count_follows_its_items(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const char *target = "/api/categories/3?include=items_count";
    int64_t before = api_int(get(api, target), "/data/items_count");
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/items", editor,
                   "{\"name\":\"Counted\",\"price\":1,\"category_id\":3}");

    assert_int_equal(api_int(get(api, target), "/data/items_count"), before + 1);
    api_expect(api, 200, "DELETE", api_header(api, made, "Location"), editor, NULL);
    assert_int_equal(api_int(get(api, target), "/data/items_count"), before);
}

/* A tag promises that the same answer would come again; the version cannot promise it for a join.
 */
static void only_a_row_by_itself_has_an_entity_tag(void **state)
{
    static const struct {
        const char *query;
        bool has_tag;
    } cases[] = {{"", true},
                 {"?fields=id", true},
                 {"?include=category", false},
                 {"?fields=id,version&include=category", false}};
    static const char *const known[] = {"HTTP_IF_NONE_MATCH=\"1\"", NULL};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_request request = {
            .target = api_format(api, "/api/items/1%s", cases[i].query), .variables = known};

        assert_int_equal(api_header(api, get(api, request.target), "ETag") != NULL,
                         cases[i].has_tag);
        assert_int_equal(api_send(api, &request)->status, cases[i].has_tag ? 304 : 200);
    }
}

static void a_wrong_name_is_400_on_rows_and_lists(void **state)
{
    static const struct {
        const char *query, *field, *code;
    } cases[] = {
        {"fields=", "fields", "empty_name"},
        {"fields=id,,name", "fields", "empty_name"},
        {"fields=colour", "fields", "unknown_name"},
        {"fields=search_text", "fields", "unknown_name"},
        {"fields=category", "fields", "unknown_name"},
        {"fields=id,id", "fields", "duplicate"},
        {"fields=id&fields=name", "fields", "duplicate"},
        {"fields=1;DROP%20TABLE%20items", "fields", "unknown_name"},
        {"include=", "include", "empty_name"},
        {"include=category_id", "include", "unknown_name"},
        {"include=categories", "include", "unknown_name"},
        {"include=category,category", "include", "duplicate"},
        {"Fields=id", "Fields", "unknown_parameter"},
    };
    static const char *const paths[] = {"/api/items/1", "/api/items"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases) * 2; i++) {
        const char *target = api_format(api, "%s?%s", paths[i % 2], cases[i / 2].query);

        api_must_refuse(api_call(api, "GET", target, NULL, NULL), cases[i / 2].field,
                        cases[i / 2].code);
    }
}

static void writes_take_no_fields(void **state)
{
    struct api *api = *state;

    api_must_refuse(api_call(api, "PATCH", "/api/items/1?fields=id", api->tokens[API_EDITOR], "{}"),
                    "fields", "unknown_parameter");
}

/* So do rows that no table of their own address names. */
static void the_callers_own_account_can_be_cut(void **state)
{
    struct api *api = *state;
    const struct api_reply *me = api_expect(api, 200, "GET", "/api/users/me?fields=roles,email",
                                            api->tokens[API_VIEWER], NULL);

    assert_string_equal(api_text(me, "/data/email"), "viewer@example.com");
    api_must_refuse(
        api_call(api, "GET", "/api/users/me?fields=password_hash", api->tokens[API_VIEWER], NULL),
        "fields", "unknown_name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_cuts_rows_and_keeps_the_columns_order),
        cmocka_unit_test(a_cut_list_leads_on),
        cmocka_unit_test(what_is_not_shown_is_not_read),
        cmocka_unit_test(include_shows_the_row_that_is_pointed_to),
        cmocka_unit_test(a_list_includes_by_one_statement),
        cmocka_unit_test(a_list_with_a_join_is_filtered_and_sorted_as_ever),
        cmocka_unit_test(a_category_shows_its_parent_and_how_many_items_it_has),
        cmocka_unit_test(the_count_follows_its_items),
        cmocka_unit_test(only_a_row_by_itself_has_an_entity_tag),
        cmocka_unit_test(a_wrong_name_is_400_on_rows_and_lists),
        cmocka_unit_test(writes_take_no_fields),
        cmocka_unit_test(the_callers_own_account_can_be_cut),
    };

    return cmocka_run_group_tests_name("selection", tests, api_make, api_drop);
}
