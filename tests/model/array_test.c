/* array_test.c - tests of model/array, with PostgreSQL as the judge */
#include "keel/model/array.h"

#include "../support/asking.h"
#include "../support/unit.h"

#include <string.h>

static const char *write_one(struct scope *scope, const char *element)
{
    struct array array;

    array_begin(&array, &scope->arena);
    array_add(&array, element);
    return array_end(&array);
}

static void test_form(void **state)
{
    struct test_database *database = *state;
    struct array array;

    array_begin(&array, &database->scope.arena);
    assert_string_equal(array_end(&array), "{}");
    array_begin(&array, &database->scope.arena);
    array_add(&array, "a");
    array_add(&array, NULL);
    array_add(&array, "");
    assert_string_equal(array_end(&array), "{\"a\",NULL,\"\"}");
}

static void test_round_trip(void **state)
{
    static const char *const elements[] = {
        "",   "NULL", "null", "a,b", "{a}", "\"",  "\\", "\\\"",     "\\\\", " a ",
        "\n", "\t",   "é",    "{",   "}",   "'x'", "$1", "\"\\\"\\", "日本",
    };
    struct test_database *database = *state;
    struct rows rows;

    for (size_t i = 0; i < COUNT(elements); i++) {
        assert_true(asking_query(&database->scope,
                                 "SELECT ($1::text[])[1], cardinality($1::text[])",
                                 PARAMS(write_one(&database->scope, elements[i])), &rows));
        assert_string_equal(row_text(&rows, 0, 0), elements[i]);
        assert_false(row_is_null(&rows, 0, 0));
        assert_int_equal(row_int(&rows, 0, 1), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"an array is braces, commas and quotes; a NULL has no quotes", test_form,
         test_database_make, test_database_drop, NULL},
        {"PostgreSQL reads back what was written, whatever it is", test_round_trip,
         test_database_make, test_database_drop, NULL},
    };

    return cmocka_run_group_tests_name("model/array", tests, NULL, NULL);
}
