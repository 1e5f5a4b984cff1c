/* value_test.c - tests of model/value: one value, from JSON and from text */
#include "keel/model/input.h"

#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <string.h>

/* What becomes of a JSON value. */
static const struct {
    const char *column;
    const char *json;
    const char *text; /* as PostgreSQL gets it; NULL: refused with `code` */
    const char *code;
} decoded[] = {
    {"amount", "0", "0", NULL},
    {"amount", "100", "100", NULL},
    {"amount", "-0", "0", NULL},
    {"amount", "101", NULL, "too_large"},
    {"amount", "-1", NULL, "too_small"},
    {"amount", "1.0", NULL, "not_an_integer"},
    {"amount", "1e1", NULL, "not_an_integer"},
    {"amount", "\"1\"", NULL, "not_an_integer"},
    {"amount", "true", NULL, "not_an_integer"},
    {"amount", "[1]", NULL, "not_an_integer"},
    {"amount", "{}", NULL, "not_an_integer"},
    {"amount", "null", NULL, "not_null"},
    {"parent_id", "9223372036854775807", "9223372036854775807", NULL},
    {"parent_id", "-9223372036854775808", "-9223372036854775808", NULL},
    {"price", "19.99", "19.99", NULL},
    {"price", "0.30", "0.30", NULL},
    {"price", "0", "0", NULL},
    {"price", "-0.00", "-0.00", NULL},
    {"price", "9999.99", "9999.99", NULL},
    {"price", "10000", NULL, "too_large"},
    {"price", "10000.00", NULL, "too_large"},
    {"price", "-0.01", NULL, "too_small"},
    {"price", "1.999", NULL, "too_precise"},
    {"price", "1.000", NULL, "too_precise"},
    {"price", "0.30000000000000004", NULL, "too_precise"},
    {"price", "1e2", NULL, "invalid_number"},
    {"price", "1E-1", NULL, "invalid_number"},
    {"price", "\"19.99\"", NULL, "not_a_number"},
    {"price", "false", NULL, "not_a_number"},
    {"price", "null", NULL, "not_null"},
    {"is_open", "true", "true", NULL},
    {"is_open", "false", "false", NULL},
    {"is_open", "1", NULL, "not_a_boolean"},
    {"is_open", "\"true\"", NULL, "not_a_boolean"},
    {"name", "\"ab\"", "ab", NULL},
    {"name", "\"  ab  \"", "  ab  ", NULL},
    {"name", "\"a\"", NULL, "too_short"},
    {"name", "\"\\u00e4\"", NULL, "too_short"},
    {"name", "\"\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\\u00e4\"", "ääääääää", NULL},
    {"name", "\"\\ud83d\\udc0b\\ud83d\\udc0b\"", "🐋🐋", NULL},
    {"name", "\"123456789\"", NULL, "too_long"},
    {"name", "\"   \"", NULL, "blank"},
    {"name", "\"\\u3000\\u00a0\\u2003\"", NULL, "blank"},
    {"name", "\"\"", NULL, "blank"},
    {"name", "12", NULL, "not_a_text"},
    {"name", "[\"ab\"]", NULL, "not_a_text"},
    {"note", "\"\"", "", NULL},
    {"note", "\"'; DROP TABLE things; --\"", "'; DROP TABLE things; --", NULL},
    {"note", "null", NULL, NULL},
    {"secret", "\"äää\"", "äää", NULL},
    {"secret", "\"    \"", "    ", NULL},
    {"secret", "\"abc\"", NULL, "too_short"},
    {"secret", "\"ääää\"", NULL, "too_long"},
    {"email", "\"a@b.c\"", "a@b.c", NULL},
    {"email", "\" Ada@b.c \"", " Ada@b.c ", NULL},
    {"email", "\"a+b@c-d.e.f\"", "a+b@c-d.e.f", NULL},
    {"email", "\"\"", NULL, "invalid_email"},
    {"email", "\"   \"", NULL, "invalid_email"},
    {"email", "\"ab.c\"", NULL, "invalid_email"},
    {"email", "\"@b.c\"", NULL, "invalid_email"},
    {"email", "\"a@b\"", NULL, "invalid_email"},
    {"email", "\"a@.c\"", NULL, "invalid_email"},
    {"email", "\"a@b.\"", NULL, "invalid_email"},
    {"email", "\"a@b. \"", NULL, "invalid_email"},
    {"email", "\"a@@b.c\"", NULL, "invalid_email"},
    {"email", "\"a b@c.d\"", NULL, "invalid_email"},
    {"email", "\"a@b.c\\n\"", NULL, "invalid_email"},
    {"email", "\"a@b.c,d@e.f\"", NULL, "invalid_email"},
    {"email", "\"<a@b.c>\"", NULL, "invalid_email"},
    {"email", "\"aaaaaaaaaaaaaaaaa@b.c\"", NULL, "too_long"},
    {"due_at", "\"2026-01-12T10:00:00Z\"", "2026-01-12T10:00:00Z", NULL},
    {"due_at", "\"2026-01-12T10:00:00.5+02:00\"", "2026-01-12T10:00:00.5+02:00", NULL},
    {"due_at", "\"2026-02-30T10:00:00Z\"", NULL, "invalid_time"},
    {"due_at", "\"2026-01-12\"", NULL, "invalid_time"},
    {"due_at", "\"now\"", NULL, "invalid_time"},
    {"due_at", "\"infinity\"", NULL, "invalid_time"},
    {"due_at", "0", NULL, "not_a_text"},
    {"due_at", "null", NULL, NULL},
    {"tags", "[]", NULL, "read_only"},
};

