/* idempotency_test.c - tests of middleware/idempotency: which keys count, and for which request */
#include "stage.h"

#define BODY "{\"name\":\"Kettle\"}"

/* A POST by somebody signed in, to /items/1/adjust. */
static void begin(struct stage *stage, const char *key)
{
    struct request *request = &stage->exchange.request;

    stage_renew(stage);
    stage->route = (struct route){
        .method = POST, .access = ACCESS_PERMISSION, .permission = "a:b", .rate = RATE_WRITE};
    stage->exchange.idempotency_hash = NULL;
    *request = (struct request){.method = POST,
                                .idempotency_key = key,
                                .segments = {"items", "1", "adjust"},
                                .segment_count = 3};
    buffer_init(&request->body, &stage->exchange.scope.arena);
    buffer_add_text(&request->body, BODY);
}

static const char *hash(struct stage *stage)
{
    assert_true(stage_idempotency(&stage->exchange));
    return stage->exchange.idempotency_hash;
}

static void test_rows(void **state)
{
    static const struct {
        struct route route;
        bool takes;
    } cases[] = {
        {{.method = POST, .access = ACCESS_PERMISSION, .rate = RATE_WRITE}, true},
        {{.method = POST, .access = ACCESS_SIGNED_IN, .rate = RATE_WRITE}, true},
        {{.method = POST, .access = ACCESS_PUBLIC, .rate = RATE_WRITE}, false},
        {{.method = POST, .access = ACCESS_SIGNED_IN, .rate = RATE_AUTH}, false},
        {{.method = PUT, .access = ACCESS_PERMISSION, .rate = RATE_WRITE}, false},
        {{.method = PATCH, .access = ACCESS_PERMISSION, .rate = RATE_WRITE}, false},
        {{.method = DELETE, .access = ACCESS_PERMISSION, .rate = RATE_WRITE}, false},
        {{.method = GET, .access = ACCESS_PERMISSION, .rate = RATE_READ}, false},
        {{.method = POST,
          .access = ACCESS_SIGNED_IN,
          .rate = RATE_WRITE,
          .flags = ROUTE_NO_TRANSACTION},
         false},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        begin(stage, "one");
        stage->route = cases[i].route;
        if ((hash(stage) != NULL) != cases[i].takes)
            unit_fail("case %zu\n", i);
        /* Where it does not count, nobody asks what it looks like. */
        begin(stage, "two words");
        stage->route = cases[i].route;
        assert_int_equal(stage_idempotency(&stage->exchange), !cases[i].takes);
    }
    begin(stage, NULL);
    assert_null(hash(stage));
}

static void test_keys(void **state)
{
    static const char *const wrong[] = {"", " ", "a b", "a ", "\ta", "a\x7f", "\xc3\xa9", "a\n"};
    struct stage *stage = *state;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        begin(stage, wrong[i]);
        assert_false(stage_idempotency(&stage->exchange));
        assert_int_equal(stage->exchange.scope.error.kind, ERR_VALIDATION);
        assert_string_equal(stage->exchange.scope.error.fields->field, "Idempotency-Key");
        assert_null(stage->exchange.idempotency_hash);
    }
}

/* What is asked, each part of it, makes the fingerprint; where a part ends, too. */
static void test_hash(void **state)
{
    static const struct pair one[] = {{"a", "bc"}};
    static const struct pair shifted[] = {{"ab", "c"}};
    struct stage *stage = *state;
    struct request *request = &stage->exchange.request;
    const char *hashes[7];

    begin(stage, "one");
    hashes[0] = hash(stage);
    begin(stage, "one");
    request->segments[1] = "2";
    hashes[1] = hash(stage);
    begin(stage, "one");
    request->segments[0] = "items1";
    request->segments[1] = "adjust";
    request->segment_count = 2;
    hashes[2] = hash(stage);
    begin(stage, "one");
    request->query = (struct pairs){one, 1};
    hashes[3] = hash(stage);
    begin(stage, "one");
    request->query = (struct pairs){shifted, 1};
    hashes[4] = hash(stage);
    begin(stage, "one");
    buffer_add_char(&request->body, ' ');
    hashes[5] = hash(stage);
    begin(stage, "one");
    buffer_clear(&request->body);
    hashes[6] = hash(stage);
    for (size_t i = 0; i < COUNT(hashes); i++) {
        assert_int_equal(strlen(hashes[i]), 64);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(hashes[i], hashes[k]);
    }
    begin(stage, "two");
    assert_string_equal(hash(stage), hashes[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("a key counts where the row takes one", test_rows),
        STAGE_TEST("a key is visible ASCII", test_keys),
        STAGE_TEST("another request has another fingerprint, whatever its key", test_hash),
    };

    return cmocka_run_group_tests_name("middleware/idempotency", tests, NULL, NULL);
}
