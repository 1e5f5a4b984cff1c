/* categories_test.c - categories: their life, their tree, and what keeps them from going */
#include "support/api.h"

#include <string.h>

static const struct api_reply *make(struct api *api, const char *body)
{
    return api_call(api, "POST", "/api/categories", api->tokens[API_EDITOR], body);
}

static const char *make_named(struct api *api, const char *name, const char *parent)
{
    const struct api_reply *made =
        make(api, api_format(api, "{\"name\":\"%s\",\"parent_id\":%s}", name, parent));

    if (made->status != 201)
        unit_fail("%s: %s", name, made->body);
    return api_header(api, made, "Location");
}

static const char *id_in(const char *path)
{
    return strrchr(path, '/') + 1;
}

static const struct api_reply *patch(struct api *api, const char *path, const char *body)
{
    return api_call(api, "PATCH", path, api->tokens[API_EDITOR], body);
}

static void the_tree_of_the_seed_is_listed(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 200, "GET", "/api/categories?sort=id&parent_id=1", NULL, NULL);

    assert_int_equal(api_count(reply, "/data/categories"), 2);
    assert_string_equal(api_text(reply, "/data/categories/0/name"), "Kitchen");
    assert_string_equal(api_text(reply, "/data/categories/1/name"), "Workshop");
    reply = api_expect(api, 200, "GET", "/api/categories?name=K%C3%BCche+%26+%C3%96l", NULL, NULL);
    assert_int_equal(api_int(reply, "/data/categories/0/id"), 3);
    assert_int_equal(api_int(reply, "/data/pagination/total"), 1);
    api_expect(api, 404, "GET", "/api/categories/6", NULL, NULL);
}

static void a_category_lives_as_an_item_does(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const char *path = make_named(api, "Garden", "1");
    const char *restore = api_format(api, "%s/restore", path);
    const struct api_reply *reply = api_expect(api, 200, "GET", path, NULL, NULL);

    assert_string_equal(api_text(reply, "/data/name"), "Garden");
    assert_int_equal(api_int(reply, "/data/parent_id"), 1);
    reply = api_expect(api, 200, "PATCH", path, editor, "{\"name\":\"Yard\"}");
    assert_int_equal(api_int(reply, "/data/parent_id"), 1);
    reply = api_expect(api, 200, "PUT", path, editor, "{\"name\":\"Court\"}");
    assert_string_equal(api_raw(reply, "/data/parent_id"), "null");
    assert_int_equal(api_int(reply, "/data/version"), 3);
    reply = api_expect(api, 200, "DELETE", path, editor, NULL);
    assert_string_equal(api_text(reply, "/message"), "Category deleted");
    api_expect(api, 404, "GET", path, NULL, NULL);
    api_expect(api, 404, "DELETE", path, editor, NULL);
    reply = api_expect(api, 200, "POST", restore, editor, NULL);
    assert_string_equal(api_text(reply, "/data/name"), "Court");
    api_expect(api, 404, "POST", restore, editor, NULL);
}

static void a_name_is_1_to_80_characters_and_unique(void **state)
{
    struct api *api = *state;
    const char *name80 =
        "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖ";

    api_must_refuse(make(api, "{}"), "name", "required");
    api_must_refuse(make(api, "{\"name\":\"\"}"), "name", "blank");
    api_must_refuse(make(api, api_format(api, "{\"name\":\"%sx\"}", name80)), "name", "too_long");
    make_named(api, name80, "null");
    const struct api_reply *again = make(api, "{\"name\":\"Kitchen\"}");

    assert_int_equal(again->status, 409);
    api_must_fail(again, "CONFLICT");
    assert_string_equal(api_text(again, "/error/message"),
                        "Another Category with this name exists already");
    assert_int_equal(patch(api, "/api/categories/4", "{\"name\":\"Kitchen\"}")->status, 409);
    api_expect(api, 409, "PUT", "/api/categories/4", api->tokens[API_EDITOR],
               "{\"name\":\"Kitchen\"}");
}

static void two_at_once_with_one_name_give_one_201_and_one_409(void **state)
{
    struct api *api = *state;
    const struct api_request request = {.method = "POST",
                                        .target = "/api/categories",
                                        .token = api->tokens[API_EDITOR],
                                        .body = "{\"name\":\"Raced\"}"};
    const struct api_request requests[] = {request, request};
    const struct api_reply *replies[2];

    api_race(api, requests, 2, replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 201 + 409);
}

static void a_deleted_category_gives_its_name_free_and_may_not_get_it_back(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const char *first = make_named(api, "Phoenix", "null");

    api_expect(api, 200, "DELETE", first, editor, NULL);
    make_named(api, "Phoenix", "null");
    const struct api_reply *reply =
        api_expect(api, 409, "POST", api_format(api, "%s/restore", first), editor, NULL);

    api_must_fail(reply, "CONFLICT");
}

static void a_parent_that_is_not_there_or_deleted_is_refused(void **state)
{
    struct api *api = *state;

    api_must_refuse(make(api, "{\"name\":\"x1\",\"parent_id\":999999}"), "parent_id", "not_found");
    api_must_refuse(make(api, "{\"name\":\"x2\",\"parent_id\":6}"), "parent_id", "not_found");
    api_must_refuse(make(api, "{\"name\":\"x3\",\"parent_id\":0}"), "parent_id", "too_small");
    api_must_refuse(patch(api, "/api/categories/4", "{\"parent_id\":6}"), "parent_id", "not_found");
}

