/* migrate_files_test.c - migrations are read strictly, and the same from every checkout */
#include "keel/db/migrate.h"

#include "support/faults.h"
#include "support/folder.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    char folder[FOLDER_PATH_SIZE];
    struct scope scope;
    struct migration_set set;
};

static int begin(void **state)
{
    struct reading *reading = calloc(1, sizeof *reading);

    assert_non_null(reading);
    folder_make(reading->folder);
    scope_begin(&reading->scope, NULL, NULL, NULL);
    *state = reading;
    return 0;
}

static int end(void **state)
{
    struct reading *reading = *state;

    folder_remove(reading->folder);
    scope_end(&reading->scope);
    free(reading);
    return 0;
}

static void put(struct reading *reading, const char *name, const char *text)
{
    folder_write(reading->folder, name, text, strlen(text));
}

static void must_read(struct reading *reading)
{
    if (!migrations_read(&reading->scope, reading->folder, &reading->set))
        unit_fail("%s", reading->scope.error.message);
}

/* The error names what it is about. */
static void must_refuse(struct reading *reading, const char *part, const char *other_part)
{
    assert_false(migrations_read(&reading->scope, reading->folder, &reading->set));
    assert_int_equal(reading->scope.error.kind, ERR_VALIDATION);
    if (!strstr(reading->scope.error.message, part) ||
        !strstr(reading->scope.error.message, other_part))
        unit_fail("message: %s", reading->scope.error.message);
}

static void test_order(void **state)
{
    struct reading *reading = *state;

    put(reading, "0010_b.up.sql", "SELECT 10;");
    put(reading, "0009_a.up.sql", "SELECT 9;");
    put(reading, "0009_a.down.sql", "SELECT -9;");
    put(reading, "00100_c_2.up.sql", "SELECT 100;");
    put(reading, "README.md", "not a migration");
    put(reading, ".0009_a.up.sql", "an editor's copy");
    must_read(reading);
    assert_int_equal(reading->set.count, 3);
    assert_int_equal(reading->set.list[0].version, 9);
    assert_string_equal(reading->set.list[0].name, "a");
    assert_string_equal(reading->set.list[0].down, "SELECT -9;");
    assert_int_equal(reading->set.list[1].version, 10);
    assert_null(reading->set.list[1].down);
    assert_string_equal(reading->set.list[2].name, "c_2");
    assert_string_equal(reading->set.list[2].up_file, "00100_c_2.up.sql");
}

static void test_many(void **state)
{
    struct reading *reading = *state;

    for (int i = 1; i <= 100; i++) {
        char name[32];

        snprintf(name, sizeof name, "%04d_many.up.sql", i);
        put(reading, name, "SELECT 1;");
    }
    must_read(reading);
    assert_int_equal(reading->set.count, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(reading->set.list[i].version, i + 1);
}

static void test_line_ends(void **state)
{
    struct reading *reading = *state;

    put(reading, "0001_unix.up.sql", "-- Purpose: one\n-- migrate: no-transaction\nSELECT 1;\n");
    put(reading, "0002_windows.up.sql",
        "\xEF\xBB\xBF-- Purpose: one\r\n-- migrate: no-transaction\r\nSELECT 1;\r\n");
    must_read(reading);
    assert_string_equal(reading->set.list[0].up, reading->set.list[1].up);
    assert_string_equal(reading->set.list[0].checksum, reading->set.list[1].checksum);
    assert_string_equal(reading->set.list[1].purpose, "one");
    assert_false(reading->set.list[1].in_transaction);
}

static void test_checksum(void **state)
{
    struct reading *reading = *state;

    put(reading, "0001_a.up.sql", "SELECT 1;");
    must_read(reading);
    /* printf 'SELECT 1;' | sha256sum */
    assert_string_equal(reading->set.list[0].checksum,
                        "17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a");
}

static void test_purpose(void **state)
{
    static const struct {
        const char *text, *purpose;
    } cases[] = {
        {"-- Purpose: items for sale.\nSELECT 1;", "items for sale."},
        {"\n\n--   Purpose:   items\n--   for sale.  \n--\n-- More.\nSELECT 1;", "items for sale."},
        {"-- items\n\n-- More.\nSELECT 1;", "items"},
        {"-- migrate: no-transaction\n-- Purpose: index\nSELECT 1;", "index"},
        {"-- Purpose:\n-- on the next line\nSELECT 1;", "on the next line"},
        {"SELECT 1; -- not this\n-- nor this", ""},
        {"/* nor a block */\nSELECT 1;", ""},
    };
    struct reading *reading = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        put(reading, "0001_a.up.sql", cases[i].text);
        must_read(reading);
        assert_string_equal(reading->set.list[0].purpose, cases[i].purpose);
    }
}

static void test_directive(void **state)
{
    struct reading *reading = *state;

    put(reading, "0001_a.up.sql", "-- Purpose: a\n\n-- migrate: no-transaction\nSELECT 1;");
    put(reading, "0001_a.down.sql", "SELECT 1; -- migrate: no-transaction");
    must_read(reading);
    assert_false(reading->set.list[0].in_transaction);
    assert_true(reading->set.list[0].down_in_transaction);
    put(reading, "0001_a.up.sql", "-- Purpose: a\n-- migrate: no-transactions\nSELECT 1;");
    must_refuse(reading, "0001_a.up.sql:2:", "no-transactions");
}

