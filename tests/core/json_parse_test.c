/* json_parse_test.c - tests of core/json_parse and core/json_scan */
#include "keel/core/json.h"

#include "support/faults.h"
#include "support/unit.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A text that may hold NUL. */
#define BYTES(literal) (literal), sizeof(literal) - 1

/* Parses a copy that ends where the text does, so that reading on is seen by the sanitizer. */
static bool parse(struct scope *scope, const char *text, size_t length, struct json_object **value)
{
    char *copy = malloc(length ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    bool ok = json_parse(scope, copy, length, value);

    free(copy);
    return ok;
}

static void test_takes(void **state)
{
    static const struct {
        const char *text;
        const char *plain; /* as json-c writes it without spaces */
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {" 1 ", "1"},
        {"\t\r\n[ ]\n", "[]"},
        {"{ }", "{}"},
        {"null", "null"},
        {"true", "true"},
        {"false", "false"},
        {"\"\"", "\"\""},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"[1,-2,3.5,\"a\",null,true,{\"b\":[]}]", "[1,-2,3.5,\"a\",null,true,{\"b\":[]}]"},
        {"{\"\":1,\"a\":{\"a\":2}}", "{\"\":1,\"a\":{\"a\":2}}"},
        {"[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {"\"\\u00e9\\u20AC\"", "\"\xC3\xA9\xE2\x82\xAC\""},
        {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
        {"\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"",
         "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\""},
        {"\"// no comment, 'nor' NaN\"", "\"// no comment, 'nor' NaN\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope scope;
        struct json_object *value;

        scope_begin(&scope, NULL, NULL, NULL);
        if (!parse(&scope, cases[i].text, strlen(cases[i].text), &value))
            unit_fail("%s: %s", cases[i].text, scope.error.message);
        assert_string_equal(json_object_to_json_string_ext(
                                value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                            cases[i].plain);
        scope_end(&scope);
    }
}

static void test_numbers_keep_their_text(void **state)
{
    static const char *const numbers[] = {
        "19.99", "0.30", "-0.0", "1E5", "1e+5", "1.5e-400", "12345678901234567890.123456789",
        "1e308",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        struct scope scope;
        struct json_object *value;

        scope_begin(&scope, NULL, NULL, NULL);
        assert_true(parse(&scope, numbers[i], strlen(numbers[i]), &value));
        assert_int_equal(json_object_get_type(value), json_type_double);
        assert_string_equal(json_object_to_json_string(value), numbers[i]);
        scope_end(&scope);
    }
}

struct refusal {
    const char *text;
    size_t length;
    const char *problem; /* part of the message */
};

static void check_refusals(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct scope scope;
        struct json_object *value;

        scope_begin(&scope, NULL, NULL, NULL);
        if (parse(&scope, cases[i].text, cases[i].length, &value))
            unit_fail("%s is taken", cases[i].text);
        assert_int_equal(scope.error.kind, ERR_MALFORMED);
        if (!strstr(scope.error.message, cases[i].problem))
            unit_fail("%s: \"%s\" does not say \"%s\"", cases[i].text, scope.error.message,
                      cases[i].problem);
        scope_end(&scope);
    }
}

static void test_refuses_syntax(void **state)
{
    static const struct refusal cases[] = {
        {BYTES(""), "ends too early (byte 0)"},
        {BYTES("  "), "ends too early (byte 2)"},
        {BYTES("{'a':1}"), "double quotes is expected (byte 1)"},
        {BYTES("'a'"), "a value is expected (byte 0)"},
        {BYTES("{a:1}"), "double quotes is expected (byte 1)"},
        {BYTES("{1:1}"), "double quotes is expected (byte 1)"},
        {BYTES("{\"a\" 1}"), "a colon is expected (byte 5)"},
        {BYTES("{\"a\":}"), "a value is expected (byte 5)"},
        {BYTES("{\"a\":1 \"b\":2}"), "a comma or } is expected (byte 7)"},
        {BYTES("{\"a\":1,}"), "double quotes is expected (byte 7)"},
        {BYTES("{,}"), "double quotes is expected (byte 1)"},
        {BYTES("[1,]"), "a value is expected (byte 3)"},
        {BYTES("[,1]"), "a value is expected (byte 1)"},
        {BYTES("[1 2]"), "a comma or ] is expected (byte 3)"},
        {BYTES("[1}"), "a comma or ] is expected (byte 2)"},
        {BYTES("{\"a\":1]"), "a comma or } is expected (byte 6)"},
        {BYTES("]"), "a value is expected (byte 0)"},
        {BYTES("/* x */ 1"), "a value is expected (byte 0)"},
        {BYTES("1 // x"), "something stands behind the value (byte 2)"},
        {BYTES("# x\n1"), "a value is expected (byte 0)"},
        {BYTES("\xEF\xBB\xBF{}"), "a value is expected (byte 0)"},
        {BYTES("{} {}"), "something stands behind the value (byte 3)"},
        {BYTES("1,"), "something stands behind the value (byte 1)"},
        {BYTES("{}\0"), "something stands behind the value (byte 2)"},
        {BYTES("{}\0{\"role\":1}"), "something stands behind the value (byte 2)"},
        {BYTES("\0"), "a value is expected (byte 0)"},
        {BYTES("[\f1]"), "a value is expected (byte 1)"},
        {BYTES("[\xC2\xA0]"), "a value is expected (byte 1)"},
        {BYTES("NaN"), "a value is expected (byte 0)"},
        {BYTES("Infinity"), "a value is expected (byte 0)"},
        {BYTES("-Infinity"), "a digit is missing (byte 1)"},
        {BYTES("-NaN"), "a digit is missing (byte 1)"},
        {BYTES("undefined"), "a value is expected (byte 0)"},
        {BYTES("True"), "a value is expected (byte 0)"},
        {BYTES("nul"), "a value is expected (byte 0)"},
        {BYTES("nulL"), "a value is expected (byte 0)"},
        {BYTES("truex"), "something stands behind the value (byte 4)"},
    };

    (void)state;
    check_refusals(cases, COUNT(cases));
}

static void test_refuses_numbers(void **state)
{
    static const struct refusal cases[] = {
        {BYTES("01"), "needless zero (byte 0)"},
        {BYTES("-01"), "needless zero (byte 0)"},
        {BYTES("00"), "needless zero"},
        {BYTES("+1"), "a value is expected"},
        {BYTES(".5"), "a value is expected"},
        {BYTES("-.5"), "a digit is missing"},
        {BYTES("[1.]"), "a digit is missing (byte 3)"},
        {BYTES("[1.e5]"), "a digit is missing (byte 3)"},
        {BYTES("[1e]"), "a digit is missing (byte 3)"},
        {BYTES("[1e+]"), "a digit is missing (byte 4)"},
        {BYTES("[1e+-5]"), "a digit is missing (byte 4)"},
        {BYTES("1.5.5"), "something stands behind the value"},
        {BYTES("0x10"), "something stands behind the value"},
        {BYTES("1_000"), "something stands behind the value"},
        {BYTES("12abc"), "something stands behind the value"},
        {BYTES("--1"), "a digit is missing"},
        {BYTES("9223372036854775808"), "outside 64 bits (byte 0)"},
        {BYTES("-9223372036854775809"), "outside 64 bits (byte 0)"},
        {BYTES("[18446744073709551616]"), "outside 64 bits (byte 1)"},
        {BYTES("1e400"), "too large (byte 0)"},
        {BYTES("[-1e999]"), "too large (byte 1)"},
        {BYTES("1.8e308"), "too large (byte 0)"},
    };

    (void)state;
    check_refusals(cases, COUNT(cases));
}

static void test_refuses_strings(void **state)
{
    static const struct refusal cases[] = {
        {BYTES("\"a\nb\""), "control character must be escaped (byte 2)"},
        {BYTES("\"a\tb\""), "control character must be escaped (byte 2)"},
        {BYTES("\"a\0b\""), "control character must be escaped (byte 2)"},
        {BYTES("\"\x1F\""), "control character must be escaped (byte 1)"},
        {BYTES("\"\\x\""), "no such escape (byte 2)"},
        {BYTES("\"\\'\""), "no such escape (byte 2)"},
        {BYTES("\"\\\0\""), "no such escape (byte 2)"},
        {BYTES("\"\\U0041\""), "no such escape (byte 2)"},
        {BYTES("\"\\u12g4\""), "four hexadecimal digits (byte 5)"},
        {BYTES("\"\\u 041\""), "four hexadecimal digits (byte 3)"},
        {BYTES("\"\\u0000\""), "\\u0000 is not taken (byte 1)"},
        {BYTES("{\"role\\u0000x\":1}"), "\\u0000 is not taken (byte 6)"},
        {BYTES("\"\\ud800\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\\ud800x\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\\ud800\\n\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\\ud800\\u0041\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\\ud800\\ud800\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\\udc00\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\\udfff\\ud800\""), "surrogate stands alone (byte 1)"},
        {BYTES("\"\x80\""), "malformed UTF-8 (byte 1)"},
        {BYTES("\"\xC0\x80\""), "malformed UTF-8 (byte 1)"},
        {BYTES("\"ab\xED\xA0\x80\""), "malformed UTF-8 (byte 3)"},
        {BYTES("\"\xF4\x90\x80\x80\""), "malformed UTF-8 (byte 1)"},
        {BYTES("\"\xE2\x82\""), "malformed UTF-8 (byte 1)"},
        {BYTES("\"\xFF\""), "malformed UTF-8 (byte 1)"},
        {BYTES("{\"\xFF\":1}"), "malformed UTF-8 (byte 2)"},
    };

    (void)state;
    check_refusals(cases, COUNT(cases));
}

static void test_refuses_duplicates(void **state)
{
    static const struct refusal cases[] = {
        {BYTES("{\"a\":1,\"a\":2}"), "same key twice"},
        {BYTES("{\"a\":1,\"a\":1}"), "same key twice"},
        {BYTES("{\"a\":null,\"a\":null}"), "same key twice"},
        {BYTES("{\"a\":1,\"b\":2,\"\\u0061\":3}"), "same key twice"},
        {BYTES("{\"\":1,\"\":2}"), "same key twice"},
        {BYTES("[[{\"x\":{\"a\":1,\"a\":[]}}]]"), "same key twice"},
        {BYTES("{\"a\":{\"b\":1},\"a\":{\"c\":[1,2]}}"), "same key twice"},
    };

    (void)state;
    check_refusals(cases, COUNT(cases));
}

/* A valid text that has everything is too short at every length. */
static void test_truncated(void **state)
{
    static const char text[] =
        "{\"a\\n\":[1,-2.5e+3,true,false,null,\"\\ud83d\\ude00\xE2\x82\xAC\"],\"b\":{\"c\":{}}}";

    (void)state;
    for (size_t length = 0; length < sizeof text - 1; length++) {
        struct scope scope;
        struct json_object *value;

        scope_begin(&scope, NULL, NULL, NULL);
        assert_false(parse(&scope, text, length, &value));
        assert_int_equal(scope.error.kind, ERR_MALFORMED);
        scope_end(&scope);
    }
}

/* Says whether `open` and `close`, each `count` times, with `inner` between them, is taken. */
static bool takes_nested(const char *open, const char *inner, const char *close, size_t count)
{
    struct scope scope;
    struct buffer text;
    struct json_object *value;

    scope_begin(&scope, NULL, NULL, NULL);
    buffer_init(&text, &scope.arena);
    for (size_t i = 0; i < count; i++)
        buffer_add_text(&text, open);
    buffer_add_text(&text, inner);
    for (size_t i = 0; i < count; i++)
        buffer_add_text(&text, close);
    bool ok = parse(&scope, text.data, text.length, &value);

    assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_MALFORMED);
    scope_end(&scope);
    return ok;
}

static void test_depth(void **state)
{
    (void)state;
    assert_true(takes_nested("[", "", "]", JSON_MAX_DEPTH));
    assert_true(takes_nested("[", "\"text\"", "]", JSON_MAX_DEPTH));
    assert_true(takes_nested("{\"a\":", "1", "}", JSON_MAX_DEPTH));
    assert_true(takes_nested("[", "{\"a\":1.5}", "]", JSON_MAX_DEPTH - 1));
    assert_false(takes_nested("[", "", "]", JSON_MAX_DEPTH + 1));
    assert_false(takes_nested("{\"a\":", "1", "}", JSON_MAX_DEPTH + 1));
    assert_false(takes_nested("[", "", "]", 100000));
    assert_false(takes_nested("[", "", "", 1000000));
}

/* Says whether an array of `count` times `element` is taken. */
static bool takes_array(const char *element, size_t count)
{
    struct scope scope;
    struct buffer text;
    struct json_object *value;

    scope_begin(&scope, NULL, NULL, NULL);
    buffer_init(&text, &scope.arena);
    buffer_add_char(&text, '[');
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&text, element);
        buffer_add_char(&text, i + 1 < count ? ',' : ']');
    }
    bool ok = parse(&scope, text.data, text.length, &value);

    assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_MALFORMED);
    scope_end(&scope);
    return ok;
}

