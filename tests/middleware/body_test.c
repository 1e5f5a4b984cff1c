/* body_test.c - tests of middleware/body: which bodies get to the columns */
#include "stage.h"

#include "../support/thing.h"

#include "keel/http/memory.h"

static const struct {
    const char *type, *body;
    enum error_kind kind;
} cases[] = {
    {"application/json", "{\"name\":\"ab\",\"price\":1}", ERR_NONE},
    {"application/json; charset=UTF-8", "{\"name\":\"ab\",\"price\":1}", ERR_NONE},
    {"application/json;charset=utf-8", "{\"name\":\"ab\",\"price\":1}", ERR_NONE},
    {"Application/JSON", " {\"name\":\"ab\",\"price\":1}\n", ERR_NONE},
    {"application/json ", "{\"name\":\"ab\",\"price\":1}", ERR_NONE},
    {"application/jsonx", "{\"name\":\"ab\",\"price\":1}", ERR_MEDIA_TYPE},
    {"application/json+x", "{\"name\":\"ab\",\"price\":1}", ERR_MEDIA_TYPE},
    {"text/plain", "{\"name\":\"ab\",\"price\":1}", ERR_MEDIA_TYPE},
    {"text/plain", "", ERR_MEDIA_TYPE},
    {NULL, "{\"name\":\"ab\",\"price\":1}", ERR_MEDIA_TYPE},
    {NULL, "", ERR_MALFORMED},
    {"application/json", "", ERR_MALFORMED},
    {"application/json", "   ", ERR_MALFORMED},
    {"application/json", "{\"name\":\"ab\",", ERR_MALFORMED},
    {"application/json", "{\"name\":\"ab\",\"name\":\"cd\"}", ERR_MALFORMED},
    {"application/json", "[]", ERR_VALIDATION},
    {"application/json", "{}", ERR_VALIDATION},
    {"application/json", "{\"name\":\"a name that takes the body over the limit\",\"price\":1}",
     ERR_TOO_LARGE},
};

static bool pass(struct stage *stage, const char *type, const char *body)
{
    char *const none[] = {NULL};
    struct exchange *exchange = &stage->exchange;
    struct memory_transport memory;

    stage_renew(stage);
    buffer_clear(&exchange->request.body);
    memory_transport_init(&memory, none, body, strlen(body), &exchange->scope.arena);
    exchange->transport = &memory.transport;
    exchange->request.content_type = type;
    exchange->request.content_length = -1;
    exchange->request.body_read = 0;
    return stage_body(exchange);
}

static void test_cases(void **state)
{
    struct stage *stage = *state;

    stage->route.body = (struct shape){&things_model, CREATE};
    stage->app.config.max_body_bytes = 40;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool passed = pass(stage, cases[i].type, cases[i].body);

        if (stage->exchange.scope.error.kind != cases[i].kind)
            unit_fail("%s, %s: kind %d\n", cases[i].type, cases[i].body,
                      (int)stage->exchange.scope.error.kind);
        assert_int_equal(passed, cases[i].kind == ERR_NONE);
        if (passed)
            assert_string_equal(input_find(&stage->exchange.input, "name").text, "ab");
    }
}

static void test_limits(void **state)
{
    struct stage *stage = *state;

    stage->route.body = (struct shape){&things_model, CREATE};
    stage->app.config.max_body_bytes = 24;
    assert_true(pass(stage, "application/json", "{\"name\":\"abc\",\"price\":1}"));
    assert_false(pass(stage, "application/json", "{\"name\":\"abcd\",\"price\":1}"));
    assert_int_equal(stage->exchange.scope.error.kind, ERR_TOO_LARGE);
    stage->route.body_limit = 25;
    assert_true(pass(stage, "application/json", "{\"name\":\"abcd\",\"price\":1}"));
}

/* The transport drains what a row without a body does not ask for. */
static void test_no_body(void **state)
{
    struct stage *stage = *state;

    assert_true(pass(stage, "text/plain", "not looked at"));
    assert_int_equal(stage->exchange.request.body.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("a body is JSON of the right type that the columns take", test_cases),
        STAGE_TEST("a row's own limit goes before the setting, and one byte decides", test_limits),
        STAGE_TEST("a row without a body reads none", test_no_body),
    };

    return cmocka_run_group_tests_name("middleware/body", tests, NULL, NULL);
}
