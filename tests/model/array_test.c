/* array_test.c - tests of model/array, with PostgreSQL as the judge */
#include "keel/model/array.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/unit.h"

#include <stdlib.h>
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

/* Characters that mean something to an array, to SQL, to C, or take several bytes. */
static const char *random_text(struct scope *scope)
{
    static const char *const pieces[] = {
        "\"", "\\", "{", "}", ",",  " ", "'",  "$1", "NULL", "\n",
        "\t", "a",  "0", "ö", "茶", "🐋", "--", "/*", "\x01", "\u00a0",
    };
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "");
    for (int length = rand() % 12; length > 0; length--)
        buffer_add_text(&text, pieces[(size_t)rand() % COUNT(pieces)]);
    return text.data;
}

static void test_many(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    const char *elements[500];
    struct array array;
    struct rows rows;

    srand(20260112);
    array_begin(&array, &scope->arena);
    for (size_t i = 0; i < COUNT(elements); i++) {
        elements[i] = rand() % 10 ? random_text(scope) : NULL;
        array_add(&array, elements[i]);
    }
    assert_true(
        asking_query(scope, "SELECT * FROM unnest($1::text[])", PARAMS(array_end(&array)), &rows));
    assert_int_equal(rows.count, COUNT(elements));
    for (int i = 0; i < rows.count; i++) {
        assert_int_equal(row_is_null(&rows, i, 0), elements[i] == NULL);
        if (elements[i])
            assert_string_equal(row_text(&rows, i, 0), elements[i]);
    }
}

static void test_json(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (int round = 0; round < 50; round++) {
        struct array array;
        struct buffer json;
        struct rows rows;

        array_begin(&array, &scope->arena);
        for (int i = 0; i < round; i++)
            array_add(&array, i % 7 ? random_text(scope) : NULL);
        const char *text = array_end(&array);

        buffer_init(&json, &scope->arena);
        array_add_json(&json, text);
        assert_true(asking_query(scope, "SELECT to_jsonb($1::text[]) = $2::jsonb",
                                 PARAMS(text, json.data), &rows));
        if (!row_bool(&rows, 0, 0))
            unit_fail("%s became %s\n", text, json.data);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        const char *text = write_one(&scope, "a\"b");

        faults_stop();
        assert_int_equal(text == NULL, faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"an array is braces, commas and quotes; a NULL has no quotes", test_form,
         test_database_make, test_database_drop, NULL},
        {"PostgreSQL reads back what was written, whatever it is", test_round_trip,
         test_database_make, test_database_drop, NULL},
        {"it does so of many at once, whatever is in them", test_many, test_database_make,
         test_database_drop, NULL},
        {"as JSON it holds what PostgreSQL sees in it", test_json, test_database_make,
         test_database_drop, NULL},
        {"lack of memory gives no array", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("model/array", tests, NULL, NULL);
}
