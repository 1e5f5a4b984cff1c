/* bulk_test.c - POST /items/bulk: many changes in one call, all of them or none */
#include "support/api_keys.h"

#include "keel/model/bulk.h"

#include <string.h>

static const char *operations(struct api *api, const char *list)
{
    return api_format(api, "{\"operations\":[%s]}", list);
}

static const struct api_reply *bulk(struct api *api, int status, const char *list)
{
    return api_expect(api, status, "POST", "/api/items/bulk", api->tokens[API_EDITOR],
                      operations(api, list));
}

/* `count` operations, each with its number for the %d of `operation`. */
static const char *repeat(struct api *api, const char *operation, int count)
{
    size_t before = strcspn(operation, "%");
    struct buffer text;

    buffer_init(&text, &api->scope.arena);
    for (int i = 0; i < count; i++) {
        buffer_add(&text, ",", i > 0);
        buffer_add(&text, operation, before);
        buffer_add_format(&text, "%d%s", i, operation + before + 2);
    }
    assert_false(text.failed);
    return text.data;
}

static void mixed_operations_answer_in_their_order(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        bulk(api, 200,
             "{\"op\":\"update\",\"id\":2,\"data\":{\"price\":0.3,\"description\":null}},"
             "{\"op\":\"create\",\"data\":{\"name\":\"Kettle\",\"price\":19.99,\"category_id\":2}},"
             "{\"op\":\"delete\",\"id\":1},"
             "{\"op\":\"update\",\"id\":4,\"data\":{}}");
    int64_t id = api_int(reply, "/data/results/1/id");

    assert_int_equal(api_int(reply, "/data/created"), 1);
    assert_int_equal(api_int(reply, "/data/updated"), 2);
    assert_int_equal(api_int(reply, "/data/deleted"), 1);
    assert_int_equal(api_count(reply, "/data/results"), 4);
    assert_string_equal(api_raw(reply, "/data/results/0"),
                        "{\"op\":\"update\",\"id\":2,\"version\":2}");
    assert_string_equal(api_raw(reply, "/data/results/2"),
                        "{\"op\":\"delete\",\"id\":1,\"version\":2}");
    assert_string_equal(api_raw(reply, "/data/results/3"),
                        "{\"op\":\"update\",\"id\":4,\"version\":1}");
    assert_null(api_header(api, reply, "ETag"));
    assert_null(api_header(api, reply, "Location"));
    api_expect(api, 404, "GET", "/api/items/1", NULL, NULL);
    const struct api_reply *changed = api_expect(api, 200, "GET", "/api/items/2", NULL, NULL);

    assert_string_equal(api_raw(changed, "/data/price"), "0.30");
    assert_string_equal(api_raw(changed, "/data/description"), "null");
    assert_string_equal(api_text(changed, "/data/name"), "Awl");
    const char *path = api_format(api, "/api/items/%lld", (long long)id);
    const struct api_reply *made = api_expect(api, 200, "GET", path, NULL, NULL);

    assert_string_equal(api_text(made, "/data/name"), "Kettle");
    assert_int_equal(api_int(made, "/data/quantity"), 0);
}

static void values_come_back_exactly(void **state)
{
    static const char *const names[] = {
        "\\\"quoted\\\"", "back\\\\slash", "{a,b}",      "NULL",   " ", /* refused, see below */
        "抹茶 🐋",         "e\\u0301",      "'; DROP --", "$1::int"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *data =
            api_format(api, "{\"name\":\"%s\",\"description\":\"%s\",\"price\":99999999.99}",
                       names[i], names[i]);
        const struct api_reply *single =
            api_call(api, "POST", "/api/items", api->tokens[API_EDITOR], data);
        const struct api_reply *many =
            bulk(api, single->status == 201 ? 200 : single->status,
                 api_format(api, "{\"op\":\"create\",\"data\":%s}", data));

        if (single->status != 201) {
            api_must_refuse(many, "operations[0].data.name", "blank");
            continue;
        }
        const char *path =
            api_format(api, "/api/items/%lld", (long long)api_int(many, "/data/results/0/id"));
        const struct api_reply *read = api_expect(api, 200, "GET", path, NULL, NULL);

        assert_string_equal(api_text(read, "/data/name"), api_text(single, "/data/name"));
        assert_string_equal(api_text(read, "/data/description"),
                            api_text(single, "/data/description"));
        assert_string_equal(api_raw(read, "/data/price"), "99999999.99");
    }
}

