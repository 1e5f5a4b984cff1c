/* crud_test.c - tests of http/crud: the handlers that need only a row and a column table */
#include "keel/http/crud.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <stdlib.h>
#include <string.h>

static const struct module module = {.name = "things", .model = &things_model};
static const struct route creating = {
    .path = "/things", .body = {&things_model, CREATE}, .reply = {&things_model, READ}};
static const struct route changing = {.path = "/things/{id}",
                                      .body = {&things_model, UPDATE | PARTIAL},
                                      .reply = {&things_model, READ}};
static const struct route listing = {.path = "/things", .reply = {&things_model, READ | LIST}};
static const struct route listing_deleted = {
    .path = "/things", .reply = {&things_model, READ | LIST}, .see_deleted = "things:deleted"};
static const struct route deleting = {.path = "/things/{id}"};

struct handling {
    struct exchange exchange;
    struct app app;
    struct test_database *database;
};

static int make(void **state)
{
    struct handling *handling = calloc(1, sizeof *handling);
    void *database = NULL;

    assert_non_null(handling);
    test_database_make(&database);
    handling->database = database;
    asking_text(&handling->database->scope, things_table);
    handling->app.config = handling->database->config;
    handling->app.db = handling->database->db;
    *state = handling;
    return 0;
}

static int drop(void **state)
{
    struct handling *handling = *state;
    void *database = handling->database;

    test_database_drop(&database);
    free(handling);
    return 0;
}

/* A request that has come to its handler; `body` may be NULL. */
static struct exchange *begin(struct handling *handling, const struct route *route, int64_t id,
                              const char *body)
{
    struct exchange *exchange = &handling->exchange;
    struct json_object *json;

    *exchange = (struct exchange){.app = &handling->app, .route = route};
    exchange->match = (struct match){.module = &module, .route = route, .values.id = id};
    scope_begin(&exchange->scope, &handling->app.config, handling->app.db, NULL);
    response_begin(&exchange->response, &exchange->scope.arena);
    if (body) {
        assert_true(json_parse(&exchange->scope, body, strlen(body), &json));
        assert_true(
            input_decode(&exchange->scope, &things_model, route->body.use, json, &exchange->input));
    }
    return exchange;
}

static void end(struct handling *handling)
{
    scope_end(&handling->exchange.scope);
}

static void expect_data(const struct exchange *exchange, const char *part)
{
    if (!strstr(exchange->response.data.data, part))
        unit_fail("%s is not in %s\n", part, exchange->response.data.data);
}

static void create(struct handling *handling, const char *body)
{
    struct exchange *exchange = begin(handling, &creating, 0, body);

    if (!crud_create(exchange))
        unit_fail("%s\n", exchange->scope.error.detail);
    end(handling);
}

static void test_create(void **state)
{
    struct exchange *exchange = begin(*state, &creating, 0, "{\"name\":\"ab\",\"price\":1.50}");

    assert_true(crud_create(exchange));
    assert_non_null(strstr(exchange->response.headers.data, "Location: /api/things/1\r\n"));
    expect_data(exchange, "{\"id\":1,\"name\":\"ab\",\"note\":null,\"price\":1.50,");
    end(*state);
}

static void test_read(void **state)
{
    create(*state, "{\"name\":\"ab\",\"price\":1}");
    struct exchange *exchange = begin(*state, &changing, 1, NULL);

    assert_true(crud_get(exchange));
    expect_data(exchange, "\"name\":\"ab\"");
    end(*state);
    exchange = begin(*state, &listing, 0, NULL);
    assert_true(crud_list(exchange));
    expect_data(exchange, "{\"things\":[{\"id\":1,");
    end(*state);
    exchange = begin(*state, &changing, 2, NULL);
    assert_false(crud_get(exchange));
    asking_failed(&exchange->scope, ERR_NOT_FOUND);
    end(*state);
}

