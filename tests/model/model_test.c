/* model_test.c - tests of model/model: finding columns, refusing contradictory tables */
#include "keel/model/model.h"

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

#define ID .name = "id", .kind = KIND_INT, .uses = READ | SORT, .doc = "Identifier."

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
    {"no doc", {{ID}, {.name = "a", .uses = READ}}, 2, false, NULL},
    {"never NULL",
     {{ID}, {.name = "a", .uses = READ | SORT, .nullable = true, .doc = "A."}},
     2,
     false,
     NULL},
    {"never NULL", {{ID}, {.name = "a", .uses = SORT, .doc = "A."}}, 2, false, NULL},
    {"only be READ",
     {{ID}, {.name = "a", .uses = READ | CREATE, .expression = "1", .doc = "A."}},
     2,
     false,
     NULL},
    {"only be READ",
     {{ID}, {.name = "a", .uses = READ | FILTER, .expression = "1", .doc = "A."}},
     2,
     false,
     NULL},
    {"digits",
     {{ID}, {.name = "a", .kind = KIND_DECIMAL, .uses = READ, .doc = "A."}},
     2,
     false,
     NULL},
    {"not written",
     {{ID}, {.name = "a", .kind = KIND_JSON, .uses = UPDATE, .doc = "A."}},
     2,
     false,
     NULL},
    {"min is over max",
     {{ID}, {.name = "a", .uses = READ, .min = 3, .max = 2, .doc = "A."}},
     2,
     false,
     NULL},
    {"soft delete", {{ID}}, 1, true, NULL},
    {"every table", {{.name = "a", .uses = READ, .doc = "A."}}, 1, false, NULL},
    {"sorted by", {{ID}, {.name = "a", .uses = READ, .doc = "A."}}, 2, false, "-a"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a column is found by its whole name", test_find, NULL, NULL, NULL},
        {"a table that makes sense is accepted", test_good, NULL, NULL, NULL},
        {"each contradiction is named", test_wrong, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("model/model", tests, NULL, NULL);
}
