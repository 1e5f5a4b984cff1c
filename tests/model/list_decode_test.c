/* list_decode_test.c - tests of model/list_decode: what a list's query may ask */
#include "keel/model/list.h"

#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/model/cursor.h"

#include <string.h>

static const struct config config = {.cursor_key = {1, 2, 3}};

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
    {"parent_id", "null", NULL},
    {"parent_id", "NULL", "not_an_integer"},
    {"due_at", "null", NULL},
    {"is_open", "null", "not_a_boolean"},
    {"min_amount", "null", "not_an_integer"},
    {"ids", "1", NULL},
    {"ids", "3,1,2,3,9223372036854775807", NULL},
    {"ids", "", "not_an_id"},
    {"ids", ",", "not_an_id"},
    {"ids", "1,", "not_an_id"},
    {"ids", "1,,2", "not_an_id"},
    {"ids", "1, 2", "not_an_id"},
    {"ids", "0", "not_an_id"},
    {"ids", "-1", "not_an_id"},
    {"ids", "1,x", "not_an_id"},
    {"ids", "{1}", "not_an_id"},
    {"ids", "9223372036854775808", "not_an_id"},
    {"deleted", "only", NULL},
    {"deleted", "with", NULL},
    {"deleted", "", "unknown_choice"},
    {"deleted", "true", "unknown_choice"},
    {"deleted", "Only", "unknown_choice"},
    {"count", "exact", NULL},
    {"count", "estimated", NULL},
    {"count", "none", NULL},
    {"count", "", "unknown_choice"},
    {"count", "auto", "unknown_choice"},
    {"fields", "id,name", NULL},
    {"fields", "", "empty_name"},
    {"fields", "colour", "unknown_name"},
    {"include", "parent", NULL},
    {"include", "children,parent", NULL},
    {"include", "note", "unknown_name"},
    {"q", "kettle", "unknown_parameter"},
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

static void test_asked(void **state)
{
    static const struct pair pairs[] = {{"ids", "7,007,1"},    {"deleted", "with"},
                                        {"count", "none"},     {"fields", "name"},
                                        {"include", "parent"}, {"parent_id", "null"}};
    struct list_query list;

    assert_true(list_decode(*state, &things_model, (struct pairs){pairs, COUNT(pairs)}, &list));
    assert_string_equal(list.ids, "{7,7,1}");
    assert_int_equal(list.deleted, LIST_BOTH);
    assert_int_equal(list.count, LIST_COUNT_NONE);
    assert_int_equal(list.selection.column_count, 1);
    assert_string_equal(list.selection.columns[0]->name, "name");
    assert_string_equal(list.selection.inclusions[0].name, "parent");
    assert_string_equal(list.filters[0].operation, "=");
    assert_null(list.filters[0].value);
    assert_true(decode(*state, "deleted", "only", &list));
    assert_int_equal(list.deleted, LIST_DELETED);
    assert_true(decode(*state, "count", "exact", &list));
    assert_int_equal(list.count, LIST_COUNT_EXACT);
    assert_true(decode(*state, "count", "estimated", &list));
    assert_int_equal(list.count, LIST_COUNT_ESTIMATED);
}

/* `ids` of one id, `count` times. */
static const char *repeat_id(struct scope *scope, size_t count)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    for (size_t i = 0; i < count; i++)
        buffer_add_text(&text, i ? ",1" : "1");
    return text.data;
}

static void test_many_ids(void **state)
{
    struct scope *scope = *state;
    struct list_query list;

    assert_true(decode(scope, "ids", repeat_id(scope, LIST_IDS_MAX), &list));
    assert_int_equal(strlen(list.ids), LIST_IDS_MAX * 2 + 1);
    assert_false(decode(scope, "ids", repeat_id(scope, LIST_IDS_MAX + 1), &list));
    assert_string_equal(scope->error.fields->code, "too_many");
}

/* A model with something to search. */
static bool decode_words(struct scope *scope, const char *text, struct list_query *list)
{
    static struct model model;
    struct pair *pair = scope_alloc(scope, sizeof *pair);

    model = things_model;
    model.search = "found";
    *pair = (struct pair){"q", text};
    return list_decode(scope, &model, (struct pairs){pair, 1}, list);
}

static void test_words(void **state)
{
    static const struct {
        const char *text;
        const char *words[LIST_WORD_MAX + 1];
    } good[] = {
        {"kettle", {"kettle"}},
        {"  blue\t kettle\r\n", {"blue", "kettle"}},
        {"a b c d e f g h", {"a", "b", "c", "d", "e", "f", "g", "h"}},
        {"100%_\\ '\"", {"100%_\\", "'\""}},
        /* No-break, ideographic and thin spaces part words, too. */
        {"caf\u00e9\u00a0\u6f22\u5b57\u3000\u017dlu\u0165\u2009x",
         {"caf\u00e9", "\u6f22\u5b57", "\u017dlu\u0165", "x"}},
        {"\U0001f375\u200bx", {"\U0001f375\u200bx"}},
    };

    for (size_t i = 0; i < COUNT(good); i++) {
        struct list_query list;
        size_t count = 0;

        assert_true(decode_words(*state, good[i].text, &list));
        for (; good[i].words[count]; count++)
            assert_string_equal(list.words[count], good[i].words[count]);
        assert_int_equal(list.word_count, count);
    }
}