static void test_selection(void **state)
{
    static const struct pair cut[] = {{"fields", "name"}}, more[] = {{"include", "parent"}},
                             wrong[] = {{"fields", "colour"}};

    create(*state, "{\"name\":\"ab\",\"price\":1}");
    struct exchange *exchange = begin(*state, &changing, 1, NULL);

    exchange->request.query = (struct pairs){cut, 1};
    assert_true(crud_get(exchange));
    assert_string_equal(exchange->response.data.data, "{\"name\":\"ab\"}");
    assert_string_equal(exchange->response.headers.data, "ETag: \"1\"\r\n");
    end(*state);
    /* With another row in it, the version no longer stands for the answer. */
    exchange = begin(*state, &changing, 1, NULL);
    exchange->request.query = (struct pairs){more, 1};
    exchange->request.if_none_match = "\"1\"";
    assert_true(crud_get(exchange));
    expect_data(exchange, "\"parent\":null}");
    assert_int_equal(exchange->response.headers.length, 0);
    assert_int_equal(exchange->response.status, 200);
    end(*state);
    exchange = begin(*state, &changing, 1, NULL);
    exchange->request.query = (struct pairs){wrong, 1};
    assert_false(crud_get(exchange));
    asking_failed(&exchange->scope, ERR_VALIDATION);
    end(*state);
}

/* Who asks for deleted rows, and what comes of it. */
static void test_deleted(void **state)
{
    static const struct pair only = {"deleted", "only"};
    static const char *const permissions[] = {"things:deleted"};
    static const struct identity stranger = {.user_id = 1};
    static const struct identity keeper = {
        .user_id = 2, .permissions = permissions, .permission_count = 1};
    static const struct {
        const struct route *route;
        const struct identity *caller;
        enum error_kind kind;
    } cases[] = {
        {&listing, NULL, ERR_VALIDATION},           {&listing, &keeper, ERR_VALIDATION},
        {&listing_deleted, NULL, ERR_UNAUTHORIZED}, {&listing_deleted, &stranger, ERR_FORBIDDEN},
        {&listing_deleted, &keeper, ERR_NONE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exchange *exchange = begin(*state, cases[i].route, 0, NULL);

        exchange->request.query = (struct pairs){&only, 1};
        exchange->scope.caller = cases[i].caller;
        assert_int_equal(crud_list(exchange), cases[i].kind == ERR_NONE);
        assert_int_equal(exchange->scope.error.kind, cases[i].kind);
        end(*state);
    }
}

static void test_change(void **state)
{
    create(*state, "{\"name\":\"ab\",\"price\":1,\"note\":\"n\"}");
    struct exchange *exchange = begin(*state, &changing, 1, "{\"name\":\"cd\",\"price\":2}");

    assert_true(crud_patch(exchange));
    expect_data(exchange, "\"name\":\"cd\",\"note\":\"n\",\"price\":2.00");
    end(*state);
    exchange = begin(*state, &changing, 1, "{\"name\":\"ef\",\"price\":3}");
    assert_true(crud_replace(exchange));
    expect_data(exchange, "\"name\":\"ef\",\"note\":null,\"price\":3.00");
    end(*state);
}

static void test_delete(void **state)
{
    create(*state, "{\"name\":\"ab\",\"price\":1}");
    struct exchange *exchange = begin(*state, &deleting, 1, NULL);

    assert_true(crud_delete(exchange));
    assert_int_equal(exchange->response.data.length, 0);
    end(*state);
    exchange = begin(*state, &changing, 1, NULL);
    assert_false(crud_get(exchange));
    end(*state);
    exchange = begin(*state, &changing, 1, NULL);
    assert_true(crud_restore(exchange));
    expect_data(exchange, "\"is_active\":true");
    end(*state);
}

static void test_no_memory(void **state)
{
    create(*state, "{\"name\":\"ab\",\"price\":1}");
    faults_begin();
    while (faults_next()) {
        struct exchange *exchange = begin(*state, &listing, 0, NULL);
        bool done = crud_list(exchange);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(exchange->scope.error.kind, done ? ERR_NONE : ERR_UNAVAILABLE);
        end(*state);
    }
    assert_true(faults_count() > 5);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, drop, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a row that was added is answered with its place", test_create),
        TEST("a row and a list are answered, and nothing for none", test_read),
        TEST("a row is cut and added to, and tagged while it is by itself", test_selection),
        TEST("deleted rows are for those who may see them", test_deleted),
        TEST("a row that was changed is answered as it is then", test_change),
        TEST("a deleted row has no data and can be restored", test_delete),
        TEST("lack of memory while listing is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("http/crud", tests, NULL, NULL);
}
