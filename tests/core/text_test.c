/* text_test.c - tests of core/text */
#include "keel/core/text.h"

#include "support/faults.h"
#include "support/unit.h"

#include <string.h>

/* A text that may hold NUL, and what is expected of it. */
#define BYTES(literal) (literal), sizeof(literal) - 1

struct claim {
    const char *text;
    size_t length;
    bool expected;
};

static void check_claims(const struct claim *claims, size_t count,
                         bool (*claim)(const char *text, size_t length))
{
    for (size_t i = 0; i < count; i++) {
        if (claim(claims[i].text, claims[i].length) != claims[i].expected)
            unit_fail("case %zu, \"%s\", should be %s", i, claims[i].text,
                      claims[i].expected ? "taken" : "refused");
    }
}

static void test_utf8(void **state)
{
    static const struct claim claims[] = {
        {BYTES(""), true},
        {BYTES("plain"), true},
        {BYTES("\x7F"), true},
        {BYTES("\xC2\x80"), true},
        {BYTES("\xDF\xBF"), true},
        {BYTES("\xE0\xA0\x80"), true},
        {BYTES("\xED\x9F\xBF"), true},
        {BYTES("\xEE\x80\x80"), true},
        {BYTES("\xEF\xBF\xBF"), true},
        {BYTES("\xF0\x90\x80\x80"), true},
        {BYTES("\xF4\x8F\xBF\xBF"), true},
        {BYTES("a\0b"), false},
        {BYTES("\0"), false},
        {BYTES("\x80"), false},
        {BYTES("\xBF"), false},
        {BYTES("\xC0\x80"), false},
        {BYTES("\xC1\xBF"), false},
        {BYTES("\xE0\x9F\xBF"), false},
        {BYTES("\xED\xA0\x80"), false},
        {BYTES("\xED\xBF\xBF"), false},
        {BYTES("\xF0\x8F\xBF\xBF"), false},
        {BYTES("\xF4\x90\x80\x80"), false},
        {BYTES("\xF5\x80\x80\x80"), false},
        {BYTES("\xFF"), false},
        {BYTES("\xC2"), false},
        {BYTES("\xE2\x82"), false},
        {BYTES("\xF0\x9F\x98"), false},
        {BYTES("\xC2z"), false},
        {BYTES("\xE2\x82z"), false},
        {BYTES("\xF0\x9F\x98z"), false},
        {BYTES("fine until \xFE"), false},
    };

    (void)state;
    check_claims(claims, COUNT(claims), text_is_utf8);
}

static void test_measure_character(void **state)
{
    (void)state;
    assert_int_equal(text_measure_character("abc", 3), 1);
    assert_int_equal(text_measure_character("\xC3\xA9x", 3), 2);
    assert_int_equal(text_measure_character("\xE2\x82\xACx", 4), 3);
    assert_int_equal(text_measure_character("\xF0\x9F\x98\x80x", 5), 4);
    assert_int_equal(text_measure_character("", 0), 0);
    assert_int_equal(text_measure_character("\0", 1), 0);
}

static void test_count_characters(void **state)
{
    (void)state;
    assert_int_equal(text_count_characters("", 0), 0);
    assert_int_equal(text_count_characters("abc", 3), 3);
    assert_int_equal(text_count_characters(BYTES("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")), 3);
}

static void test_blank(void **state)
{
    static const struct claim claims[] = {
        {BYTES(""), true},          {BYTES(" \t\r\n\v\f"), true},
        {BYTES("\xC2\xA0"), true},  {BYTES(" \xE2\x80\x83\xE3\x80\x80 "), true},
        {BYTES("a"), false},        {BYTES(" a "), false},
        {BYTES("\xC2\xA1"), false}, {BYTES("\xE3\x80\x81"), false},
        {BYTES("\xE3\x80"), false}, {BYTES("\0"), false},
    };

    (void)state;
    check_claims(claims, COUNT(claims), text_is_blank);
}

static void test_integers(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"-7", -7},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"-9223372036854775807", INT64_MIN + 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t value = 99;

        assert_true(text_to_int(cases[i].text, strlen(cases[i].text), &value));
        assert_true(value == cases[i].value);
    }
}

static bool reads_as_int(const char *text, size_t length)
{
    int64_t value = 99;
    bool ok = text_to_int(text, length, &value);

    assert_true(ok || value == 99);
    return ok;
}

static void test_not_integers(void **state)
{
    static const struct claim claims[] = {
        {BYTES(""), false},
        {BYTES("-"), false},
        {BYTES("+1"), false},
        {BYTES(" 1"), false},
        {BYTES("1 "), false},
        {BYTES("1.0"), false},
        {BYTES("1e3"), false},
        {BYTES("0x10"), false},
        {BYTES("--1"), false},
        {BYTES("1-"), false},
        {BYTES("1\0"), false},
        {BYTES("\xD9\xA1"), false}, /* ARABIC-INDIC DIGIT ONE */
        {BYTES("9223372036854775808"), false},
        {BYTES("-9223372036854775809"), false},
        {BYTES("18446744073709551616"), false},
        {BYTES("99999999999999999999999999"), false},
    };

    (void)state;
    check_claims(claims, COUNT(claims), reads_as_int);
}

static bool is_price(const char *text, size_t length)
{
    return text_is_decimal(text, length, 2);
}