#define MANY "{\"op\":\"create\",\"data\":{\"name\":\"Many %d\",\"price\":1,\"category_id\":2}}"

static void a_thousand_are_few_statements(void **state)
{
    struct api *api = *state;
    const struct api_reply *made = bulk(api, 200, repeat(api, MANY, BULK_MAX));
    int64_t first = api_int(made, "/data/results/0/id");

    /* Who asks, BEGIN, a savepoint, the rows, their entries in the audit log, COMMIT. */
    assert_int_equal(api_logged(made, "queries"), 6);
    assert_int_equal(api_int(made, "/data/created"), BULK_MAX);
    for (int i = 0; i < BULK_MAX; i++)
        assert_int_equal(api_int(made, api_format(api, "/data/results/%d/id", i)), first + i);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM items WHERE name LIKE 'Many %' AND name "
                                     "= 'Many ' || id - (SELECT min(id) FROM items WHERE name LIKE "
                                     "'Many %')"),
                        "1000");
    struct buffer text;

    buffer_init(&text, &api->scope.arena);
    for (int i = 0; i < BULK_MAX; i++)
        buffer_add_format(&text,
                          i % 2 ? "%s{\"op\":\"delete\",\"id\":%lld}"
                                : "%s{\"op\":\"update\",\"id\":%lld,\"data\":{\"quantity\":5}}",
                          i ? "," : "", (long long)first + i);
    const struct api_reply *changed = bulk(api, 200, text.data);

    /* The lock, and one statement more. */
    assert_int_equal(api_logged(changed, "queries"), 8);
    assert_int_equal(api_int(changed, "/data/updated"), BULK_MAX / 2);
    assert_int_equal(api_int(changed, "/data/deleted"), BULK_MAX / 2);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM items WHERE name LIKE 'Many %' AND "
                                     "is_active AND quantity = 5"),
                        "500");
}

/* A summary of everything that a bulk could have changed. */
static const char *summary(struct api *api)
{
    return api_ask(api, "SELECT md5(string_agg(i::text, ',' ORDER BY id)) FROM items i");
}

static void every_error_names_its_operation_and_changes_nothing(void **state)
{
    static const struct {
        const char *list;
        int status;
        const char *field, *code;
    } cases[] = {
        {"{\"op\":\"delete\",\"id\":2},{\"op\":\"delete\",\"id\":999}", 404, "operations[1]", NULL},
        {"{\"op\":\"delete\",\"id\":2},{\"op\":\"update\",\"id\":21,\"data\":{\"price\":1}}", 404,
         "operations[1]", NULL},
        {"{\"op\":\"create\",\"data\":{\"name\":\"a\",\"price\":1}},"
         "{\"op\":\"create\",\"data\":{\"name\":\"b\",\"price\":1,\"category_id\":999}}",
         400, "operations[1].data.category_id", "not_found"},
        {"{\"op\":\"update\",\"id\":2,\"data\":{\"category_id\":6}},{\"op\":\"delete\",\"id\":4}",
         400, "operations[0].data.category_id", "not_found"},
        {"{\"op\":\"delete\",\"id\":2},{\"op\":\"update\",\"id\":2,\"data\":{\"price\":1}}", 400,
         "operations[1].id", "duplicate"},
        {"{\"op\":\"delete\",\"id\":2},{\"op\":\"create\",\"data\":{\"name\":\"a\",\"price\":1.999}"
         "}",
         400, "operations[1].data.price", "too_precise"},
        {"{\"op\":\"delete\",\"id\":2},{\"op\":\"create\",\"data\":{\"name\":\"a\",\"price\":1,"
         "\"is_active\":true}}",
         400, "operations[1].data.is_active", "read_only"},
        {"{\"op\":\"delete\",\"id\":2},{\"op\":\"upsert\",\"id\":3,\"data\":{}}", 400,
         "operations[1].op", "not_allowed"},
        {"", 400, "operations", "too_few"},
    };
    struct api *api = *state;
    const char *before = summary(api);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *reply = bulk(api, cases[i].status, cases[i].list);

        if (cases[i].code)
            api_must_refuse(reply, cases[i].field, cases[i].code);
        assert_string_equal(api_text(reply, "/error/details/field"), cases[i].field);
        assert_string_equal(summary(api), before);
    }
    bulk(api, 400, repeat(api, MANY, BULK_MAX + 1));
    assert_string_equal(summary(api), before);
}

