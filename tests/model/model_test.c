/* model_test.c - tests of model/model: finding columns, refusing contradictory tables */
#include "keel/model/selection.h"

#include "../support/thing.h"
#include "../support/unit.h"

#include <string.h>

static void test_find(void **state)
{
    (void)state;
    assert_string_equal(model_find(&things_model, "price")->name, "price");
    assert_null(model_find(&things_model, "pric"));
    assert_null(model_find(&things_model, "prices"));
    assert_null(model_find(&things_model, "PRICE"));
    assert_null(model_find(&things_model, ""));
}

static void test_good(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_true(model_check(&scope, &things_model));
    scope_end(&scope);
}

#define ID COLUMN_NAME("id"), .kind = KIND_INT, .uses = READ | SORT, .doc = "Identifier."

#define INT_COLUMN(text, use)  COLUMN_NAME(text), .kind = KIND_INT, .uses = use, .doc = "A."
#define TEXT_COLUMN(text, use) COLUMN_NAME(text), .kind = KIND_TEXT, .uses = use, .doc = "A."

static const struct model without_table = {.name = "Loose"};

/* Contradictions within one column, of a model that otherwise has what it needs. */
static const struct {
    const char *says;
    struct column column;
    const char *search;
    bool counted;
} wrong_columns[] = {
    {"its key", {.name = "a", .kind = KIND_INT, .uses = READ, .doc = "A."}, NULL, false},
    {"COUNTED needs", {INT_COLUMN("a", READ | COUNTED)}, NULL, true},
    {"COUNTED needs", {INT_COLUMN("a", READ | FILTER | COUNTED)}, NULL, false},
    {"ASKED needs", {INT_COLUMN("a", READ | ASKED)}, NULL, false},
    {"ASKED needs", {INT_COLUMN("a", ASKED), .expression = "1"}, NULL, false},
    {"only be READ", {INT_COLUMN("a", READ | ASKED | SORT), .expression = "1"}, NULL, false},
    {"only be READ", {TEXT_COLUMN("a", READ | SEARCH), .expression = "1"}, "found", false},
    {"FILTER alone", {TEXT_COLUMN("a", READ | FILTER), .condition = "b = ?"}, NULL, false},
    {"FILTER alone", {TEXT_COLUMN("a", READ), .condition = "b = ?"}, NULL, false},
    {"FILTER alone", {TEXT_COLUMN("a", FILTER), .condition = "b"}, NULL, false},
    {"FILTER alone", {TEXT_COLUMN("a", FILTER), .condition = "b = ? OR c = ?"}, NULL, false},
    {"SEARCH needs", {TEXT_COLUMN("a", READ | SEARCH)}, NULL, false},
    {"SEARCH needs", {INT_COLUMN("a", READ | SEARCH)}, "found", false},
    {"part of this SEARCH", {TEXT_COLUMN("a", READ)}, "found", false},
    {"this name already", {TEXT_COLUMN("page", READ | FILTER)}, NULL, false},
    {"this name already", {TEXT_COLUMN("q", READ | FILTER)}, NULL, false},
    {"this name already", {TEXT_COLUMN("fields", READ | FILTER)}, NULL, false},
    {"an INT called", {TEXT_COLUMN("a_id", READ), .references = &things_model}, NULL, false},
    {"an INT called", {INT_COLUMN("a", READ), .references = &things_model}, NULL, false},
    {"an INT called", {INT_COLUMN("_id", READ), .references = &things_model}, NULL, false},
    {"whose id is READ", {INT_COLUMN("a_id", READ), .references = &without_table}, NULL, false},
    {"too long",
     {INT_COLUMN("a_name_that_grows_and_grows_until_with_created_at_it_is_cut_id", READ),
      .references = &things_model},
     NULL,
     false},
    {"name of its include", {INT_COLUMN("b_id", READ), .references = &things_model}, NULL, false},
};

static void test_wrong_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong_columns); i++) {
        const struct column columns[] = {{ID}, {TEXT_COLUMN("b", READ)}, wrong_columns[i].column};
        const struct model model = {.name = "Wrong",
                                    .plural = "wrong",
                                    .table = "wrong",
                                    COLUMNS(columns),
                                    .search = wrong_columns[i].search,
                                    .counted = wrong_columns[i].counted};
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        if (model_check(&scope, &model) || !strstr(scope.error.message, wrong_columns[i].says))
            unit_fail("case %zu (%s): %s\n", i, wrong_columns[i].says,
                      scope.error.message ? scope.error.message : "accepted");
        scope_end(&scope);
    }
}

/* What the new words are for. */
static void test_right_columns(void **state)
{
    static const struct column columns[] = {
        {ID},
        {TEXT_COLUMN("name", READ | SEARCH)},
        {INT_COLUMN("thing_id", READ | FILTER | COUNTED), .references = &things_model},
        {INT_COLUMN("total", READ | ASKED), .expression = "1"},
        {TEXT_COLUMN("role", FILTER), .condition = "name = ?"}};
    static const struct model model = {.name = "Right",
                                       .plural = "right",
                                       .table = "rights",
                                       COLUMNS(columns),
                                       .search = "found",
                                       .counted = true};
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_true(model_check(&scope, &model));
    assert_true(column_is_shown(&columns[0]));
    assert_false(column_is_shown(&columns[3]));
    assert_false(column_is_shown(&columns[4]));
    assert_false(column_is_shown(model_find(&things_model, "secret")));
    assert_true(column_is_stored(&columns[2]));
    assert_false(column_is_stored(&columns[3]));
    assert_false(column_is_stored(&columns[4]));
    scope_end(&scope);
}

