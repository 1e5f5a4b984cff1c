/* items_test.c - one item's life: made, read, replaced, changed, deleted, restored */
#include "support/api.h"

#include <string.h>

#define ITEM "{\"name\":\"Kettle\",\"price\":19.99}"

static int64_t make_item(struct api *api, const char *body)
{
    return api_int(api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR], body),
                   "/data/id");
}

static const char *path_of(struct api *api, int64_t id)
{
    return api_format(api, "/api/items/%lld", (long long)id);
}

static void an_item_of_the_seed_reads_as_it_was_stored(void **state)
{
    const struct api_reply *reply = api_expect(*state, 200, "GET", "/api/items/10", NULL, NULL);

    assert_int_equal(api_int(reply, "/data/id"), 10);
    assert_string_equal(api_text(reply, "/data/name"), "Crème brûlée dish");
    assert_string_equal(api_text(reply, "/data/description"), "Porcelain, six pieces.");
    assert_string_equal(api_raw(reply, "/data/price"), "31.40");
    assert_int_equal(api_int(reply, "/data/quantity"), 5);
    assert_int_equal(api_int(reply, "/data/category_id"), 3);
    assert_true(api_bool(reply, "/data/is_active"));
    assert_int_equal(api_int(reply, "/data/version"), 1);
    assert_string_equal(api_text(reply, "/data/created_at"), "2026-02-10T08:00:00Z");
}

static void a_new_item_is_201_with_its_location(void **state)
{
    struct api *api = *state;
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR],
                   "{\"name\":\"Kettle\",\"description\":\"Whistles.\",\"price\":19.99,"
                   "\"quantity\":3,\"category_id\":2}");
    const char *location = api_header(api, made, "Location");

    assert_string_equal(location, path_of(api, api_int(made, "/data/id")));
    assert_string_equal(api_text(made, "/message"), "Item created successfully");
    const struct api_reply *read = api_expect(api, 200, "GET", location, NULL, NULL);

    assert_string_equal(api_raw(read, "/data"), api_raw(made, "/data"));
    assert_string_equal(api_raw(read, "/data/price"), "19.99");
    assert_string_equal(api_text(read, "/data/description"), "Whistles.");
    assert_int_equal(api_int(read, "/data/quantity"), 3);
    assert_int_equal(api_int(read, "/data/category_id"), 2);
}

static void what_a_new_item_leaves_out_gets_its_default(void **state)
{
    struct api *api = *state;
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR], ITEM);

    assert_string_equal(api_raw(made, "/data/description"), "null");
    assert_string_equal(api_raw(made, "/data/category_id"), "null");
    assert_int_equal(api_int(made, "/data/quantity"), 0);
    assert_int_equal(api_int(made, "/data/version"), 1);
    assert_true(api_bool(made, "/data/is_active"));
    assert_string_equal(api_text(made, "/data/created_at"), api_text(made, "/data/updated_at"));
}

static void put_replaces_and_what_is_absent_gets_its_default(void **state)
{
    struct api *api = *state;
    const char *path = path_of(
        api, make_item(api, "{\"name\":\"Kettle\",\"description\":\"Whistles.\",\"price\":19.99,"
                            "\"quantity\":3,\"category_id\":2}"));
    const struct api_reply *put = api_expect(api, 200, "PUT", path, api->tokens[API_EDITOR],
                                             "{\"name\":\"Pot\",\"price\":5}");

    assert_string_equal(api_text(put, "/data/name"), "Pot");
    assert_string_equal(api_raw(put, "/data/price"), "5.00");
    assert_string_equal(api_raw(put, "/data/description"), "null");
    assert_string_equal(api_raw(put, "/data/category_id"), "null");
    assert_int_equal(api_int(put, "/data/quantity"), 0);
    assert_int_equal(api_int(put, "/data/version"), 2);
    assert_true(api_bool(put, "/data/is_active"));
}

static void put_needs_what_is_required(void **state)
{
    struct api *api = *state;
    const char *path = path_of(api, make_item(api, ITEM));
    const struct api_reply *put =
        api_expect(api, 400, "PUT", path, api->tokens[API_EDITOR], "{\"quantity\":1}");

    api_must_refuse(put, "name", "required");
    api_must_refuse(put, "price", "required");
    assert_int_equal(api_count(put, "/error/details/errors"), 2);
    assert_int_equal(api_int(api_call(api, "GET", path, NULL, NULL), "/data/version"), 1);
}

static void patch_leaves_alone_what_is_absent(void **state)
{
    struct api *api = *state;
    const char *path = path_of(
        api, make_item(api, "{\"name\":\"Kettle\",\"description\":\"Whistles.\",\"price\":19.99,"
                            "\"quantity\":3,\"category_id\":2}"));
    const struct api_reply *patch =
        api_expect(api, 200, "PATCH", path, api->tokens[API_EDITOR], "{\"quantity\":4}");

    assert_int_equal(api_int(patch, "/data/quantity"), 4);
    assert_string_equal(api_text(patch, "/data/name"), "Kettle");
    assert_string_equal(api_text(patch, "/data/description"), "Whistles.");
    assert_string_equal(api_raw(patch, "/data/price"), "19.99");
    assert_int_equal(api_int(patch, "/data/category_id"), 2);
    assert_int_equal(api_int(patch, "/data/version"), 2);
}

