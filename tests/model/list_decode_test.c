/* list_decode_test.c - tests of model/list_decode: what a list's query may ask */
#include "keel/model/list.h"

#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/model/cursor.h"

#include <string.h>

static const struct config config = {.cursor_secret = "a secret that no client has, 32 bytes"};

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, &config, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

static bool decode(struct scope *scope, const char *name, const char *value,
                   struct list_query *list)
{
    struct pair *pair = scope_alloc(scope, sizeof *pair);

    *pair = (struct pair){name, value};
    return list_decode(scope, &things_model, (struct pairs){pair, 1}, list);
}

static void test_nothing(void **state)
{
    struct list_query list;

    assert_true(list_decode(*state, &things_model, (struct pairs){NULL, 0}, &list));
    assert_int_equal(list.page, 1);
    assert_int_equal(list.per_page, 20);
    assert_int_equal(list.filter_count, 0);
    assert_int_equal(list.sort_count, 2);
    assert_string_equal(list.sort[0].column->name, "created_at");
    assert_true(list.sort[0].descending);
    assert_string_equal(list.sort[1].column->name, "id");
    assert_true(list.sort[1].descending);
    assert_null(list.cursor);
}

static const struct {
    const char *name, *value;
    const char *code; /* NULL: taken */
} cases[] = {
    {"page", "1", NULL},
    {"page", "1000000000", NULL},
    {"page", "0", "out_of_range"},
    {"page", "-1", "out_of_range"},
    {"page", "", "out_of_range"},
    {"page", "one", "out_of_range"},
    {"page", "1.0", "out_of_range"},
    {"page", "9223372036854775807", "out_of_range"},
    {"page", "18446744073709551617", "out_of_range"},
    {"per_page", "1", NULL},
    {"per_page", "100", NULL},
    {"per_page", "101", "out_of_range"},
    {"per_page", "0", "out_of_range"},
    {"per_page", "-20", "out_of_range"},
    {"sort", "price", NULL},
    {"sort", "-price,name,amount,id", NULL},
    {"sort", "", "unknown_column"},
    {"sort", ",", "unknown_column"},
    {"sort", "-", "unknown_column"},
    {"sort", "--price", "unknown_column"},
    {"sort", "price,", "unknown_column"},
    {"sort", "note", "unknown_column"},
    {"sort", "secret", "unknown_column"},
    {"sort", "Price", "unknown_column"},
    {"sort", "price desc", "unknown_column"},
    {"sort", "price;DROP TABLE things", "unknown_column"},
    {"sort", "(SELECT 1)", "unknown_column"},
    {"sort", "price,-price", "duplicate"},
    {"sort", "price,name,amount,created_at,id", "too_many"},
    {"name", "Kettle", NULL},
    {"name", "' OR 1=1", NULL},
    {"parent_id", "3", NULL},
    {"parent_id", "three", "not_an_integer"},
    {"parent_id", "null", "not_an_integer"},
    {"is_open", "true", NULL},
    {"is_open", "yes", "not_a_boolean"},
    {"due_at", "2026-01-12T10:00:00Z", NULL},
    {"due_at", "then", "invalid_time"},
    {"min_price", "1.50", NULL},
    {"max_price", "1.505", "too_precise"},
    {"max_price", "NaN", "invalid_number"},
    {"min_amount", "1", NULL},
    {"min_amount", "999", "too_large"},
    {"created_after", "2026-01-12T10:00:00Z", NULL},
    {"created_before", "2026-13-12T10:00:00Z", "invalid_time"},
    {"price", "1", "unknown_parameter"},
    {"min_name", "a", "unknown_parameter"},
    {"min_parent_id", "1", "unknown_parameter"},
    {"min_created_at", "1", "unknown_parameter"},
    {"created_at_after", "2026-01-12T10:00:00Z", "unknown_parameter"},
    {"price_after", "1", "unknown_parameter"},
    {"note", "x", "unknown_parameter"},
    {"secret", "12345", "unknown_parameter"},
    {"is_active", "false", "unknown_parameter"},
    {"min_", "1", "unknown_parameter"},
    {"", "", "unknown_parameter"},
    {"cursor", "", "invalid"},
    {"cursor", "abc", "invalid"},
    {"cursor", "%", "invalid"},
};

static void test_cases(void **state)
{
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct list_query list;
        bool done = decode(scope, cases[i].name, cases[i].value, &list);
        const char *code = scope->error.fields ? scope->error.fields->code : "none";

        if (done != !cases[i].code || (!done && strcmp(code, cases[i].code) != 0))
            unit_fail("%s=%s: %s\n", cases[i].name, cases[i].value, code);
        if (!done) {
            assert_int_equal(scope->error.kind, ERR_VALIDATION);
            assert_string_equal(scope->error.fields->field, cases[i].name);
        }
        scope_clear_error(scope);
    }
}