static void test_amounts(void **state)
{
    (void)state;
    assert_true(takes_array("1", JSON_MAX_VALUES));
    assert_false(takes_array("1", JSON_MAX_VALUES + 1));
    /* The outer array is one of them. */
    assert_true(takes_array("{}", JSON_MAX_CONTAINERS - 1));
    assert_false(takes_array("{}", JSON_MAX_CONTAINERS));
    assert_false(takes_array("[]", JSON_MAX_CONTAINERS));
}

static void test_long_numbers(void **state)
{
    char digits[1025];

    (void)state;
    memset(digits, '9', sizeof digits);
    digits[1] = '.';
    for (size_t length = 3; length < sizeof digits; length++) {
        struct scope scope;
        struct json_object *value;

        scope_begin(&scope, NULL, NULL, NULL);
        assert_int_equal(parse(&scope, digits, length, &value), length <= 512);
        scope_end(&scope);
    }
    /* 309 digits in front of the point are more than a double's range when they are nines. */
    memset(digits, '9', sizeof digits);
    digits[309] = '.';
    struct scope scope;
    struct json_object *value;

    scope_begin(&scope, NULL, NULL, NULL);
    assert_false(parse(&scope, digits, 312, &value));
    assert_non_null(strstr(scope.error.message, "too large"));
    scope_clear_error(&scope);
    memcpy(digits, "10", 2);
    assert_true(parse(&scope, digits, 312, &value));
    scope_end(&scope);
}