static void test_bad_names(void **state)
{
    static const char *const names[] = {
        "items.up.sql",
        "0001items.up.sql",
        "0001_.up.sql",
        "0001_Items.up.sql",
        "0001_items.sql",
        "0000_a.up.sql",
        "0001_a b.up.sql",
        "_a.up.sql",
        "99999999999999999999_a.up.sql",
        "0001_a.UP.sql",
        "x.sql",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        void *reading = NULL;

        begin(&reading);
        put(reading, names[i], "SELECT 1;");
        must_refuse(reading, names[i], "is no migration's name");
        end(&reading);
    }
}

static void test_same_number(void **state)
{
    struct reading *reading = *state;

    put(reading, "0003_items.up.sql", "SELECT 1;");
    put(reading, "3_prices.up.sql", "SELECT 1;");
    must_refuse(reading, "0003_items.up.sql", "3_prices.up.sql");
}

static void test_pair_with_two_names(void **state)
{
    struct reading *reading = *state;

    put(reading, "0003_items.up.sql", "SELECT 1;");
    put(reading, "0003_item.down.sql", "SELECT 1;");
    must_refuse(reading, "0003_items.up.sql", "0003_item.down.sql");
}

static void test_missing_up(void **state)
{
    struct reading *reading = *state;

    put(reading, "0003_items.down.sql", "SELECT 1;");
    must_refuse(reading, "0003_items.down.sql", "0003_items.up.sql");
}

static void test_empty(void **state)
{
    static const char *const texts[] = {"", "\n", "-- only a comment\n", ";;", "/* */"};
    struct reading *reading = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        scope_clear_error(&reading->scope);
        put(reading, "0001_a.up.sql", texts[i]);
        must_refuse(reading, "0001_a.up.sql", "holds no statement");
    }
}

static void test_not_text(void **state)
{
    static const char with_nul[] = "SELECT 1;\0DROP TABLE items;";
    struct reading *reading = *state;

    put(reading, "0001_a.up.sql", "SELECT '\xFC';");
    must_refuse(reading, "0001_a.up.sql", "UTF-8");
    scope_clear_error(&reading->scope);
    folder_write(reading->folder, "0001_a.up.sql", with_nul, sizeof with_nul - 1);
    must_refuse(reading, "0001_a.up.sql", "UTF-8");
}

static void test_no_folder(void **state)
{
    struct reading *reading = *state;

    assert_false(migrations_read(&reading->scope, "/nowhere/at/all", &reading->set));
    assert_non_null(strstr(reading->scope.error.message, "/nowhere/at/all"));
    assert_non_null(strstr(reading->scope.error.message, "No such file"));
}

static void test_no_memory(void **state)
{
    struct reading *reading = *state;

    put(reading, "0001_a.up.sql", "-- Purpose: a\nSELECT 1;");
    put(reading, "0001_a.down.sql", "SELECT 1;");
    faults_begin();
    while (faults_next()) {
        scope_end(&reading->scope);
        bool done = migrations_read(&reading->scope, reading->folder, &reading->set);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(reading->scope.error.kind != ERR_NONE, faults_hit());
    }
    assert_true(faults_count() > 0);
    assert_int_equal(reading->set.count, 1);
}

static void test_embedded(void **state)
{
    struct reading *reading = *state;

    assert_true(migrations_embedded(&reading->scope, &reading->set));
    assert_true(reading->set.count > 0);
    assert_int_equal(reading->set.list[reading->set.count - 1].version, migrations_expected());
    for (size_t i = 0; i < reading->set.count; i++) {
        assert_non_null(reading->set.list[i].down);
        assert_string_not_equal(reading->set.list[i].purpose, "");
    }
}

#define IN_FOLDER(test) .test_func = (test), .setup_func = begin, .teardown_func = end

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "migrations come in the order of their numbers, not their names",
         IN_FOLDER(test_order)},
        {.name = "a hundred migrations are read as well as one", IN_FOLDER(test_many)},
        {.name = "CRLF and a byte order mark make no difference, not to the checksum either",
         IN_FOLDER(test_line_ends)},
        {.name = "the checksum is SHA-256", IN_FOLDER(test_checksum)},
        {.name = "the purpose is the first comment", IN_FOLDER(test_purpose)},
        {.name = "no-transaction counts above the first statement, and another word is refused "
                 "with its line",
         IN_FOLDER(test_directive)},
        {.name = "a file with another kind of name is refused", .test_func = test_bad_names},
        {.name = "two migrations with one number are refused", IN_FOLDER(test_same_number)},
        {.name = "a pair of files with different names is refused",
         IN_FOLDER(test_pair_with_two_names)},
        {.name = "a down file alone is refused", IN_FOLDER(test_missing_up)},
        {.name = "a file without a statement is refused", IN_FOLDER(test_empty)},
        {.name = "a file that is not UTF-8 or holds a zero byte is refused",
         IN_FOLDER(test_not_text)},
        {.name = "a folder that is not there is named with the reason", IN_FOLDER(test_no_folder)},
        {.name = "without memory reading fails cleanly", IN_FOLDER(test_no_memory)},
        {.name = "the migrations in the program are whole: each has a purpose and a way back",
         IN_FOLDER(test_embedded)},
    };

    return cmocka_run_group_tests_name("migrate_files", tests, NULL, NULL);
}
