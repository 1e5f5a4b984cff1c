/* cursor_test.c - going through a list by cursors, whatever its order, whoever writes meanwhile */
#include "support/api.h"
#include "support/api_items.h"

#include <string.h>

static const struct api_reply *list(struct api *api, const char *query)
{
    return api_expect(api, 200, "GET", api_format(api, "/api/items?%s", query), NULL, NULL);
}

/* Goes through a list by its cursors and gives all ids. `between` runs before each further page. */
static const char *walk(struct api *api, const char *query,
                        void (*between)(struct api *api, size_t pages))
{
    const char *ids = "", *next = "";
    size_t pages = 0;

    do {
        const struct api_reply *reply = list(api, api_format(api, "%s%s", query, next));
        const char *page = api_item_ids(api, reply, "items");
        const char *cursor = api_raw(reply, "/data/pagination/next_cursor");

        ids = api_format(api, "%s%s%s", ids, *ids && *page ? "," : "", page);
        if (*next)
            assert_string_equal(api_raw(reply, "/data/pagination/page"), "null");
        if (strcmp(cursor, "null") == 0)
            return ids;
        next = api_format(api, "&cursor=%s", api_text(reply, "/data/pagination/next_cursor"));
        if (between)
            between(api, pages);
    } while (++pages < 50);
    unit_fail("the list does not end");
    return NULL;
}

static void cursors_lead_through_every_order_to_its_end(void **state)
{
    static const char *const cases[][2] = {
        {"", "created_at DESC, id DESC"},
        {"&sort=price", "price, id"},
        {"&sort=-price", "price DESC, id DESC"},
        {"&sort=-price,name", "price DESC, name, id"},
        {"&sort=name", "name, id"},
        {"&sort=quantity,-price", "quantity, price DESC, id DESC"},
        {"&sort=price,-id", "price, id DESC"},
        {"&sort=-created_at,price", "created_at DESC, price, id"},
        {"&sort=price,quantity,name,-created_at",
         "price, quantity, name, created_at DESC, id DESC"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int per_page = 1; per_page <= 7; per_page += 2)
            assert_string_equal(
                walk(api, api_format(api, "per_page=%d%s", per_page, cases[i][0]), NULL),
                api_item_ids_in_database(api, "true", cases[i][1], 100));
    }
}

static void cursors_keep_the_filters_that_are_sent_along(void **state)
{
    struct api *api = *state;

    assert_string_equal(
        walk(api, "per_page=2&sort=price&category_id=4&min_price=1", NULL),
        api_item_ids_in_database(api, "category_id = 4 AND price >= 1", "price, id", 100));
}

/* For the first pages only: an order by age would never end. */
static void insert_rows(struct api *api, size_t pages)
{
    if (pages > 4)
        return;
    api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR],
               "{\"name\":\"Between\",\"price\":9.99}");
    api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR],
               "{\"name\":\"Aardvark\",\"price\":0}");
}

/* Each row that was there all the time appears exactly once, in order, whatever comes meanwhile. */
static void rows_that_come_meanwhile_neither_hide_nor_repeat_others(void **state)
{
    static const char *const cases[][2] = {
        {"sort=price", "price, id"}, {"sort=-price", "price DESC, id DESC"},
        {"sort=name", "name, id"},   {"", "created_at DESC, id DESC"},
        {"sort=id", "id"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *seen =
            walk(api, api_format(api, "per_page=3%s%s", *cases[i][0] ? "&" : "", cases[i][0]),
                 insert_rows);
        const char *old_ones = api_ask(
            api, api_format(api,
                            "SELECT string_agg(id, ',' ORDER BY n) FROM unnest(string_to_array("
                            "'%s', ',')) WITH ORDINALITY AS seen (id, n) WHERE id::bigint <= 20",
                            seen));
        const char *twice = api_ask(
            api, api_format(api,
                            "SELECT id FROM unnest(string_to_array('%s', ',')) AS seen (id) "
                            "GROUP BY id HAVING count(*) > 1",
                            seen));

        assert_string_equal(twice, "");
        assert_string_equal(old_ones, api_item_ids_in_database(api, "id <= 20", cases[i][1], 100));
    }
}

static const char *first_cursor(struct api *api, const char *target)
{
    return api_text(api_expect(api, 200, "GET", target, NULL, NULL),
                    "/data/pagination/next_cursor");
}

static void must_refuse_cursor(struct api *api, const char *target, const char *code)
{
    api_must_refuse(api_call(api, "GET", target, NULL, NULL), "cursor", code);
}

static void a_cursor_with_one_letter_changed_is_refused(void **state)
{
    struct api *api = *state;
    const char *cursor = first_cursor(api, "/api/items?per_page=2&sort=price");

    for (size_t i = 0; cursor[i]; i++) {
        char *changed = arena_copy(&api->scope.arena, cursor, strlen(cursor));

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        must_refuse_cursor(api, api_format(api, "/api/items?cursor=%s", changed), "invalid");
    }
    must_refuse_cursor(
        api, api_format(api, "/api/items?cursor=%.*s", (int)strlen(cursor) - 4, cursor), "invalid");
    must_refuse_cursor(api, api_format(api, "/api/items?cursor=%sAAAA", cursor), "invalid");
}

static void a_cursor_belongs_to_its_list_and_order(void **state)
{
    struct api *api = *state;
    const char *cursor = first_cursor(api, "/api/items?per_page=2&sort=price");

    must_refuse_cursor(api, api_format(api, "/api/items?sort=name&cursor=%s", cursor), "invalid");
    must_refuse_cursor(api, api_format(api, "/api/items?sort=-price&cursor=%s", cursor), "invalid");
    must_refuse_cursor(api, api_format(api, "/api/categories?cursor=%s", cursor), "invalid");
    must_refuse_cursor(api, api_format(api, "/api/items?page=2&cursor=%s", cursor), "conflict");
    api_expect(api, 200, "GET", api_format(api, "/api/items?sort=price&cursor=%s", cursor), NULL,
               NULL);
    api_expect(api, 200, "GET", api_format(api, "/api/items?cursor=%s&per_page=5", cursor), NULL,
               NULL);
}

static void a_cursor_of_another_key_is_refused(void **state)
{
    struct api *api = *state;
    const char *cursor = first_cursor(api, "/api/items?per_page=2");

    api->app.config.cursor_key[0] ^= 1;
    must_refuse_cursor(api, api_format(api, "/api/items?cursor=%s", cursor), "invalid");
}

static void a_cursor_of_a_text_with_any_character_works(void **state)
{
    struct api *api = *state;

    assert_string_equal(walk(api, "per_page=1&sort=name&category_id=3", NULL),
                        api_item_ids_in_database(api, "category_id = 3", "name, id", 100));
    assert_string_equal(
        walk(api, "per_page=1&sort=-name&category_id=5", NULL),
        api_item_ids_in_database(api, "category_id = 5", "name DESC, id DESC", 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursors_lead_through_every_order_to_its_end),
        cmocka_unit_test(cursors_keep_the_filters_that_are_sent_along),
        cmocka_unit_test(a_cursor_with_one_letter_changed_is_refused),
        cmocka_unit_test(a_cursor_belongs_to_its_list_and_order),
        cmocka_unit_test(a_cursor_of_a_text_with_any_character_works),
        api_unit_test(a_cursor_of_another_key_is_refused),
        api_unit_test(rows_that_come_meanwhile_neither_hide_nor_repeat_others),
    };

    return cmocka_run_group_tests_name("cursors", tests, api_make, api_drop);
}