static void test_filters(void **state)
{
    static const struct pair pairs[] = {{"min_price", "1"},
                                        {"max_price", "2.50"},
                                        {"name", "%_\\"},
                                        {"created_after", "2026-01-12T10:00:00Z"},
                                        {"created_before", "2026-02-12T10:00:00Z"}};
    static const char *const operations[] = {">=", "<=", "=", ">", "<"};
    struct list_query list;

    assert_true(list_decode(*state, &things_model, (struct pairs){pairs, COUNT(pairs)}, &list));
    assert_int_equal(list.filter_count, COUNT(pairs));
    for (size_t i = 0; i < COUNT(pairs); i++) {
        assert_string_equal(list.filters[i].operation, operations[i]);
        assert_string_equal(list.filters[i].value, pairs[i].value);
    }
    assert_string_equal(list.filters[3].column->name, "created_at");
}

static void test_too_many(void **state)
{
    struct scope *scope = *state;
    struct pair pairs[LIST_FILTER_MAX + 1];
    struct list_query list;

    for (size_t i = 0; i < COUNT(pairs); i++)
        pairs[i] = (struct pair){"min_amount", "1"};
    assert_false(list_decode(scope, &things_model, (struct pairs){pairs, COUNT(pairs)}, &list));
    assert_string_equal(scope->error.fields->code, "too_many");
    assert_int_equal(list.filter_count, LIST_FILTER_MAX);
}

static void test_all_at_once(void **state)
{
    static const struct pair pairs[] = {
        {"page", "0"}, {"per_page", "x"}, {"colour", "red"}, {"sort", "nothing"}};
    struct scope *scope = *state;
    struct list_query list;
    const struct field_error *error;

    assert_false(list_decode(scope, &things_model, (struct pairs){pairs, COUNT(pairs)}, &list));
    error = scope->error.fields;
    for (size_t i = 0; i < COUNT(pairs); i++, error = error->next)
        assert_string_equal(error->field, pairs[i].name);
    assert_null(error);
}

static void test_sort_ends_with_id(void **state)
{
    struct list_query list;

    assert_true(decode(*state, "sort", "-price,name", &list));
    assert_int_equal(list.sort_count, 3);
    assert_string_equal(list.sort[2].column->name, "id");
    assert_false(list.sort[2].descending);
    assert_true(decode(*state, "sort", "-id,price", &list));
    assert_int_equal(list.sort_count, 2);
}

static void test_cursor(void **state)
{
    static const char *const values[] = {"9.99", "x", "17"};
    struct scope *scope = *state;
    const char *text = cursor_encode(scope, "things", "-price,name", values, 3);
    struct list_query list;
    struct pair pairs[] = {{"cursor", text}, {"sort", "-price,name"}, {"page", "2"}};

    assert_true(list_decode(scope, &things_model, (struct pairs){pairs, 1}, &list));
    assert_int_equal(list.sort_count, 3);
    assert_string_equal(list.cursor[2], "17");
    assert_string_equal(list.sort_text, "-price,name");
    assert_true(list_decode(scope, &things_model, (struct pairs){pairs, 2}, &list));
    pairs[1].value = "price,name";
    assert_false(list_decode(scope, &things_model, (struct pairs){pairs, 2}, &list));
    assert_string_equal(scope->error.fields->code, "invalid");
    scope_clear_error(scope);
    pairs[1] = pairs[2];
    assert_false(list_decode(scope, &things_model, (struct pairs){pairs, 2}, &list));
    assert_string_equal(scope->error.fields->code, "conflict");
}

/* Signed by an older version of the program, which had other columns. */
static void test_old_cursor(void **state)
{
    static const char *const values[] = {"9.99", "x", "17"};
    static const char *const sorts[] = {"-price,gone", "-price", "note,price", "", "price,price"};
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(sorts); i++) {
        struct list_query list;

        assert_false(
            decode(scope, "cursor", cursor_encode(scope, "things", sorts[i], values, 3), &list));
        assert_int_equal(scope->error.kind, ERR_VALIDATION);
        scope_clear_error(scope);
    }
}

static void collect(const char *name, const struct column *column, void *context)
{
    struct buffer *names = context;

    buffer_add_format(names, "%s=%s ", name, column ? column->name : "");
}

static void test_parameters(void **state)
{
    struct scope *scope = *state;
    struct buffer names;

    buffer_init(&names, &scope->arena);
    list_each_parameter(&things_model, collect, &names);
    assert_string_equal(names.data,
                        "page= per_page= cursor= sort= name=name min_price=price max_price=price "
                        "min_amount=amount max_amount=amount parent_id=parent_id is_open=is_open "
                        "due_at=due_at created_after=created_at created_before=created_at ");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a list that asks for nothing gets the defaults", test_nothing),
        TEST("each parameter is taken or refused by name", test_cases),
        TEST("filters compare as their names say", test_filters),
        TEST("the number of filters is bounded", test_too_many),
        TEST("all wrong parameters are reported at once", test_all_at_once),
        TEST("every order ends with the id", test_sort_ends_with_id),
        TEST("a cursor brings its order and goes with no other", test_cursor),
        TEST("a cursor of columns that are gone is refused", test_old_cursor),
        TEST("the parameters of a list can be told", test_parameters),
    };

    return cmocka_run_group_tests_name("model/list_decode", tests, NULL, NULL);
}