static void a_name_that_is_taken_is_409_and_names_its_operation(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 409, "POST", "/api/categories/bulk", api->tokens[API_EDITOR],
                   operations(api, "{\"op\":\"create\",\"data\":{\"name\":\"Garden\"}},"
                                   "{\"op\":\"create\",\"data\":{\"name\":\"Cellar\"}},"
                                   "{\"op\":\"create\",\"data\":{\"name\":\"Garden\"}}"));

    assert_string_equal(api_text(reply, "/error/details/field"), "operations[2]");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM categories WHERE name = 'Cellar'"), "0");
}

static void categories_in_use_stay_and_the_tree_stays_a_tree(void **state)
{
    struct api *api = *state;
    const struct api_reply *used =
        api_expect(api, 409, "POST", "/api/categories/bulk", api->tokens[API_EDITOR],
                   operations(api, "{\"op\":\"create\",\"data\":{\"name\":\"Cellar\"}},"
                                   "{\"op\":\"delete\",\"id\":4}"));

    assert_string_equal(api_text(used, "/error/details/field"), "operations[1]");
    /* Each move alone would be right. */
    const struct api_reply *circle =
        api_expect(api, 400, "POST", "/api/categories/bulk", api->tokens[API_EDITOR],
                   operations(api, "{\"op\":\"update\",\"id\":4,\"data\":{\"parent_id\":5}},"
                                   "{\"op\":\"update\",\"id\":5,\"data\":{\"parent_id\":4}}"));

    assert_string_equal(api_text(circle, "/error/details/field"), "operations[1].data.parent_id");
    api_expect(api, 200, "POST", "/api/categories/bulk", api->tokens[API_EDITOR],
               operations(api, "{\"op\":\"update\",\"id\":4,\"data\":{\"parent_id\":5}},"
                               "{\"op\":\"create\",\"data\":{\"name\":\"Cellar\"}}"));
}

static void it_needs_the_permission(void **state)
{
    struct api *api = *state;
    const char *body = operations(api, "{\"op\":\"delete\",\"id\":2}");

    api_expect(api, 401, "POST", "/api/items/bulk", NULL, body);
    api_expect(api, 403, "POST", "/api/items/bulk", api->tokens[API_VIEWER], body);
    api_expect(api, 405, "GET", "/api/items/bulk", NULL, NULL);
    api_expect(api, 200, "GET", "/api/items/2", NULL, NULL);
}

/* Whoever comes first has the row; the other one changes nothing at all. */
static void deleting_at_once_is_one_success(void **state)
{
    struct api *api = *state;
    struct api_request requests[6];
    const struct api_reply *replies[COUNT(requests)];
    int done = 0;

    for (size_t i = 0; i < COUNT(requests); i++)
        requests[i] = (struct api_request){
            .method = "POST",
            .target = "/api/items/bulk",
            .token = api->tokens[API_EDITOR],
            .body = operations(
                api, api_format(api,
                                "{\"op\":\"create\",\"data\":{\"name\":\"Racer %zu\",\"price\":1}},"
                                "{\"op\":\"delete\",\"id\":%d},{\"op\":\"delete\",\"id\":%d}",
                                i, i % 2 ? 6 : 7, i % 2 ? 7 : 6)),
        };
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++) {
        assert_true(replies[i]->status == 200 || replies[i]->status == 404);
        if (replies[i]->status == 404)
            assert_string_equal(api_text(replies[i], "/error/details/field"), "operations[1]");
        done += replies[i]->status == 200;
    }
    assert_int_equal(done, 1);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM items WHERE name LIKE 'Racer%'"), "1");
}