static void test_wrong_words(void **state)
{
    struct scope *scope = *state;
    struct list_query list;
    char text[LIST_SEARCH_MAX * 2 + 3] = "";
    const struct {
        const char *text, *code;
    } wrong[] = {{"", "blank"},
                 {" \t", "blank"},
                 {"\u00a0\u3000", "blank"},
                 {"a b c d e f g h i", "too_many"},
                 {text, "too_long"}};

    for (size_t i = 0; i < LIST_SEARCH_MAX; i++)
        strcat(text, "\u00e9");
    assert_true(decode_words(scope, text, &list));
    text[LIST_SEARCH_MAX * 2] = 'x';
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(decode_words(scope, wrong[i].text, &list));
        assert_string_equal(scope->error.fields->field, "q");
        assert_string_equal(scope->error.fields->code, wrong[i].code);
        scope_clear_error(scope);
    }
}

static void test_hard_delete(void **state)
{
    struct scope *scope = *state;
    static const struct pair pair = {"deleted", "only"};
    struct model hard = things_model;
    struct list_query list;

    hard.soft_delete = false;
    assert_false(list_decode(scope, &hard, (struct pairs){&pair, 1}, &list));
    assert_string_equal(scope->error.fields->code, "unknown_parameter");
}

/* Another table's cursor, or this one's with other filters and columns. */
static void test_cursor_binding(void **state)
{
    static const char *const values[] = {"9.99", "17"};
    struct scope *scope = *state;
    struct list_query list;
    struct pair pairs[] = {{"cursor", cursor_encode(scope, "things", "price", values, 2)},
                           {"name", "ab"},
                           {"fields", "name"},
                           {"deleted", "with"}};

    assert_true(list_decode(scope, &things_model, (struct pairs){pairs, COUNT(pairs)}, &list));
    assert_string_equal(list.cursor[1], "17");
    pairs[0].value = cursor_encode(scope, "items", "price", values, 2);
    assert_false(list_decode(scope, &things_model, (struct pairs){pairs, 1}, &list));
    assert_string_equal(scope->error.fields->code, "invalid");
}

static void test_no_memory(void **state)
{
    static const struct pair pairs[] = {
        {"ids", "1,2"}, {"q", "a b"}, {"fields", "id"}, {"sort", "price"}, {"name", "ab"}};
    struct scope *scope = *state;
    struct model model = things_model;

    model.search = "found";
    faults_begin();
    while (faults_next()) {
        struct list_query list;
        struct parameters parameters = {0};

        bool done = list_decode(scope, &model, (struct pairs){pairs, COUNT(pairs)}, &list) &&
                    list_parameters(scope, &model, &parameters);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(scope->error.kind, done ? ERR_NONE : ERR_UNAVAILABLE);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 30);
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

static void test_parameters(void **state)
{
    static const struct {
        const char *name;
        enum parameter_kind kind;
        const char *detail; /* the column, the last choice, or what holds without it */
    } expected[] = {
        {"page", PARAMETER_NUMBER, "1"},
        {"per_page", PARAMETER_NUMBER, "20"},
        {"cursor", PARAMETER_TEXT, NULL},
        {"sort", PARAMETER_SORT, "-created_at"},
        {"ids", PARAMETER_IDS, NULL},
        {"deleted", PARAMETER_CHOICE, NULL},
        {"count", PARAMETER_CHOICE, NULL},
        {"fields", PARAMETER_NAMES, NULL},
        {"include", PARAMETER_NAMES, NULL},
        {"name", PARAMETER_VALUE, "name"},
        {"min_price", PARAMETER_VALUE, "price"},
        {"max_price", PARAMETER_VALUE, "price"},
        {"min_amount", PARAMETER_VALUE, "amount"},
        {"max_amount", PARAMETER_VALUE, "amount"},
        {"parent_id", PARAMETER_VALUE, "parent_id"},
        {"is_open", PARAMETER_VALUE, "is_open"},
        {"due_at", PARAMETER_VALUE, "due_at"},
        {"created_after", PARAMETER_VALUE, "created_at"},
        {"created_before", PARAMETER_VALUE, "created_at"},
    };
    struct parameters parameters = {0};

    assert_true(list_parameters(*state, &things_model, &parameters));
    assert_int_equal(parameters.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        const struct parameter *parameter = &parameters.list[i];
        const char *detail = parameter->column ? parameter->column->name : parameter->fallback;

        assert_string_equal(parameter->name, expected[i].name);
        assert_int_equal(parameter->kind, expected[i].kind);
        assert_non_null(parameter->doc);
        assert_string_equal(detail ? detail : "", expected[i].detail ? expected[i].detail : "");
        assert_int_equal(list_reserves(parameter->name), parameter->kind != PARAMETER_VALUE);
    }
    assert_string_equal(parameters.list[14].doc,
                        "Only rows whose parent_id is this; null: those without one.");
    assert_true(parameters.list[14].takes_null);
    assert_false(parameters.list[9].takes_null);
    assert_true(list_reserves("q"));
    assert_int_equal(parameters.list[3].max, 4);
    assert_string_equal(parameters.list[3].choices[4], "created_at");
    assert_null(parameters.list[3].choices[5]);
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
        TEST("rows, totals and columns are chosen as asked", test_asked),
        TEST("the number of ids is bounded", test_many_ids),
        TEST("q is parted at white space of every script", test_words),
        TEST("q is bounded, and not blank", test_wrong_words),
        TEST("where rows are deleted for good nobody asks for them", test_hard_delete),
        TEST("a cursor is bound to its table and order, not to filters", test_cursor_binding),
        TEST("lack of memory is an error", test_no_memory),
        TEST("the number of filters is bounded", test_too_many),
        TEST("all wrong parameters are reported at once", test_all_at_once),
        TEST("every order ends with the id", test_sort_ends_with_id),
        TEST("a cursor brings its order and goes with no other", test_cursor),
        TEST("a cursor of columns that are gone is refused", test_old_cursor),
        TEST("the parameters of a list can be told", test_parameters),
    };

    return cmocka_run_group_tests_name("model/list_decode", tests, NULL, NULL);
}
