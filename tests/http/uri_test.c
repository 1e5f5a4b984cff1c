/* uri_test.c - tests of http/uri: the path and query of a request, decoded once */
#include "http/uri.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/core/config.h"

#include <string.h>

static const struct config config = {.base_path = "/api"};

static bool decode(struct scope *scope, const char *uri, const char *query, struct request *request)
{
    *request = (struct request){0};
    return uri_decode(scope, uri, query, request);
}

/* Joins the segments by '|', outside is "outside", an error its kind. */
static const struct {
    const char *uri;
    const char *segments;
} paths[] = {
    {"/api", ""},
    {"/api/", ""},
    {"/api/items", "items"},
    {"/api/items/", "items"},
    {"/api/items/17", "items|17"},
    {"/api/items?page=2", "items"},
    {"/api/items/?page=2", "items"},
    {"/api?x", ""},
    {"/api/a%2Fb", "a/b"},
    {"/api/a%2fb/c", "a/b|c"},
    {"/api/a%252Fb", "a%2Fb"},
    {"/api/a+b", "a+b"},
    {"/api/%C3%A4", "ä"},
    {"/api/%F0%9F%90%8B", "🐋"},
    {"/api/%25", "%"},
    {"/api/a%0d%0ab", "a\r\nb"},
    {"/api//items", "|items"},
    {"/api/items//", "items|"},
    {"/api/../items", "..|items"},
    {"/api/%2e%2e/items", "..|items"},
    {"/api/.", "."},
    {"http://host/api/items", "items"},
    {"https://host:8080/api/items?x=http://y/", "items"},
    {"/api/x?y=%zz%", "error"},
    {"/apix/items", "outside"},
    {"/ap", "outside"},
    {"/", "outside"},
    {"/API/items", "outside"},
    {"/%61pi/items", "outside"},
    {"//api/items", "outside"},
    {"/items/api", "outside"},
    {"*", "outside"},
    {"http://host", "outside"},
    {"http://host?/api/items", "outside"},
    {"x/api/items", "outside"},
    {"/api/%", "error"},
    {"/api/%9", "error"},
    {"/api/%zu", "error"},
    {"/api/%-9", "error"},
    {"/api/%+9", "error"},
    {"/api/%0x", "error"},
    {"/api/a%", "error"},
    {"/api/a%4", "error"},
    {"/api/%00", "error"},
    {"/api/a%00b", "error"},
    {"/api/%C3", "error"},
    {"/api/%C0%80", "error"},
    {"/api/%ED%A0%80", "error"},
    {"/api/%F4%90%80%80", "error"},
    {"/api/\xff", "error"},
    {"/api/%/items", "error"},
    {"", "error"},
    {NULL, "error"},
};

static const char *describe(struct scope *scope, bool done, const struct request *request)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "");
    if (!done) {
        assert_int_equal(scope->error.kind, ERR_MALFORMED);
        return "error";
    }
    if (request->outside)
        return "outside";
    for (size_t i = 0; i < request->segment_count; i++)
        buffer_add_format(&text, "%s%s", i ? "|" : "", request->segments[i]);
    return text.data ? text.data : "";
}

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct scope scope;
        struct request request;

        scope_begin(&scope, &config, NULL, NULL);
        bool done = decode(&scope, paths[i].uri, NULL, &request);
        const char *found = describe(&scope, done, &request);

        if (strcmp(found, paths[i].segments) != 0)
            unit_fail("%s: <%s>\n", paths[i].uri, found);
        assert_int_equal(done, strcmp(paths[i].segments, "error") != 0);
        scope_end(&scope);
    }
}

