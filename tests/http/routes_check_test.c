/* routes_check_test.c - tests of http/routes_check: a table that forgot something stops it all */
#include "keel/http/route.h"

#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/routes/modules.h"

#include <string.h>

static bool handler(struct exchange *exchange)
{
    (void)exchange;
    return true;
}

#define GOOD                                                                                       \
    .id = "a.get", .method = GET, .path = "/a", .handler = handler, .access = ACCESS_PUBLIC,       \
    .rate = RATE_READ, .success = 200, .summary = "A."
#define OTHER                                                                                      \
    .id = "b.get", .method = GET, .path = "/b", .handler = handler, .access = ACCESS_PUBLIC,       \
    .rate = RATE_READ, .success = 200, .summary = "B."

#define BULK .flags = ROUTE_BULK, .body = {&things_model, CREATE | UPDATE}

static const struct media csv[] = {{"csv", "text/csv"}, {NULL, NULL}};

#define UPLOAD .method = POST, .access = ACCESS_ACCOUNT, .uploads = csv

static const struct column note[] = {
    {TEXT(struct thing, note), .uses = CREATE | UPDATE, .doc = "Note."},
};
static const struct column own_id[] = {
    {INT(struct thing, id), .uses = READ | CREATE, .doc = "Identifier."},
};
static const struct model tableless = {.name = "Note", COLUMNS(note)};
static const struct model own_ids = {.name = "Thing", .table = "things", COLUMNS(own_id)};