static void test_decimals(void **state)
{
    static const struct claim claims[] = {
        {BYTES("0"), true},      {BYTES("19.99"), true},  {BYTES("0.5"), true},
        {BYTES("-0.05"), true},  {BYTES("10"), true},     {BYTES("99999999.99"), true},
        {BYTES("1.999"), false}, {BYTES("1."), false},    {BYTES(".5"), false},
        {BYTES("01"), false},    {BYTES("00"), false},    {BYTES("+1"), false},
        {BYTES("1e2"), false},   {BYTES("NaN"), false},   {BYTES("Infinity"), false},
        {BYTES(""), false},      {BYTES("-"), false},     {BYTES("-.5"), false},
        {BYTES("1 "), false},    {BYTES(" 1"), false},    {BYTES("1,5"), false},
        {BYTES("1.5.5"), false}, {BYTES("1.5\0"), false},
    };

    (void)state;
    check_claims(claims, COUNT(claims), is_price);
    assert_true(text_is_decimal("5", 1, 0));
    assert_false(text_is_decimal("5.0", 3, 0));
}

/* The vectors of RFC 4648 section 10, and the two characters in which base64url differs. */
static const struct {
    const char *bytes;
    size_t size;
    const char *text;
} base64url_cases[] = {
    {BYTES(""), ""},
    {BYTES("f"), "Zg"},
    {BYTES("fo"), "Zm8"},
    {BYTES("foo"), "Zm9v"},
    {BYTES("foob"), "Zm9vYg"},
    {BYTES("fooba"), "Zm9vYmE"},
    {BYTES("foobar"), "Zm9vYmFy"},
    {BYTES("\xFB\xEF\xFF"), "--__"},
    {BYTES("\0\0\0\0"), "AAAAAA"},
};

static void test_to_base64url(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(base64url_cases); i++)
        assert_string_equal(
            text_to_base64url(&arena, base64url_cases[i].bytes, base64url_cases[i].size),
            base64url_cases[i].text);
    assert_null(text_to_base64url(&arena, "", SIZE_MAX));
    arena_free(&arena);
}

static void test_from_base64url(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(base64url_cases); i++) {
        const char *text = base64url_cases[i].text;
        unsigned char *bytes;
        size_t size;

        assert_true(text_from_base64url(&arena, text, strlen(text), &bytes, &size));
        assert_int_equal(size, base64url_cases[i].size);
        assert_memory_equal(bytes, base64url_cases[i].bytes, size);
    }
    arena_free(&arena);
}

static void test_not_base64url(void **state)
{
    static const struct claim cases[] = {
        {BYTES("A"), false},     {BYTES("AAAAA"), false},   {BYTES("Zg=="), false},
        {BYTES("Zm8="), false},  {BYTES("+/+/"), false},    {BYTES("Zm 9v"), false},
        {BYTES("Zh"), false},    {BYTES("Zm9"), false},     {BYTES("Zm9\n"), false},
        {BYTES("Zm9\0"), false}, {BYTES("Zm9\xC3"), false},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char *bytes;
        size_t size;

        if (text_from_base64url(&arena, cases[i].text, cases[i].length, &bytes, &size))
            unit_fail("\"%s\" should be refused", cases[i].text);
    }
    arena_free(&arena);
}

static bool there_and_back(struct arena *arena)
{
    unsigned char *bytes;
    size_t size;
    char *text = text_to_base64url(arena, "secret bytes", 12);

    return text && text_from_base64url(arena, text, strlen(text), &bytes, &size) && size == 12;
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct arena arena;

        arena_init(&arena);
        bool ok = there_and_back(&arena);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        arena_free(&arena);
    }
    assert_true(faults_count() > 0);
}

static void test_next(void **state)
{
    static const struct {
        const char *text;
        const char *pieces[5];
    } cases[] = {
        {"", {""}},        {"a", {"a"}},      {"a,bc,d", {"a", "bc", "d"}}, {",", {"", ""}},
        {"a,", {"a", ""}}, {",a", {"", "a"}}, {"a,,b", {"a", "", "b"}},     {"a b;c", {"a b;c"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *rest = cases[i].text, *piece;
        size_t length, count = 0;

        while (text_next(&rest, ',', &piece, &length)) {
            assert_non_null(cases[i].pieces[count]);
            assert_int_equal(length, strlen(cases[i].pieces[count]));
            assert_memory_equal(piece, cases[i].pieces[count], length);
            count++;
        }
        assert_null(cases[i].pieces[count]);
        assert_null(rest);
        assert_false(text_next(&rest, ',', &piece, &length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "UTF-8 is taken as RFC 3629 has it, and nothing else", .test_func = test_utf8},
        {.name = "a character is measured alone, whatever follows",
         .test_func = test_measure_character},
        {.name = "characters are counted, not bytes", .test_func = test_count_characters},
        {.name = "only white space is blank, that of Unicode too", .test_func = test_blank},
        {.name = "a list is taken apart, empty pieces too", .test_func = test_next},
        {.name = "integers are read from the smallest to the largest", .test_func = test_integers},
        {.name = "what is not wholly an integer of 64 bits is refused",
         .test_func = test_not_integers},
        {.name = "a decimal with three digits is refused where two are allowed",
         .test_func = test_decimals},
        {.name = "bytes are written as unpadded base64url", .test_func = test_to_base64url},
        {.name = "base64url is read back to the same bytes", .test_func = test_from_base64url},
        {.name = "padding, stray bits and foreign characters are refused",
         .test_func = test_not_base64url},
        {.name = "base64url without memory fails cleanly", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
