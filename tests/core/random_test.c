/* random_test.c - tests of core/random */
#include "keel/core/random.h"

#include "support/unit.h"

#include <string.h>

static void test_bytes(void **state)
{
    unsigned char bytes[4096];
    unsigned seen[256] = {0};
    size_t values = 0;

    (void)state;
    memset(bytes, 0, sizeof bytes);
    assert_true(random_bytes(bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++)
        values += seen[bytes[i]]++ == 0;
    /* Each value is missing with a chance of e^-16: fewer than 240 of 256 does not happen. */
    assert_true(values > 240);
}

static void test_fills_exactly(void **state)
{
    unsigned char bytes[64];

    (void)state;
    for (size_t length = 0; length < 32; length++) {
        memset(bytes, 0xAA, sizeof bytes);
        assert_true(random_bytes(bytes, length));
        for (size_t i = length; i < sizeof bytes; i++)
            assert_int_equal(bytes[i], 0xAA);
    }
}

static void test_large(void **state)
{
    static unsigned char bytes[1000000];

    (void)state;
    assert_true(random_bytes(bytes, sizeof bytes));
    /* Over 256 bytes the kernel may give less than was asked: the end must have been filled too. */
    unsigned sum = 0;

    for (size_t i = sizeof bytes - 64; i < sizeof bytes; i++)
        sum += bytes[i];
    assert_true(sum > 0);
}

static void test_hex(void **state)
{
    char text[65];

    (void)state;
    for (size_t bytes = 0; bytes <= 32; bytes++) {
        memset(text, '?', sizeof text);
        assert_true(random_hex(text, bytes));
        assert_int_equal(strlen(text), 2 * bytes);
        assert_int_equal(strspn(text, "0123456789abcdef"), 2 * bytes);
    }
}

static void test_hex_too_long(void **state)
{
    char text[67] = "untouched";

    (void)state;
    assert_false(random_hex(text, 33));
    assert_string_equal(text, "untouched");
}

static void test_never_twice(void **state)
{
    char texts[200][33];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_true(random_hex(texts[i], 16));
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(texts[i], texts[other]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "random bytes take all values", .test_func = test_bytes},
        {.name = "exactly the bytes asked for are filled", .test_func = test_fills_exactly},
        {.name = "a million bytes are filled to the end", .test_func = test_large},
        {.name = "hexadecimal text is of small digits, twice as long", .test_func = test_hex},
        {.name = "more than 32 bytes of hexadecimal text are refused",
         .test_func = test_hex_too_long},
        {.name = "no random text comes twice", .test_func = test_never_twice},
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