static void decode_one(size_t i)
{
    struct scope scope;
    struct json_object *member;
    struct value value = {0};

    scope_begin(&scope, NULL, NULL, NULL);
    assert_true(json_parse(&scope, decoded[i].json, strlen(decoded[i].json), &member));
    bool done = value_decode(&scope, model_find(&things_model, decoded[i].column), member, &value);
    const char *code = scope.error.fields ? scope.error.fields->code : "none";

    if (done != !decoded[i].code || (!done && strcmp(code, decoded[i].code) != 0))
        unit_fail("%s = %s: %s\n", decoded[i].column, decoded[i].json, code);
    if (done && decoded[i].text)
        assert_string_equal(value.text, decoded[i].text);
    if (done)
        assert_int_equal(value.state, decoded[i].text ? VALUE_SET : VALUE_NULL);
    scope_end(&scope);
}

static void test_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decoded); i++)
        decode_one(i);
}

/* What becomes of a query parameter's text; the types of PostgreSQL take more than these. */
static const struct {
    const char *column;
    const char *text;
    const char *code; /* NULL: taken */
} checked[] = {
    {"amount", "5", NULL},
    {"amount", "", "not_an_integer"},
    {"amount", " 5", "not_an_integer"},
    {"amount", "+5", "not_an_integer"},
    {"amount", "5.0", "not_an_integer"},
    {"amount", "0x5", "not_an_integer"},
    {"amount", "99999999999999999999", "not_an_integer"},
    {"amount", "101", "too_large"},
    {"price", "1.5", NULL},
    {"price", "", "invalid_number"},
    {"price", "-", "invalid_number"},
    {"price", ".5", "invalid_number"},
    {"price", "5.", "invalid_number"},
    {"price", "+5", "invalid_number"},
    {"price", "05", "invalid_number"},
    {"price", " 12 ", "invalid_number"},
    {"price", "NaN", "invalid_number"},
    {"price", "Infinity", "invalid_number"},
    {"price", "1e2", "invalid_number"},
    {"price", "1_000", "invalid_number"},
    {"price", "1.234", "too_precise"},
    {"price", "-1", "too_small"},
    {"is_open", "true", NULL},
    {"is_open", "false", NULL},
    {"is_open", "on", "not_a_boolean"},
    {"is_open", "t", "not_a_boolean"},
    {"is_open", "1", "not_a_boolean"},
    {"is_open", "", "not_a_boolean"},
    {"due_at", "2026-01-12T10:00:00Z", NULL},
    {"due_at", "tomorrow", "invalid_time"},
    {"name", "ab", NULL},
    {"name", "", "blank"},
    {"tags", "[]", "read_only"},
};