static void test_too_long(void **state)
{
    struct scope scope;
    struct json_object *value;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_false(json_parse(&scope, "1", (size_t)INT_MAX + 1, &value));
    assert_int_equal(scope.error.kind, ERR_TOO_LARGE);
    scope_end(&scope);
}

static void test_no_memory(void **state)
{
    static const char text[] = "{\"name\":\"Lamp\",\"price\":19.99,\"tags\":[1,2,3]}";

    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct json_object *value;

        scope_begin(&scope, NULL, NULL, NULL);
        bool ok = json_parse(&scope, text, sizeof text - 1, &value);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "valid JSON is taken, whatever white space surrounds it", .test_func = test_takes},
        {.name = "a number with a point or an exponent keeps its text",
         .test_func = test_numbers_keep_their_text},
        {.name = "what is not JSON is refused where it goes wrong",
         .test_func = test_refuses_syntax},
        {.name = "numbers that JSON or 64 bits do not know are refused",
         .test_func = test_refuses_numbers},
        {.name = "control characters, bad escapes and bad UTF-8 are refused",
         .test_func = test_refuses_strings},
        {.name = "a key given twice is refused at any depth, escaped or not",
         .test_func = test_refuses_duplicates},
        {.name = "a text cut off anywhere is refused", .test_func = test_truncated},
        {.name = "32 levels are taken, 33 are not", .test_func = test_depth},
        {.name = "a text with too many values is refused before they take memory",
         .test_func = test_amounts},
        {.name = "numbers of absurd length are refused", .test_func = test_long_numbers},
        {.name = "a text that json-c cannot count is refused unread", .test_func = test_too_long},
        {.name = "parsing without memory fails cleanly", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("json_parse", tests, NULL, NULL);
}
