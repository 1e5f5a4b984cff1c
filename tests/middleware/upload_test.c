/* upload_test.c - tests of middleware/upload: which bodies become files */
#include "stage.h"

#include "keel/core/clock.h"
#include "keel/http/memory.h"

#include <unistd.h>

static const struct media formats[] = {
    {"csv", "text/csv"}, {"ndjson", "application/x-ndjson"}, {NULL, NULL}};

static const struct {
    const char *type, *body;
    enum error_kind kind;
    const char *media_type;
} cases[] = {
    {"text/csv", "a\n1\n", ERR_NONE, "text/csv"},
    {"Text/CSV; charset=UTF-8; header=present", "a\n1\n", ERR_NONE, "text/csv"},
    {"application/x-ndjson", "{}\n", ERR_NONE, "application/x-ndjson"},
    {"text/csvx", "a\n", ERR_MEDIA_TYPE, NULL},
    {"text/cs", "a\n", ERR_MEDIA_TYPE, NULL},
    {"application/json", "{}", ERR_MEDIA_TYPE, NULL},
    {"application/json", "", ERR_MEDIA_TYPE, NULL},
    {NULL, "a\n", ERR_MEDIA_TYPE, NULL},
    {NULL, "", ERR_MALFORMED, NULL},
    {"text/csv", "", ERR_MALFORMED, NULL},
    {"text/csv", "0123456789", ERR_NONE, "text/csv"},
    {"text/csv", "0123456789a", ERR_TOO_LARGE, NULL},
};

static void prepare(struct stage *stage)
{
    folder_make(stage->folder);
    stage->route = (struct route){.method = POST, .access = ACCESS_ACCOUNT, .uploads = formats};
    stage->app.config.upload_folder = stage->folder;
    stage->app.config.max_upload_bytes = 10;
    stage->app.config.upload_timeout_s = 100;
}

static bool pass(struct stage *stage, struct memory_transport *memory, const char *type,
                 const char *body)
{
    static char *const none[] = {NULL};
    struct exchange *exchange = &stage->exchange;

    stage_renew(stage);
    memory_transport_init(memory, none, body, strlen(body), &exchange->scope.arena);
    exchange->transport = &memory->transport;
    exchange->request.content_type = type;
    exchange->request.content_length = -1;
    exchange->request.body_read = 0;
    return stage_upload(exchange);
}

static void test_cases(void **state)
{
    struct stage *stage = *state;
    struct memory_transport memory;

    prepare(stage);
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool passed = pass(stage, &memory, cases[i].type, cases[i].body);

        if (stage->exchange.scope.error.kind != cases[i].kind)
            unit_fail("%s, %s: kind %d\n", cases[i].type, cases[i].body,
                      (int)stage->exchange.scope.error.kind);
        assert_int_equal(passed, cases[i].kind == ERR_NONE);
        if (passed) {
            assert_string_equal(stage->exchange.upload.media->type, cases[i].media_type);
            assert_int_equal(access(stage->exchange.upload.path, R_OK), 0);
            assert_string_equal(stage->exchange.upload.digest, "");
        }
        upload_end(&stage->exchange.upload);
    }
    folder_remove(stage->folder);
}

static void test_limit_of_row(void **state)
{
    struct stage *stage = *state;
    struct memory_transport memory;

    prepare(stage);
    stage->route.body_limit = 3;
    assert_true(pass(stage, &memory, "text/csv", "abc"));
    upload_end(&stage->exchange.upload);
    assert_false(pass(stage, &memory, "text/csv", "abcd"));
    upload_end(&stage->exchange.upload);
    folder_remove(stage->folder);
}

/* The time that a small body has would cut off a large one. */
static void test_deadline(void **state)
{
    struct stage *stage = *state;
    struct memory_transport memory;

    prepare(stage);
    assert_true(pass(stage, &memory, "text/csv", "abc"));
    assert_true(memory.transport.deadline_us > clock_monotonic_us() + 90000000);
    upload_end(&stage->exchange.upload);
    folder_remove(stage->folder);
}

static void test_digest(void **state)
{
    struct stage *stage = *state;
    struct memory_transport memory;
    char digest[DIGEST_TEXT_SIZE];

    prepare(stage);
    stage->exchange.request.idempotency_key = "a-key";
    assert_true(pass(stage, &memory, "text/csv", "abc"));
    assert_true(digest_text("abc", 3, digest));
    assert_string_equal(stage->exchange.upload.digest, digest);
    upload_end(&stage->exchange.upload);
    folder_remove(stage->folder);
}

static void test_no_upload(void **state)
{
    struct stage *stage = *state;
    struct memory_transport memory;

    assert_true(pass(stage, &memory, "text/csv", "not looked at"));
    assert_int_equal(memory.body_read, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST("an upload is of one of the row's media types", test_cases),
        STAGE_TEST("a row's own limit goes before the setting", test_limit_of_row),
        STAGE_TEST("an upload has a time limit of its own", test_deadline),
        STAGE_TEST("a body is hashed where its request may be repeated", test_digest),
        STAGE_TEST("a row without uploads reads none", test_no_upload),
    };

    return cmocka_run_group_tests_name("middleware/upload", tests, NULL, NULL);
}