static void patch_with_null_sets_null_where_that_is_allowed(void **state)
{
    struct api *api = *state;
    const char *path =
        path_of(api, make_item(api, "{\"name\":\"Kettle\",\"description\":\"Whistles.\","
                                    "\"price\":1,\"category_id\":2}"));
    const struct api_reply *patch = api_expect(api, 200, "PATCH", path, api->tokens[API_EDITOR],
                                               "{\"description\":null,\"category_id\":null}");

    assert_string_equal(api_raw(patch, "/data/description"), "null");
    assert_string_equal(api_raw(patch, "/data/category_id"), "null");
    patch = api_expect(api, 400, "PATCH", path, api->tokens[API_EDITOR],
                       "{\"name\":null,\"price\":null,\"quantity\":null}");
    api_must_refuse(patch, "name", "not_null");
    api_must_refuse(patch, "price", "not_null");
    api_must_refuse(patch, "quantity", "not_null");
}

static void an_empty_patch_changes_nothing_and_succeeds(void **state)
{
    struct api *api = *state;
    const char *path = path_of(api, make_item(api, ITEM));
    const struct api_reply *patch =
        api_expect(api, 200, "PATCH", path, api->tokens[API_EDITOR], "{}");

    assert_int_equal(api_int(patch, "/data/version"), 1);
    assert_string_equal(api_text(patch, "/data/created_at"), api_text(patch, "/data/updated_at"));
}

static void a_patch_that_fails_changes_nothing(void **state)
{
    struct api *api = *state;
    const char *path = path_of(api, make_item(api, ITEM));

    api_expect(api, 400, "PATCH", path, api->tokens[API_EDITOR],
               "{\"name\":\"Pot\",\"quantity\":-1}");
    api_expect(api, 400, "PATCH", path, api->tokens[API_EDITOR],
               "{\"name\":\"Pot\",\"category_id\":999999}");
    const struct api_reply *read = api_expect(api, 200, "GET", path, NULL, NULL);

    assert_string_equal(api_text(read, "/data/name"), "Kettle");
    assert_int_equal(api_int(read, "/data/version"), 1);
}

static void a_deleted_item_is_404_for_all_but_restore(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    int64_t id = make_item(api, ITEM);
    const char *path = path_of(api, id);
    const struct api_reply *gone = api_expect(api, 200, "DELETE", path, editor, NULL);

    assert_string_equal(api_raw(gone, "/data"), "null");
    assert_string_equal(api_text(gone, "/message"), "Item deleted");
    api_expect(api, 404, "GET", path, NULL, NULL);
    api_expect(api, 404, "DELETE", path, editor, NULL);
    api_expect(api, 404, "PATCH", path, editor, "{}");
    api_expect(api, 404, "PATCH", path, editor, "{\"name\":\"Pot\"}");
    api_expect(api, 404, "PUT", path, editor, ITEM);
    assert_string_equal(
        api_ask(api, api_format(api, "SELECT is_active FROM items WHERE id = %lld", (long long)id)),
        "f");
}

static void a_restored_item_is_as_it_was(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const char *path = path_of(api, make_item(api, ITEM));
    const char *restore = api_format(api, "%s/restore", path);

    api_expect(api, 404, "POST", restore, editor, NULL);
    api_expect(api, 200, "DELETE", path, editor, NULL);
    const struct api_reply *back = api_expect(api, 200, "POST", restore, editor, NULL);

    assert_true(api_bool(back, "/data/is_active"));
    assert_string_equal(api_raw(back, "/data/price"), "19.99");
    assert_int_equal(api_int(back, "/data/version"), 3);
    assert_string_equal(api_text(back, "/message"), "Item restored");
    api_expect(api, 200, "GET", path, NULL, NULL);
    api_expect(api, 404, "POST", restore, editor, NULL);
}

static void an_item_whose_category_is_gone_is_not_restored(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 400, "POST", "/api/items/23/restore", api->tokens[API_EDITOR], NULL);

    api_must_refuse(reply, "category_id", "not_found");
    api_expect(api, 404, "GET", "/api/items/23", NULL, NULL);
}

static void a_category_that_is_not_there_or_deleted_is_refused(void **state)
{
    static const char *const ids[] = {"999999", "6", "9223372036854775807"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(ids); i++) {
        const char *body =
            api_format(api, "{\"name\":\"Pot\",\"price\":1,\"category_id\":%s}", ids[i]);

        api_must_refuse(api_call(api, "POST", "/api/items", api->tokens[API_EDITOR], body),
                        "category_id", "not_found");
    }
}

