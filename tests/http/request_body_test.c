/* request_body_test.c - tests of http/request_body: a body with a bound */
#include "keel/http/request.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "keel/http/memory.h"

#include <stdlib.h>
#include <string.h>

static char bytes[70000];

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i % 251);
    return 0;
}

/* Reads a body of `length` bytes that says it has `said` (-1: nothing). */
static enum error_kind read_body(size_t length, int64_t said, int64_t limit, size_t break_at,
                                 size_t *read)
{
    char *const environment[] = {NULL};
    struct memory_transport memory;
    struct scope scope;
    struct request request = {.content_length = said};

    scope_begin(&scope, NULL, NULL, NULL);
    memory_transport_init(&memory, environment, bytes, length, &scope.arena);
    memory.break_at = break_at;
    buffer_init(&request.body, &scope.arena);
    bool done = request_read_body(&scope, &memory.transport, &request, limit);
    enum error_kind kind = scope.error.kind;

    assert_int_equal(done, kind == ERR_NONE);
    if (done) {
        assert_true(request.body_done);
        assert_int_equal(request.body.length, length);
        assert_true(length == 0 || request.body.data[length] == '\0');
        assert_true(length == 0 || memcmp(request.body.data, bytes, length) == 0);
    }
    *read = memory.body_read;
    scope_end(&scope);
    return kind;
}

static const struct {
    size_t length;
    int64_t said, limit;
    enum error_kind kind;
} cases[] = {
    {0, -1, 10, ERR_NONE},
    {0, 0, 10, ERR_NONE},
    {10, 10, 10, ERR_NONE},
    {10, -1, 10, ERR_NONE},
    {11, 11, 10, ERR_TOO_LARGE},
    {11, -1, 10, ERR_TOO_LARGE},
    {9, 10, 10, ERR_MALFORMED},
    {10, 9, 10, ERR_MALFORMED},
    {0, 5, 10, ERR_MALFORMED},
    {5, 0, 10, ERR_MALFORMED},
    {5, INT64_MAX, 10, ERR_TOO_LARGE},
    {11, 5, 10, ERR_TOO_LARGE},
    {16384, 16384, 65536, ERR_NONE},
    {16385, -1, 65536, ERR_NONE},
    {65536, -1, 65536, ERR_NONE},
    {65537, -1, 65536, ERR_TOO_LARGE},
    {70000, 70000, 70000, ERR_NONE},
};

static void test_cases(void **state)
{
    size_t read;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum error_kind kind =
            read_body(cases[i].length, cases[i].said, cases[i].limit, SIZE_MAX, &read);

        if (kind != cases[i].kind)
            unit_fail("%zu bytes, said %lld, limit %lld: kind %d\n", cases[i].length,
                      (long long)cases[i].said, (long long)cases[i].limit, (int)kind);
    }
}

/* What is refused by its length alone is not read, and an endless one not to its end. */
static void test_bounded(void **state)
{
    size_t read;

    (void)state;
    assert_int_equal(read_body(70000, 70000, 100, SIZE_MAX, &read), ERR_TOO_LARGE);
    assert_int_equal(read, 0);
    assert_int_equal(read_body(70000, -1, 100, SIZE_MAX, &read), ERR_TOO_LARGE);
    assert_in_range(read, 101, 16384);
}

static void test_broken(void **state)
{
    static const size_t places[] = {0, 1, 9999, 16384, 16385, 59999};
    size_t read;

    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        assert_int_equal(read_body(60000, 60000, 65536, places[i], &read), ERR_MALFORMED);
        assert_int_equal(read_body(60000, -1, 65536, places[i], &read), ERR_MALFORMED);
    }
}

static void test_no_memory(void **state)
{
    size_t read;

    (void)state;
    faults_begin();
    while (faults_next()) {
        enum error_kind kind = read_body(60000, -1, 65536, SIZE_MAX, &read);

        faults_stop();
        assert_int_equal(kind, faults_hit() ? ERR_UNAVAILABLE : ERR_NONE);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a body of the limit passes, and one byte more does not", test_cases, NULL, NULL, NULL},
        {"no more is read than tells that it is too much", test_bounded, NULL, NULL, NULL},
        {"a body that was broken off is never whole", test_broken, NULL, NULL, NULL},
        {"lack of memory is an error", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/request_body", tests, fill, NULL);
}