static void a_tree_never_gets_a_cycle(void **state)
{
    struct api *api = *state;
    const char *a = make_named(api, "Cycle A", "null");
    const char *b = make_named(api, "Cycle B", id_in(a));
    const char *c = make_named(api, "Cycle C", id_in(b));
    const char *paths[] = {a, b, c};

    for (size_t i = 0; i < COUNT(paths); i++)
        api_must_refuse(patch(api, a, api_format(api, "{\"parent_id\":%s}", id_in(paths[i]))),
                        "parent_id", "cycle");
    api_must_refuse(patch(api, b, api_format(api, "{\"parent_id\":%s}", id_in(c))), "parent_id",
                    "cycle");
    assert_int_equal(patch(api, c, api_format(api, "{\"parent_id\":%s}", id_in(a)))->status, 200);
}

/* Each move is harmless alone; both together would close a circle. */
static void two_moves_at_once_do_not_close_a_cycle(void **state)
{
    struct api *api = *state;
    const char *a = make_named(api, "Move A", "null");
    const char *b = make_named(api, "Move B", "null");
    const struct api_request requests[] = {
        {.method = "PATCH",
         .target = a,
         .token = api->tokens[API_EDITOR],
         .body = api_format(api, "{\"parent_id\":%s}", id_in(b))},
        {.method = "PATCH",
         .target = b,
         .token = api->tokens[API_EDITOR],
         .body = api_format(api, "{\"parent_id\":%s}", id_in(a))},
    };
    const struct api_reply *replies[2];

    api_race(api, requests, 2, replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 200 + 400);
}

static void must_be_used(const struct api_reply *reply, const char *message)
{
    api_must_fail(reply, "CONFLICT");
    assert_non_null(strstr(reply->body, message));
}

static void a_category_in_use_is_409_and_stays(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const char *parent = make_named(api, "Parent", "null");
    const char *child = make_named(api, "Child", id_in(parent));
    const struct api_reply *item = api_expect(
        api, 201, "POST", "/api/items", editor,
        api_format(api, "{\"name\":\"Pot\",\"price\":1,\"category_id\":%s}", id_in(child)));

    must_be_used(api_expect(api, 409, "DELETE", parent, editor, NULL),
                 "Category is used by one of the categories");
    must_be_used(api_expect(api, 409, "DELETE", child, editor, NULL),
                 "Category is used by one of the items");
    const char *other = make_named(api, "Other child", id_in(parent));

    must_be_used(api_expect(api, 409, "DELETE", parent, editor, NULL),
                 "Category is used by 2 categories");
    api_expect(api, 200, "GET", child, NULL, NULL);
    api_expect(api, 200, "DELETE", api_header(api, item, "Location"), editor, NULL);
    api_expect(api, 200, "DELETE", child, editor, NULL);
    api_expect(api, 200, "DELETE", other, editor, NULL);
    api_expect(api, 200, "DELETE", parent, editor, NULL);
    const struct api_reply *orphan =
        api_expect(api, 400, "POST", api_format(api, "%s/restore", child), editor, NULL);

    api_must_refuse(orphan, "parent_id", "not_found");
}

/* Either the item has a living category, or the category is gone and the item refused. */
static void deleting_a_category_and_using_it_at_once_never_both_succeed(void **state)
{
    struct api *api = *state;

    for (int round = 0; round < 4; round++) {
        const char *category = make_named(api, api_format(api, "Contested %d", round), "null");
        const struct api_request requests[] = {
            {.method = "DELETE", .target = category, .token = api->tokens[API_EDITOR]},
            {.method = "POST",
             .target = "/api/items",
             .token = api->tokens[API_EDITOR],
             .body = api_format(api, "{\"name\":\"Pot\",\"price\":1,\"category_id\":%s}",
                                id_in(category))},
        };
        const struct api_reply *replies[2];

        api_race(api, requests, 2, replies);
        bool deleted = replies[0]->status == 200;

        assert_int_equal(replies[0]->status, deleted ? 200 : 409);
        assert_int_equal(replies[1]->status, deleted ? 400 : 201);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_of_the_seed_is_listed),
        cmocka_unit_test(a_category_lives_as_an_item_does),
        cmocka_unit_test(a_name_is_1_to_80_characters_and_unique),
        cmocka_unit_test(two_at_once_with_one_name_give_one_201_and_one_409),
        cmocka_unit_test(a_deleted_category_gives_its_name_free_and_may_not_get_it_back),
        cmocka_unit_test(a_parent_that_is_not_there_or_deleted_is_refused),
        cmocka_unit_test(a_tree_never_gets_a_cycle),
        cmocka_unit_test(two_moves_at_once_do_not_close_a_cycle),
        cmocka_unit_test(a_category_in_use_is_409_and_stays),
        cmocka_unit_test(deleting_a_category_and_using_it_at_once_never_both_succeed),
    };

    return cmocka_run_group_tests_name("categories", tests, api_make, api_drop);
}
