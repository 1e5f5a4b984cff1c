/* base32_test.c - tests of core/base32: bytes as text that people can type */
#include "keel/core/base32.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include <string.h>

/* RFC 4648, section 10, without the padding; Crockford's by the same bits. */
static const struct {
    const char *bytes, *rfc4648, *crockford;
} cases[] = {
    {"", "", ""},
    {"f", "MY", "cr"},
    {"fo", "MZXQ", "csqg"},
    {"foo", "MZXW6", "csqpy"},
    {"foob", "MZXW6YQ", "csqpyrg"},
    {"fooba", "MZXW6YTB", "csqpyrk1"},
    {"foobar", "MZXW6YTBOI", "csqpyrk1e8"},
    {"\xff\xff\xff\xff\xff", "77777777", "zzzzzzzz"},
};

static void test_vectors(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t length = strlen(cases[i].bytes);

        assert_string_equal(base32_write(&arena, BASE32_RFC4648, cases[i].bytes, length),
                            cases[i].rfc4648);
        assert_string_equal(base32_write(&arena, BASE32_CROCKFORD, cases[i].bytes, length),
                            cases[i].crockford);
    }
    arena_free(&arena);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct arena arena;

        arena_init(&arena);
        const char *text = base32_write(&arena, BASE32_RFC4648, "foo", 3);

        faults_stop();
        assert_int_equal(text == NULL, faults_hit());
        arena_free(&arena);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"bytes are written as the standard has it", test_vectors, NULL, NULL, NULL},
        {"lack of memory gives no text", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/base32", tests, NULL, NULL);
}