static const struct {
    const char *uri, *query; /* QUERY_STRING */
    const char *pairs;       /* "a=1;b=" or "error" */
} queries[] = {
    {"/api", "", ""},
    {"/api", NULL, ""},
    {"/api?", "", ""},
    {"/api?a=1", "a=1", "a=1;"},
    {"/api?a=1&b&c=", NULL, "a=1;b=;c=;"},
    {"/api?a=1&&b=2&", NULL, "a=1;b=2;"},
    {"/api?=x", NULL, "=x;"},
    {"/api?a=b=c", NULL, "a=b=c;"},
    {"/api?a=1&a=2", NULL, "a=1;a=2;"},
    {"/api?a+b=c+d%2B", NULL, "a b=c d+;"},
    {"/api?a=%26%3D&b=%C3%A4", NULL, "a=&=;b=ä;"},
    {"/api?a=1?b=2", NULL, "a=1?b=2;"},
    {"/api", "a=1", "a=1;"},
    {"/api?a=1", "b=2", "a=1;"},
    {"/api?a=%", NULL, "error"},
    {"/api?a=%9", NULL, "error"},
    {"/api?%zu=1", NULL, "error"},
    {"/api?a=%-9", NULL, "error"},
    {"/api?a=%00", NULL, "error"},
    {"/api?a=%ff", NULL, "error"},
};

static void test_queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(queries); i++) {
        struct scope scope;
        struct request request;
        struct buffer text;

        scope_begin(&scope, &config, NULL, NULL);
        buffer_init(&text, &scope.arena);
        if (decode(&scope, queries[i].uri, queries[i].query, &request)) {
            for (size_t p = 0; p < request.query.count; p++)
                buffer_add_format(&text, "%s=%s;", request.query.list[p].name,
                                  request.query.list[p].value);
        } else {
            assert_int_equal(scope.error.kind, ERR_MALFORMED);
            buffer_add_text(&text, "error");
        }
        if (strcmp(text.data ? text.data : "", queries[i].pairs) != 0)
            unit_fail("%s (%s): <%s>\n", queries[i].uri, queries[i].query, text.data);
        scope_end(&scope);
    }
}

static void test_base_paths(void **state)
{
    static const struct {
        const char *base, *uri, *segments;
    } cases[] = {
        {"", "/items", "items"},
        {"", "/", ""},
        {"", "*", "outside"},
        {"", "http://host", ""},
        {"/a/b", "/a/b/items", "items"},
        {"/a/b", "/a/bc", "outside"},
        {"/a/b", "/a", "outside"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config other = {.base_path = cases[i].base};
        struct scope scope;
        struct request request;

        scope_begin(&scope, &other, NULL, NULL);
        bool done = decode(&scope, cases[i].uri, NULL, &request);

        assert_string_equal(describe(&scope, done, &request), cases[i].segments);
        scope_end(&scope);
    }
}

static void test_limits(void **state)
{
    struct scope scope;
    struct request request;
    struct buffer uri;

    (void)state;
    scope_begin(&scope, &config, NULL, NULL);
    buffer_init(&uri, &scope.arena);
    buffer_add_text(&uri, "/api");
    for (int i = 0; i < REQUEST_SEGMENT_MAX; i++)
        buffer_add_text(&uri, "/s");
    assert_true(decode(&scope, uri.data, NULL, &request));
    assert_int_equal(request.segment_count, REQUEST_SEGMENT_MAX);
    buffer_add_text(&uri, "/s");
    assert_false(decode(&scope, uri.data, NULL, &request));
    assert_int_equal(scope.error.kind, ERR_NOT_FOUND);
    scope_clear_error(&scope);
    buffer_clear(&uri);
    buffer_add_text(&uri, "/api?");
    for (int i = 0; i < REQUEST_QUERY_MAX; i++)
        buffer_add_text(&uri, "a=1&");
    assert_true(decode(&scope, uri.data, NULL, &request));
    assert_int_equal(request.query.count, REQUEST_QUERY_MAX);
    buffer_add_text(&uri, "a=1");
    assert_false(decode(&scope, uri.data, NULL, &request));
    assert_int_equal(scope.error.kind, ERR_MALFORMED);
    scope_end(&scope);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct request request;

        scope_begin(&scope, &config, NULL, NULL);
        bool done = decode(&scope, "/api/items/17?a=1&b=2", NULL, &request);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_non_null(request.path);
        scope_end(&scope);
    }
    assert_true(faults_count() > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a path is split, then decoded once", test_paths, NULL, NULL, NULL},
        {"a query is split, then decoded once", test_queries, NULL, NULL, NULL},
        {"the base path is whole segments", test_base_paths, NULL, NULL, NULL},
        {"the numbers of segments and parameters are bounded", test_limits, NULL, NULL, NULL},
        {"lack of memory is an error", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/uri", tests, NULL, NULL);
}
