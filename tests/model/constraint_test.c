/* constraint_test.c - tests of model/constraint: the database's no, in the caller's words */
#include "keel/model/store.h"

#include "../support/thing.h"
#include "../support/unit.h"

#include <string.h>

static const struct {
    const char *constraint; /* NULL: none */
    bool writes;
    enum error_kind kind; /* before */
    enum error_kind expected;
    const char *field, *code; /* NULL: no field error */
    const char *message;      /* part of it */
} cases[] = {
    {"things_name_key", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "Thing with this name"},
    {"things_parent_id_fkey", true, ERR_CONFLICT, ERR_VALIDATION, "parent_id", "not_found",
     "refers to nothing"},
    {"things_parent_id_cycle", true, ERR_VALIDATION, ERR_VALIDATION, "parent_id", "cycle",
     "parent_id is the Thing itself or lies below it"},
    {"things_amount_range", true, ERR_VALIDATION, ERR_VALIDATION, "amount", "not_allowed",
     "not allowed"},
    {"things_parent_id_fkey", false, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "still in use"},
    {"others_thing_id_fkey", false, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "still in use"},
    {"others_name_key", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "as it was"},
    {"things_nothing_check", true, ERR_VALIDATION, ERR_VALIDATION, NULL, NULL, "as it was"},
    {"things_pkey", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "as it was"},
    {"things_name", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "as it was"},
    {"things", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "as it was"},
    {"thingsname_key", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "as it was"},
    {"", true, ERR_CONFLICT, ERR_CONFLICT, NULL, NULL, "as it was"},
    {NULL, true, ERR_UNAVAILABLE, ERR_UNAVAILABLE, NULL, NULL, "as it was"},
    {NULL, false, ERR_UNAVAILABLE, ERR_UNAVAILABLE, NULL, NULL, "as it was"},
};

static void explain_one(size_t i)
{
    struct scope scope;

    scope_begin(&scope, NULL, NULL, NULL);
    fail(&scope, cases[i].kind, "as it was");
    fail_detail(&scope, "SQLSTATE and so on");
    scope.error.constraint = cases[i].constraint;
    constraint_explain(&scope, &things_model, cases[i].writes);
    const struct field_error *field = scope.error.fields;

    if (scope.error.kind != cases[i].expected || !strstr(scope.error.message, cases[i].message) ||
        !field != !cases[i].field)
        unit_fail("%s: kind %d, %s\n", cases[i].constraint, (int)scope.error.kind,
                  scope.error.message);
    if (field) {
        assert_string_equal(field->field, cases[i].field);
        assert_string_equal(field->code, cases[i].code);
    }
    assert_string_equal(scope.error.detail, "SQLSTATE and so on");
    scope_end(&scope);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        explain_one(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a constraint's name leads to the field, and the log keeps the cause", test_cases, NULL,
         NULL, NULL},
    };

    return cmocka_run_group_tests_name("model/constraint", tests, NULL, NULL);
}