/* Later initialisers of one member count; gcc would warn of each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"

static const struct {
    const char *says;
    struct route routes[2];
} wrong[] = {
    {"an id", {{GOOD, .id = NULL}, {OTHER}}},
    {"an id", {{GOOD, .summary = NULL}, {OTHER}}},
    {"no handler", {{GOOD, .handler = NULL}, {OTHER}}},
    {"a method", {{GOOD, .method = METHOD_NONE}, {OTHER}}},
    {"a method", {{GOOD, .method = OPTIONS}, {OTHER}}},
    {"malformed path", {{GOOD, .path = "a"}, {OTHER}}},
    {"malformed path", {{GOOD, .path = "/a//b"}, {OTHER}}},
    {"status", {{GOOD, .success = 0}, {OTHER}}},
    {"status", {{GOOD, .success = 304}, {OTHER}}},
    {"discreet", {{GOOD, .discreet = 409}, {OTHER}}},
    {"who may call", {{GOOD, .access = ACCESS_UNSET}, {OTHER}}},
    {"rate class", {{GOOD, .rate = RATE_UNSET}, {OTHER}}},
    {"belong together", {{GOOD, .access = ACCESS_PERMISSION}, {OTHER}}},
    {"belong together", {{GOOD, .permission = "a:read"}, {OTHER}}},
    {"a standby", {{GOOD, .flags = ROUTE_MAY_BE_STALE, .method = DELETE}, {OTHER}}},
    {"a standby", {{GOOD, .flags = ROUTE_MAY_BE_STALE, .rate = RATE_AUTH}, {OTHER}}},
    {"a standby", {{GOOD, .flags = ROUTE_MAY_BE_STALE, .streams = csv}, {OTHER}}},
    {"a standby", {{GOOD, .flags = ROUTE_MAY_BE_STALE | ROUTE_NO_DATABASE}, {OTHER}}},
    {"only public", {{GOOD, .access = ACCESS_SIGNED_IN, .flags = ROUTE_NO_CREDENTIALS}, {OTHER}}},
    {"only public", {{GOOD, .access = ACCESS_SIGNED_IN, .flags = ROUTE_NO_DATABASE}, {OTHER}}},
    {"monitoring", {{GOOD, .flags = ROUTE_MONITOR | ROUTE_NO_TRANSACTION}, {OTHER}}},
    {"monitoring",
     {{GOOD, .access = ACCESS_PERMISSION, .permission = "a:read", .flags = ROUTE_MONITOR},
      {OTHER}}},
    {"monitoring",
     {{GOOD, .method = POST, .access = ACCESS_PERMISSION, .permission = "a:read",
       .flags = ROUTE_MONITOR | ROUTE_NO_TRANSACTION},
      {OTHER}}},
    {"are kept", {{GOOD, .method = POST, .cache = CACHE_CHECK}, {OTHER}}},
    {"are kept", {{GOOD, .rate = RATE_AUTH, .cache = CACHE_CHECK}, {OTHER}}},
    {"for everybody", {{GOOD, .access = ACCESS_SIGNED_IN, .cache = CACHE_PUBLIC}, {OTHER}}},
    {"for everybody", {{GOOD, .access = ACCESS_SIGNED_IN, .cache = CACHE_MINUTES}, {OTHER}}},
    {"has no body", {{GOOD, .body = {&things_model, CREATE}}, {OTHER}}},
    {"neither CREATE", {{GOOD, .method = POST, .body = {&things_model, READ}}, {OTHER}}},
    {"PARTIAL", {{GOOD, .method = PATCH, .body = {&things_model, UPDATE}}, {OTHER}}},
    {"LIST reply", {{GOOD, .flags = ROUTE_LIST, .reply = {&things_model, READ}}, {OTHER}}},
    {"LIST reply", {{GOOD, .flags = ROUTE_LIST}, {OTHER}}},
    {"is READ", {{GOOD, .reply = {&things_model, CREATE}}, {OTHER}}},
    {"deleted rows", {{GOOD, .see_deleted = "a:deleted"}, {OTHER}}},
    {"deleted rows", {{GOOD, .see_deleted = "a:deleted", .reply = {&things_model, READ}}, {OTHER}}},
    {"a bulk is a POST", {{GOOD, .method = PUT, BULK}, {OTHER}}},
    {"a bulk is a POST", {{GOOD, .method = POST, BULK, .body = {0}}, {OTHER}}},
    {"a bulk is a POST", {{GOOD, .method = POST, BULK, .body = {&things_model, CREATE}}, {OTHER}}},
    {"its own reply", {{GOOD, .method = POST, BULK, .reply = {&things_model, READ}}, {OTHER}}},
    {"one transaction",
     {{GOOD, .method = POST, BULK, .flags = ROUTE_BULK | ROUTE_NO_TRANSACTION}, {OTHER}}},
    {"with a table",
     {{GOOD, .method = POST, BULK, .body = {&tableless, CREATE | UPDATE}}, {OTHER}}},
    {"ids that the database gives",
     {{GOOD, .method = POST, BULK, .body = {&own_ids, CREATE | UPDATE}}, {OTHER}}},
    {"in no envelope", {{GOOD, .media_type = "text/csv", .reply = {&things_model, READ}}, {OTHER}}},
    {"in no envelope", {{GOOD, .media_type = "text/csv", .message = "Done"}, {OTHER}}},
    {"in no envelope", {{GOOD, .media_type = "text/csv", .method = POST}, {OTHER}}},
    {"the body of a POST", {{GOOD, UPLOAD, .method = PUT}, {OTHER}}},
    {"the body of a POST", {{GOOD, UPLOAD, .body = {&things_model, CREATE}}, {OTHER}}},
    {"fill the disk", {{GOOD, UPLOAD, .access = ACCESS_PUBLIC}, {OTHER}}},
    {"an upload stays", {{GOOD, UPLOAD, .flags = ROUTE_NO_TRANSACTION}, {OTHER}}},
    {"a document that GET", {{GOOD, .streams = csv, .method = POST}, {OTHER}}},
    {"a document that GET", {{GOOD, .streams = csv, .message = "Done"}, {OTHER}}},
    {"a document that GET", {{GOOD, .streams = csv, .media_type = "text/csv"}, {OTHER}}},
    {"streamed is not kept", {{GOOD, .streams = csv, .cache = CACHE_CHECK}, {OTHER}}},
    {"one transaction", {{GOOD, .streams = csv, .flags = ROUTE_NO_DATABASE}, {OTHER}}},
    {"another model", {{GOOD, .reply = {&things_model, READ}}, {OTHER, .reply = {&own_ids, READ}}}},
    {"used twice", {{GOOD}, {OTHER, .id = "a.get"}}},
    {"this method and path", {{GOOD}, {OTHER, .path = "/a"}}},
    {"this method and path", {{GOOD, .path = "/a/{id}"}, {OTHER, .path = "/a/{name}"}}},
    {"this method and path", {{GOOD, .path = "/{x}/b"}, {OTHER, .path = "/{yyy}/b"}}},
};

static const struct route fine[][2] = {
    {{GOOD}, {OTHER}},
    {{GOOD}, {OTHER, .path = "/a", .method = POST}},
    {{GOOD, .path = "/a/{id}"}, {OTHER, .path = "/a/{id}/b"}},
    {{GOOD, .path = "/a/{id}"}, {OTHER, .path = "/a/me"}},
    {{GOOD, .media_type = "text/csv"}, {OTHER}},
    {{GOOD, .access = ACCESS_PERMISSION, .permission = "a:read"}, {OTHER}},
    {{GOOD, .cache = CACHE_PUBLIC}, {OTHER}},
    {{GOOD, .access = ACCESS_SIGNED_IN, .cache = CACHE_CHECK}, {OTHER}},
    {{GOOD, .method = PATCH, .body = {&things_model, UPDATE | PARTIAL}}, {OTHER}},
    {{GOOD, .flags = ROUTE_LIST, .reply = {&things_model, READ | LIST}}, {OTHER}},
    {{GOOD, .flags = ROUTE_LIST, .reply = {&things_model, READ | LIST}, .see_deleted = "a:deleted"},
     {OTHER}},
    {{GOOD, .method = POST, BULK}, {OTHER}},
    {{GOOD, .method = DELETE, .body = {&things_model, CREATE}}, {OTHER}},
    {{GOOD, .access = ACCESS_ACCOUNT}, {OTHER}},
    {{GOOD, UPLOAD}, {OTHER}},
    {{GOOD, .streams = csv}, {OTHER}},
};

#pragma GCC diagnostic pop

static bool check(struct scope *scope, const struct route *routes)
{
    const struct module module = {.name = "test", .doc = "T.", .routes = routes, .route_count = 2};
    const struct module *const list[] = {&module};

    return routes_check(scope, (struct modules){list, 1});
}

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        if (check(&scope, wrong[i].routes) || !strstr(scope.error.message, wrong[i].says))
            unit_fail("case %zu (%s): %s\n", i, wrong[i].says,
                      scope.error.message ? scope.error.message : "accepted");
        assert_int_equal(scope.error.kind, ERR_INTERNAL);
        scope_end(&scope);
    }
}

static void test_fine(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fine); i++) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        if (!check(&scope, fine[i]))
            unit_fail("case %zu: %s\n", i, scope.error.message);
        scope_end(&scope);
    }
}

static void test_models(void **state)
{
    static const struct model broken = {.name = "Broken"};
    const struct route routes[] = {{GOOD, .reply = {&broken, READ}}};
    const struct module modules[] = {{.name = "a", .doc = "A.", .routes = routes, .route_count = 1},
                                     {.name = "b", .doc = "B.", .model = &broken},
                                     {.name = "no doc"}};

    (void)state;
    for (size_t i = 0; i < COUNT(modules); i++) {
        const struct module *const list[] = {&modules[i]};
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        assert_false(routes_check(&scope, (struct modules){list, 1}));
        scope_end(&scope);
    }
}

static void test_program(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    if (!routes_check(&scope, keel_modules))
        unit_fail("%s\n", scope.error.message);
    scope_end(&scope);
}

static bool can(const struct route *route, enum error_kind kind)
{
    return route_errors(route) & ERROR_BIT(kind);
}

static void test_errors(void **state)
{
    static const struct route plain = {GOOD};
    static const struct route probe = {.path = "/health",
                                       .rate = RATE_FREE,
                                       .flags = ROUTE_NO_DATABASE | ROUTE_ANY_QUERY |
                                                ROUTE_NO_CREDENTIALS};
    static const struct route write = {.path = "/a/{id}",
                                       .rate = RATE_WRITE,
                                       .access = ACCESS_PERMISSION,
                                       .method = PUT,
                                       .body = {&things_model, UPDATE},
                                       .errors = ERROR_BIT(ERR_CONFLICT)};
    static const enum error_kind of_write[] = {ERR_VALIDATION,
                                               ERR_MALFORMED,
                                               ERR_UNAUTHORIZED,
                                               ERR_FORBIDDEN,
                                               ERR_NOT_FOUND,
                                               ERR_CONFLICT,
                                               ERR_TOO_LARGE,
                                               ERR_MEDIA_TYPE,
                                               ERR_RATE_LIMITED,
                                               ERR_INTERNAL,
                                               ERR_TIMEOUT,
                                               ERR_UNAVAILABLE,
                                               ERR_PRECONDITION_FAILED,
                                               ERR_PRECONDITION_REQUIRED};
    static const struct route named = {.path = "/a/{name}", .rate = RATE_READ};
    static const struct route step = {
        .path = "/a", .rate = RATE_WRITE, .access = ACCESS_SIGNED_IN, .method = POST};

    (void)state;
    for (size_t i = 0; i < COUNT(of_write); i++)
        assert_true(can(&write, of_write[i]));
    assert_false(can(&write, ERR_METHOD_NOT_ALLOWED));
    assert_false(can(&write, ERR_IDEMPOTENCY_MISMATCH));
    assert_true(can(&step, ERR_IDEMPOTENCY_MISMATCH));
    assert_true(can(&step, ERR_CONFLICT));
    assert_false(can(&step, ERR_PRECONDITION_REQUIRED));
    assert_true(can(&plain, ERR_UNAUTHORIZED));
    assert_false(can(&plain, ERR_FORBIDDEN));
    assert_false(can(&plain, ERR_NOT_FOUND));
    assert_true(can(&named, ERR_NOT_FOUND));
    assert_false(can(&plain, ERR_TOO_LARGE));
    assert_int_equal(route_errors(&probe), ERROR_BIT(ERR_MALFORMED) | ERROR_BIT(ERR_INTERNAL) |
                                               ERROR_BIT(ERR_UNAVAILABLE));
}

static void test_etags(void **state)
{
    static const struct column columns[] = {{INT(struct thing, version), .uses = READ, .doc = "."}};
    static const struct model bodiless = {.name = "Bodiless", COLUMNS(columns)};

    (void)state;
    assert_true(route_has_etag(&(struct route){GOOD, .reply = {&things_model, READ}}));
    assert_true(
        route_has_etag(&(struct route){GOOD, .media_type = "text/csv", .cache = CACHE_CHECK}));
    assert_false(route_has_etag(&(struct route){GOOD, .media_type = "text/csv"}));
    assert_false(route_has_etag(&(struct route){GOOD}));
    assert_false(route_has_etag(&(struct route){GOOD, .reply = {&things_model, READ | LIST}}));
    assert_false(route_has_etag(&(struct route){GOOD, .reply = {&bodiless, READ}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"each row that forgot something is named", test_wrong, NULL, NULL, NULL},
        {"rows that make sense are accepted", test_fine, NULL, NULL, NULL},
        {"the models that rows name are checked too", test_models, NULL, NULL, NULL},
        {"the program's own table is right", test_program, NULL, NULL, NULL},
        {"a row's errors follow from what it says", test_errors, NULL, NULL, NULL},
        {"a row or a document has an ETag, a list or a word has none", test_etags, NULL, NULL,
         NULL},
    };

    return cmocka_run_group_tests_name("http/routes_check", tests, NULL, NULL);
}
