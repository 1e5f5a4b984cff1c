/* drift_totals_test.c - column tables and triggers that count other things are told apart */
#include "cli/drift.h"

#include "keel/routes/modules.h"
#include "support/database.h"
#include "support/faults.h"
#include "support/unit.h"

#include <string.h>

/* Every model of the program against the catalog. */
static bool check_all(struct scope *scope, const struct catalog *catalog)
{
    bool same = true;

    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = keel_modules.list[i]->model;

        if (model && model->table)
            same = drift_check_totals(scope, model, catalog) && same;
    }
    return same;
}

static void check_change(struct test_database *database, const char *change, const char *field)
{
    struct scope *scope = &database->scope;
    struct catalog catalog;

    test_database_renew(database);
    assert_true(db_begin(scope));
    if (!db_script(scope, "change", change))
        unit_fail("%s: %s", change, scope->error.detail);
    assert_true(catalog_read(scope, &catalog));
    bool same = check_all(scope, &catalog);
    const struct field_error *found = scope->error.fields;

    db_rollback(scope);
    if (same != !*field || (found && found->next))
        unit_fail("%s: found %s%s", change, found ? found->message : "nothing",
                  found && found->next ? " and more" : "");
    if (found)
        assert_string_equal(found->field, field);
}

static void test_differs(void **state)
{
    static const struct {
        const char *change, *field;
    } cases[] = {
        {"SELECT 1", ""},
        {"CALL count_rows_stop('categories')", "categories"},
        {"DROP TRIGGER items_count_update ON items", "items"},
        {"DROP TRIGGER items_count_truncate ON items", "items"},
        {"ALTER TABLE items DISABLE TRIGGER items_count_delete", "items"},
        {"CALL count_rows('users')", "users"},
        {"CALL count_rows_stop('items'); CALL count_rows('items')", "items.category_id"},
        {"CALL count_rows_stop('items'); CALL count_rows('items', 'category_id', 'quantity')",
         "items.quantity"},
        {"CALL count_rows_stop('items'); CALL count_rows('items', 'quantity', 'category_id')",
         "items.quantity"},
        {"CALL count_rows_stop('categories'); CALL count_rows('categories', 'parent_id')",
         "categories.parent_id"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        check_change(*state, cases[i].change, cases[i].field);
}

static void test_memory(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct catalog catalog;

    assert_true(db_script(scope, "change", "CALL count_rows_stop('items')"));
    assert_true(catalog_read(scope, &catalog));
    faults_begin();
    while (faults_next()) {
        bool same = check_all(scope, &catalog);

        faults_stop();
        assert_false(same);
        assert_int_equal(scope->error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_VALIDATION);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"what is counted on one side only is found, and named", test_differs,
         test_database_make_migrated, test_database_drop, NULL},
        {"without memory a difference is no agreement", test_memory, test_database_make_migrated,
         test_database_drop, NULL},
    };

    return cmocka_run_group_tests_name("drift of totals", tests, NULL, NULL);
}