static void fields_that_clients_may_not_set_are_errors(void **state)
{
    static const char *const fields[] = {
        "\"id\":5",
        "\"version\":9",
        "\"created_at\":\"2026-01-01T00:00:00Z\"",
        "\"is_active\":false",
        "\"updated_at\":null",
    };
    static const char *const unknown[] = {"\"colour\":\"red\"", "\"Name\":\"x\"", "\"\":1",
                                          "\"name \":1", "\"price.\":1"};
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];

    for (size_t i = 0; i < COUNT(fields) + COUNT(unknown); i++) {
        bool known = i < COUNT(fields);
        const char *field = known ? fields[i] : unknown[i - COUNT(fields)];
        const char *name = api_format(api, "%.*s", (int)strcspn(field + 1, "\""), field + 1);
        const char *body = api_format(api, "{\"name\":\"Pot\",\"price\":1,%s}", field);
        const char *code = known ? "read_only" : "unknown_field";

        api_must_refuse(api_call(api, "POST", "/api/items", editor, body), name, code);
        api_must_refuse(api_call(api, "PUT", "/api/items/1", editor, body), name, code);
        api_must_refuse(api_call(api, "PATCH", "/api/items/1", editor, body), name, code);
    }
    assert_int_equal(api_int(api_call(api, "GET", "/api/items/1", NULL, NULL), "/data/version"), 1);
}

static void all_wrong_fields_are_told_at_once(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 400, "POST", "/api/items", api->tokens[API_EDITOR],
                   "{\"description\":7,\"price\":-1,\"quantity\":\"2\",\"id\":1,\"x\":null}");

    api_must_refuse(reply, "name", "required");
    api_must_refuse(reply, "description", "not_a_text");
    api_must_refuse(reply, "price", "too_small");
    api_must_refuse(reply, "quantity", "not_an_integer");
    api_must_refuse(reply, "id", "read_only");
    api_must_refuse(reply, "x", "unknown_field");
    assert_int_equal(api_count(reply, "/error/details/errors"), 6);
}

static void writes_at_the_same_moment_all_count(void **state)
{
    struct api *api = *state;
    const char *path = path_of(api, make_item(api, ITEM));
    struct api_request requests[4];
    const struct api_reply *replies[4];

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){.method = "PATCH",
                                           .target = path,
                                           .token = api->tokens[API_EDITOR],
                                           .body = api_format(api, "{\"quantity\":%zu}", i)};
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++)
        assert_int_equal(replies[i]->status, 200);
    assert_int_equal(api_int(api_call(api, "GET", path, NULL, NULL), "/data/version"), 5);
}

static void two_deletions_at_once_give_one_200_and_one_404(void **state)
{
    struct api *api = *state;
    const struct api_request request = {.method = "DELETE",
                                        .target = path_of(api, make_item(api, ITEM)),
                                        .token = api->tokens[API_EDITOR]};
    const struct api_request requests[] = {request, request};
    const struct api_reply *replies[2];

    api_race(api, requests, 2, replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 200 + 404);
}

static void an_answer_with_a_version_has_it_as_its_etag(void **state)
{
    struct api *api = *state;
    const struct api_reply *made =
        api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR], ITEM);
    const char *path = api_header(api, made, "Location");

    assert_string_equal(api_header(api, made, "ETag"), "\"1\"");
    const struct api_reply *patch =
        api_expect(api, 200, "PATCH", path, api->tokens[API_EDITOR], "{\"quantity\":4}");

    assert_string_equal(api_header(api, patch, "ETag"), "\"2\"");
    assert_string_equal(api_header(api, api_call(api, "GET", path, NULL, NULL), "ETag"), "\"2\"");
    assert_null(api_header(api, api_call(api, "GET", "/api/items", NULL, NULL), "ETag"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_of_the_seed_reads_as_it_was_stored),
        cmocka_unit_test(a_new_item_is_201_with_its_location),
        cmocka_unit_test(what_a_new_item_leaves_out_gets_its_default),
        cmocka_unit_test(put_replaces_and_what_is_absent_gets_its_default),
        cmocka_unit_test(put_needs_what_is_required),
        cmocka_unit_test(patch_leaves_alone_what_is_absent),
        cmocka_unit_test(patch_with_null_sets_null_where_that_is_allowed),
        cmocka_unit_test(an_empty_patch_changes_nothing_and_succeeds),
        cmocka_unit_test(a_patch_that_fails_changes_nothing),
        cmocka_unit_test(a_deleted_item_is_404_for_all_but_restore),
        cmocka_unit_test(a_restored_item_is_as_it_was),
        cmocka_unit_test(an_item_whose_category_is_gone_is_not_restored),
        cmocka_unit_test(a_category_that_is_not_there_or_deleted_is_refused),
        cmocka_unit_test(fields_that_clients_may_not_set_are_errors),
        cmocka_unit_test(all_wrong_fields_are_told_at_once),
        cmocka_unit_test(writes_at_the_same_moment_all_count),
        cmocka_unit_test(two_deletions_at_once_give_one_200_and_one_404),
        cmocka_unit_test(an_answer_with_a_version_has_it_as_its_etag),
    };

    return cmocka_run_group_tests_name("items", tests, api_make, api_drop);
}