static void test_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(checked); i++) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        bool done = input_check_text(&scope, model_find(&things_model, checked[i].column),
                                     "min_thing", checked[i].text);
        const char *code = scope.error.fields ? scope.error.fields->code : "none";

        if (done != !checked[i].code || (!done && strcmp(code, checked[i].code) != 0))
            unit_fail("%s = <%s>: %s\n", checked[i].column, checked[i].text, code);
        if (!done)
            assert_string_equal(scope.error.fields->field, "min_thing");
        scope_end(&scope);
    }
}

/* Bounds that the digits of the column do not give by themselves. */
static void test_decimal_bounds(void **state)
{
    static const struct column columns[] = {
        {COLUMN_NAME("share"), .kind = KIND_DECIMAL, .digits = 30, .scale = 4, .min = -1,
         .max = 100},
        {COLUMN_NAME("part"), .kind = KIND_DECIMAL, .digits = 5, .scale = 2, .min = 1, .max = 5},
    };
    static const struct {
        size_t column;
        const char *text;
        const char *code; /* NULL: taken */
    } cases[] = {
        {0, "100", NULL},
        {0, "100.0000", NULL},
        {0, "100.0001", "too_large"},
        {0, "99.9999", NULL},
        {0, "101", "too_large"},
        {0, "99999999999999999999999999", "too_large"},
        {0, "-1", NULL},
        {0, "-1.0000", NULL},
        {0, "-0.5", NULL},
        {0, "-1.0001", "too_small"},
        {0, "-2", "too_small"},
        {0, "-99999999999999999999999999", "too_small"},
        {1, "0.99", "too_small"},
        {1, "0", "too_small"},
        {1, "-3", "too_small"},
        {1, "1", NULL},
        {1, "5.00", NULL},
        {1, "5.01", "too_large"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct column *column = &columns[cases[i].column];
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        bool done = input_check_text(&scope, column, column->name, cases[i].text);
        const char *code = scope.error.fields ? scope.error.fields->code : "none";

        if (done != !cases[i].code || (!done && strcmp(code, cases[i].code) != 0))
            unit_fail("%s = <%s>: %s\n", column->name, cases[i].text, code);
        scope_end(&scope);
    }
}

static const struct {
    const char *text;
    bool fits;
} networks[] = {
    {"192.0.2.1", true},     {"192.0.2.0/24", true}, {"2001:db8::/32", true}, {"::1", true},
    {"192.0.2.0/33", false}, {"192.0.2", false},     {"localhost", false},    {"", false},
};

static void test_networks(void **state)
{
    static const struct column column = {COLUMN_NAME("networks"), .kind = KIND_TEXTS,
                                         .format = "network", .max = 64, .most = 8};

    (void)state;
    for (size_t i = 0; i < COUNT(networks); i++) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        if (input_check_text(&scope, &column, "networks[0]", networks[i].text) != networks[i].fits)
            unit_fail("<%s>\n", networks[i].text);
        if (!networks[i].fits)
            assert_string_equal(scope.error.fields->code, "invalid_network");
        scope_end(&scope);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"each JSON value is taken exactly or refused by name", test_decoded, NULL, NULL, NULL},
        {"text is taken only as JSON would write it", test_checked, NULL, NULL, NULL},
        {"a decimal keeps to its bounds, to the last digit", test_decimal_bounds, NULL, NULL, NULL},
        {"a network is an address with or without its bits", test_networks, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("model/value", tests, NULL, NULL);
}