/* An answer holds no more columns than a selection has room for. */
static void test_too_many(void **state)
{
    struct column columns[SELECTION_COLUMN_MAX + 1] = {{ID}};
    struct model model = {.name = "Wide", .table = "wide", .columns = columns};
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    for (size_t i = 1; i < COUNT(columns); i++) {
        columns[i] = (struct column){INT_COLUMN("c", READ)};
        columns[i].name = scope_format(&scope, "c%zu", i);
    }
    model.column_count = SELECTION_COLUMN_MAX;
    assert_true(model_check(&scope, &model));
    model.column_count++;
    assert_false(model_check(&scope, &model));
    assert_non_null(strstr(scope.error.message, "more of them are READ"));
    scope_end(&scope);
}

static const struct {
    const char *says;
    struct column columns[3];
    size_t count;
    bool soft_delete;
    const char *order;
} wrong[] = {
    {"no columns", {{0}}, 0, false, NULL},
    {"named twice", {{ID}, {ID}}, 2, false, NULL},
    {"no use", {{ID}, {.name = "a", .doc = "A."}}, 2, false, NULL},
    {"no doc", {{ID}, {COLUMN_NAME("a"), .uses = READ}}, 2, false, NULL},
    {"never NULL",
     {{ID}, {COLUMN_NAME("a"), .uses = READ | SORT, .nullable = true, .doc = "A."}},
     2,
     false,
     NULL},
    {"never NULL", {{ID}, {COLUMN_NAME("a"), .uses = SORT, .doc = "A."}}, 2, false, NULL},
    {"only be READ",
     {{ID}, {COLUMN_NAME("a"), .uses = READ | CREATE, .expression = "1", .doc = "A."}},
     2,
     false,
     NULL},
    {"only be READ",
     {{ID}, {COLUMN_NAME("a"), .uses = READ | FILTER, .expression = "1", .doc = "A."}},
     2,
     false,
     NULL},
    {"digits",
     {{ID}, {COLUMN_NAME("a"), .kind = KIND_DECIMAL, .uses = READ, .doc = "A."}},
     2,
     false,
     NULL},
    {"not written",
     {{ID}, {COLUMN_NAME("a"), .kind = KIND_JSON, .uses = UPDATE, .doc = "A."}},
     2,
     false,
     NULL},
    {"min is over max",
     {{ID}, {COLUMN_NAME("a"), .uses = READ, .min = 3, .max = 2, .doc = "A."}},
     2,
     false,
     NULL},
    {"soft delete", {{ID}}, 1, true, NULL},
    {"every table", {{COLUMN_NAME("a"), .uses = READ, .doc = "A."}}, 1, false, NULL},
    {"sorted by", {{ID}, {COLUMN_NAME("a"), .uses = READ, .doc = "A."}}, 2, false, "-a"},
    {"sorted by", {{ID}}, 1, false, "nothing"},
};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct scope scope;
        struct model model = {.name = "Wrong",
                              .plural = "wrong",
                              .table = "wrong",
                              .columns = wrong[i].columns,
                              .column_count = wrong[i].count,
                              .soft_delete = wrong[i].soft_delete,
                              .order = wrong[i].order};

        scope_begin(&scope, NULL, NULL, NULL);
        if (model_check(&scope, &model) || !strstr(scope.error.message, wrong[i].says))
            unit_fail("case %zu (%s): %s\n", i, wrong[i].says,
                      scope.error.message ? scope.error.message : "accepted");
        assert_int_equal(scope.error.kind, ERR_INTERNAL);
        scope_end(&scope);
    }
}

/* A purge needs rows that are deleted softly, and the time when that was. */
static void test_purge(void **state)
{
    static const struct column columns[] = {
        {ID},
        {COLUMN_NAME("is_active"), .kind = KIND_BOOL, .uses = READ, .doc = "A."},
        {COLUMN_NAME("updated_at"), .kind = KIND_TIME, .uses = READ, .doc = "A."},
    };
    struct model model = {
        .name = "Old", .plural = "old", .table = "old", COLUMNS(columns), .purge = true};
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_false(model_check(&scope, &model));
    assert_non_null(strstr(scope.error.message, "deleted softly"));
    scope_clear_error(&scope);
    model.soft_delete = true;
    assert_true(model_check(&scope, &model));
    model.column_count--;
    assert_false(model_check(&scope, &model));
    assert_non_null(strstr(scope.error.message, "updated_at"));
    scope_end(&scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a column is found by its whole name", test_find, NULL, NULL, NULL},
        {"a table that makes sense is accepted", test_good, NULL, NULL, NULL},
        {"each contradiction is named", test_wrong, NULL, NULL, NULL},
        {"so is each between a column's uses", test_wrong_columns, NULL, NULL, NULL},
        {"columns may be searched, counted, joined and asked for", test_right_columns, NULL, NULL,
         NULL},
        {"only a table that says when a row was deleted can be purged", test_purge, NULL, NULL,
         NULL},
        {"the number of columns is bounded", test_too_many, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("model/model", tests, NULL, NULL);
}
