/* reports_test.c - tests of services/reports */
#include "keel/services/reports.h"

#include "accounts.h"

#include <string.h>

static const char *days(struct scope *scope, const char *from, const char *to)
{
    struct rows rows;
    struct buffer text;

    if (!reports_inventory(scope, from, to, &rows))
        return NULL;
    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "");
    for (int row = 0; row < rows.count; row++)
        buffer_add_format(&text, "%s %s;", row_text(&rows, row, 0), row_text(&rows, row, 2));
    return text.data;
}

static void test_days(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "INSERT INTO categories (name) VALUES ('Kettles')");
    asking_text(scope, "INSERT INTO inventory_daily VALUES ('2026-01-01', 1, 1, 1, 1),"
                       " ('2026-01-02', NULL, 1, 1, 1), ('2026-01-02', 99, 1, 1, 1),"
                       " ('2026-01-31', 1, 1, 1, 1)");
    assert_string_equal(days(scope, "2026-01-01", "2026-01-02"),
                        "2026-01-01 Kettles;2026-01-02 ;2026-01-02 ;");
    assert_string_equal(days(scope, "2026-01-31", "2026-01-31"), "2026-01-31 Kettles;");
    /* Thirty days up to the last one. */
    assert_string_equal(days(scope, NULL, "2026-01-31"),
                        "2026-01-02 ;2026-01-02 ;2026-01-31 Kettles;");
    assert_string_equal(days(scope, "2025-02-01", "2026-02-01"),
                        "2026-01-01 Kettles;2026-01-02 ;2026-01-02 ;2026-01-31 Kettles;");
    assert_string_equal(days(scope, NULL, NULL), "");
    asking_text(scope, "INSERT INTO inventory_daily VALUES"
                       " ((now() AT TIME ZONE 'UTC')::date, 1, 1, 1, 1)");
    assert_int_equal(strlen(days(scope, NULL, NULL)), strlen("2026-01-01 Kettles;"));
}

static void test_wrong_days(void **state)
{
    static const struct {
        const char *from, *to, *field, *code;
    } cases[] = {
        {"2026-02-30", NULL, "from", "invalid_day"},
        {"2026-2-3", NULL, "from", "invalid_day"},
        {"", NULL, "from", "invalid_day"},
        {"2026-01-0112", NULL, "from", "invalid_day"},
        {NULL, "tomorrow", "to", "invalid_day"},
        {"2026-01-02", "2026-01-01", "from", "too_large"},
        {"2025-01-31", "2026-02-01", "from", "too_small"},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(days(&database->scope, cases[i].from, cases[i].to));
        asking_failed(&database->scope, ERR_VALIDATION);
        assert_string_equal(database->scope.error.fields->field, cases[i].field);
        assert_string_equal(database->scope.error.fields->code, cases[i].code);
        test_database_renew(database);
    }
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a report has the days from one to the other, both among them", test_days),
        TEST("what is no day, or too many of them, is refused", test_wrong_days),
    };

    return cmocka_run_group_tests_name("services/reports", tests, NULL, NULL);
}
