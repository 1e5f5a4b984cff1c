/* table_test.c - tables are aligned for people and plain for programs */
#include "cli/table.h"

#include "support/faults.h"
#include "support/unit.h"

static const char *const headings[] = {"NAME", "PRICE", "NOTE", NULL};

/* Writes a table of two rows; NULL when memory ran out, with the scope failed. */
static const char *write(struct scope *scope, bool is_aligned)
{
    static const char *const first[] = {"Käse", "3.50", "two\nlines\tand a tab"};
    static const char *const second[] = {"Bread roll", NULL, ""};
    struct buffer out;
    struct table table;

    buffer_init(&out, &scope->arena);
    table_begin(&table, scope, headings);
    if (!table_add(&table, first) || !table_add(&table, second))
        return NULL;
    table_write(&table, is_aligned, &out);
    if (out.failed)
        fail_memory(scope);
    return out.failed ? NULL : out.data;
}

static void test_aligned(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_string_equal(write(&scope, true), "NAME        PRICE  NOTE\n"
                                             "----------  -----  -------------------\n"
                                             "Käse        3.50   two lines and a tab\n"
                                             "Bread roll         \n");
    scope_end(&scope);
}

static void test_plain(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_string_equal(write(&scope, false), "NAME\tPRICE\tNOTE\n"
                                              "Käse\t3.50\ttwo lines and a tab\n"
                                              "Bread roll\t\t\n");
    scope_end(&scope);
}

static void test_many_rows(void **state)
{
    static const char *const cells[] = {"a", "b", "c"};
    struct scope scope;
    struct table table;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    table_begin(&table, &scope, headings);
    for (int i = 0; i < 1000; i++)
        assert_true(table_add(&table, cells));
    assert_int_equal(table.rows, 1000);
    assert_string_equal(table.cells[2999], "c");
    scope_end(&scope);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        const char *text = write(&scope, true);

        faults_stop();
        assert_int_equal(text != NULL, !faults_hit());
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_NONE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "on a terminal columns are aligned by characters, not bytes",
         .test_func = test_aligned},
        {.name = "elsewhere a tab separates cells, and none stands in one",
         .test_func = test_plain},
        {.name = "a thousand rows are kept", .test_func = test_many_rows},
        {.name = "without memory the table fails cleanly", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