/* Rows are locked by id, so nobody waits in a circle, in whatever order they are named. */
static void changing_the_same_rows_at_once_loses_nothing(void **state)
{
    struct api *api = *state;
    struct api_request requests[8];
    const struct api_reply *replies[COUNT(requests)];

    for (size_t i = 0; i < COUNT(requests); i++) {
        struct buffer text;

        buffer_init(&text, &api->scope.arena);
        for (int n = 0; n < 5; n++)
            buffer_add_format(&text, "%s{\"op\":\"update\",\"id\":%d,\"data\":{\"%s\":%zu}}",
                              n ? "," : "", i % 2 ? 8 + n : 12 - n, n % 2 ? "price" : "quantity",
                              i);
        requests[i] = (struct api_request){.method = "POST",
                                           .target = "/api/items/bulk",
                                           .token = api->tokens[API_EDITOR],
                                           .body = operations(api, text.data)};
    }
    api_race(api, requests, COUNT(requests), replies);
    for (size_t i = 0; i < COUNT(requests); i++)
        assert_int_equal(replies[i]->status, 200);
    assert_string_equal(api_ask(api, "SELECT string_agg(version::text, ',') FROM items WHERE id "
                                     "BETWEEN 8 AND 12"),
                        "9,9,9,9,9");
}

/* A big answer is kept like a small one; a refused call leaves its key free. */
static void repeated_with_its_key_it_is_carried_out_once(void **state)
{
    struct api *api = *state;
    const char *body = operations(api, repeat(api, MANY, BULK_MAX));
    const struct api_reply *first = api_post_keyed(api, "/api/items/bulk", body, "bulk");

    assert_int_equal(first->status, 200);
    const struct api_reply *again = api_post_keyed(api, "/api/items/bulk", body, "bulk");

    assert_true(api_is_replay(api, again));
    api_must_be_same(api, first, again);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM items WHERE name LIKE 'Many %'"),
                        "1000");
    body = operations(api, "{\"op\":\"delete\",\"id\":2},{\"op\":\"delete\",\"id\":999}");
    assert_int_equal(api_post_keyed(api, "/api/items/bulk", body, "refused")->status, 404);
    body = operations(api, "{\"op\":\"delete\",\"id\":2}");
    assert_int_equal(api_post_keyed(api, "/api/items/bulk", body, "refused")->status, 200);
}

/* What the totals say is what there is, after calls that went through and calls that did not. */
static void totals_follow(void **state)
{
    struct api *api = *state;

    bulk(api, 200, repeat(api, MANY, 30));
    bulk(api, 200,
         "{\"op\":\"delete\",\"id\":1},{\"op\":\"update\",\"id\":4,\"data\":{"
         "\"category_id\":4}},{\"op\":\"create\",\"data\":{\"name\":\"a\",\"price\":1}}");
    bulk(api, 400,
         api_format(api,
                    "%s,{\"op\":\"create\",\"data\":{\"name\":\"a\",\"price\":1,"
                    "\"category_id\":999}},{\"op\":\"delete\",\"id\":5}",
                    repeat(api, MANY, 30)));
    assert_string_equal(api_ask(api, "SELECT count(*) FROM row_totals_compare('items', "
                                     "'category_id') WHERE kept <> actual"),
                        "0");
    assert_string_equal(api_ask(api, "SELECT sum(rows) FROM row_totals WHERE table_name = 'items' "
                                     "AND key_column = ''"),
                        api_ask(api, "SELECT count(*) FROM items WHERE is_active"));
}

static void without_prepared_statements_it_is_the_same(void **state)
{
    struct api *api = *state;

    api->app.config.db_prepared = false;
    api_reconnect(api);
    const struct api_reply *made = bulk(api, 200, repeat(api, MANY, 50));

    assert_int_equal(api_int(made, "/data/created"), 50);
    bulk(api, 404, "{\"op\":\"delete\",\"id\":2},{\"op\":\"delete\",\"id\":999}");
    api_expect(api, 200, "GET", "/api/items/2", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(mixed_operations_answer_in_their_order),
        api_unit_test(values_come_back_exactly),
        api_unit_test(a_thousand_are_few_statements),
        api_unit_test(every_error_names_its_operation_and_changes_nothing),
        api_unit_test(a_name_that_is_taken_is_409_and_names_its_operation),
        api_unit_test(categories_in_use_stay_and_the_tree_stays_a_tree),
        api_unit_test(it_needs_the_permission),
        api_unit_test(deleting_at_once_is_one_success),
        api_unit_test(changing_the_same_rows_at_once_loses_nothing),
        api_unit_test(repeated_with_its_key_it_is_carried_out_once),
        api_unit_test(totals_follow),
        api_unit_test(without_prepared_statements_it_is_the_same),
    };

    return cmocka_run_group_tests_name("api/bulk", tests, NULL, NULL);
}
