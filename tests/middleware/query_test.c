/* query_test.c - tests of middleware/query: parameters that are doubled or not declared */
#include "stage.h"

#include "../support/thing.h"

static const struct query_parameter declared[] = {{"count", "How to count.", NULL},
                                                  {"fields", "What to show.", NULL},
                                                  {"mode", "How.", "all|some"},
                                                  {NULL, NULL, NULL}};

static const struct {
    const struct query_parameter *query;
    unsigned flags;
    struct pair pairs[3];
    size_t count;
    const char *code; /* NULL: let pass */
} cases[] = {
    {NULL, 0, {{0}}, 0, NULL},
    {NULL, 0, {{"a", "1"}}, 1, "unknown_parameter"},
    {NULL, 0, {{"", ""}}, 1, "unknown_parameter"},
    {declared, 0, {{"count", "1"}, {"fields", ""}}, 2, NULL},
    {declared, 0, {{"Count", "1"}}, 1, "unknown_parameter"},
    {declared, 0, {{"count", "1"}, {"count", "1"}}, 2, "duplicate"},
    {declared, 0, {{"count", "1"}, {"fields", "1"}, {"count", "2"}}, 3, "duplicate"},
    {declared, 0, {{"mode", "all"}}, 1, NULL},
    {declared, 0, {{"mode", "some"}}, 1, NULL},
    {declared, 0, {{"mode", "al"}}, 1, "unknown_choice"},
    {declared, 0, {{"mode", "all|some"}}, 1, "unknown_choice"},
    {declared, 0, {{"mode", ""}}, 1, "unknown_choice"},
    {NULL, ROUTE_LIST, {{"anything", "1"}}, 1, NULL},
    {NULL, ROUTE_LIST, {{"page", "1"}, {"page", "2"}}, 2, "duplicate"},
    {NULL, ROUTE_ANY_QUERY, {{"a", "1"}, {"a", "1"}}, 2, NULL},
};

static void test_cases(void **state)
{
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        stage_renew(stage);
        stage->route = (struct route){.query = cases[i].query, .flags = cases[i].flags};
        stage->exchange.request.query = (struct pairs){cases[i].pairs, cases[i].count};
        bool passed = stage_query(&stage->exchange);
        const struct error *error = &stage->exchange.scope.error;
        const char *code = error->fields ? error->fields->code : "none";

        if (passed != !cases[i].code || (!passed && strcmp(code, cases[i].code) != 0))
            unit_fail("case %zu: %s\n", i, code);
        assert_int_equal(error->kind, passed ? ERR_NONE : ERR_VALIDATION);
    }
}

/* The row says nothing of it: a GET of one row of a table is enough. */
static void test_one_row(void **state)
{
    static const struct {
        enum method method;
        struct pair pair;
        bool passes;
    } rows[] = {
        {GET, {"fields", "id"}, true},
        {GET, {"include", "anything"}, true},
        {GET, {"sort", "id"}, false},
        {PATCH, {"fields", "id"}, false},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        stage_renew(stage);
        stage->route = (struct route){.method = rows[i].method, .reply = {&things_model, READ}};
        stage->exchange.request.query = (struct pairs){&rows[i].pair, 1};
        assert_int_equal(stage_query(&stage->exchange), rows[i].passes);
    }
}

static void test_all_at_once(void **state)
{
    static const struct pair pairs[] = {{"a", "1"}, {"b", "1"}, {"a", "2"}};
    struct stage *stage = *state;
    const struct field_error *field;

    stage->exchange.request.query = (struct pairs){pairs, COUNT(pairs)};
    assert_false(stage_query(&stage->exchange));
    field = stage->exchange.scope.error.fields;
    assert_string_equal(field->field, "a");
    assert_string_equal(field->next->field, "b");
    assert_string_equal(field->next->next->code, "duplicate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("a parameter passes once, and where the row knows it", test_cases),
        STAGE_TEST("a row of a table can be cut and added to", test_one_row),
        STAGE_TEST("all wrong ones are reported at once", test_all_at_once),
    };

    return cmocka_run_group_tests_name("middleware/query", tests, NULL, NULL);
}
