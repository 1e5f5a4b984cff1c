/* round_trip_test.c - tests that an import takes back what an export gives, byte for byte */
#include "keel/model/export.h"
#include "loading.h"

#include <stdlib.h>

static bool collect(void *to, const char *data, size_t length)
{
    buffer_add(to, data, length);
    return true;
}

/* All rows, the deleted ones too; the text lives until the loading is renewed. */
static char *export_all(struct loading *loading, const struct model *model, const char *format)
{
    struct scope *scope = loading_renew(loading);
    const struct pair pairs[] = {{"format", format}, {"deleted", "with"}};
    struct export export;
    struct buffer text;

    buffer_init(&text, &scope->arena);
    if (!export_decode(scope, model, (struct pairs){pairs, COUNT(pairs)}, &export) ||
        !model_export(scope, &export, (struct sink){collect, &text}))
        unit_fail("%s: %s", scope->error.message, scope->error.detail);
    return strdup(text.data);
}

/* Values of every kind, as different as they can be. */
static void add_rows(struct loading *loading)
{
    asking_text(loading_renew(loading),
                "INSERT INTO items (name, description, price, quantity, category_id, created_at) "
                "VALUES ('=1+1', '', 0, 0, NULL, '2020-01-01 00:00:00.000001+00'),"
                " ('a,b', NULL, 99999999.99, 2147483647, 1, '1999-12-31 23:59:59.5+00'),"
                " (E'\"two\"\\r\\nlines', E'tab\\t, NUL-free \\\\N \\\\', 0.1, 1, 1, now()),"
                " (E'\\u00e9\\U0001F600', ' spaces ', 5, 1, NULL, '9999-12-31 00:00:00+00'),"
                " ('null', E'-- \\'quoted\\'', 1.50, 1, NULL, now())");
    asking_text(&loading->database->scope, "UPDATE items SET quantity = 7 WHERE id IN (2, 3)");
    asking_text(&loading->database->scope, "UPDATE items SET quantity = 8 WHERE id = 3");
    asking_text(&loading->database->scope, "UPDATE items SET is_active = false WHERE id = 4");
}

static void expect_same(struct loading *loading, const struct model *model, const char *format,
                        bool emptied)
{
    const struct loading_case back = {.model = model,
                                      .format = strcmp(format, "csv") ? "ndjson" : "csv",
                                      .on_conflict = emptied ? "error" : "update"};
    char *before = export_all(loading, model, format), *after;

    if (emptied)
        asking_text(&loading->database->scope,
                    scope_format(&loading->database->scope, "TRUNCATE %s CASCADE", model->table));
    loading_order(loading, &back, before, strlen(before));
    assert_int_equal(loading_run(loading, model, NULL), LOAD_CONCLUDED);
    if (strncmp(loading_outcome(loading), "succeeded", 9) != 0)
        unit_fail("%s\n%s: %s", before, loading_outcome(loading), loading_rejects(loading));
    after = export_all(loading, model, format);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void expect_all(struct loading *loading, const struct model *model)
{
    static const char *const formats[] = {"csv", "ndjson", "json"};

    for (size_t i = 0; i < COUNT(formats); i++) {
        expect_same(loading, model, formats[i], false);
        expect_same(loading, model, formats[i], true);
    }
}

static void test_items(void **state)
{
    struct loading *loading = *state;

    add_rows(loading);
    expect_all(loading, &items_model);
    /* What was changed is as it was, but for its version: that never goes back. */
    char *before = export_all(loading, &items_model, "csv");
    const struct loading_case back = {.on_conflict = "update"};

    asking_text(&loading->database->scope, "UPDATE items SET name = 'other' WHERE id = 1");
    loading_order(loading, &back, before, strlen(before));
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CONCLUDED);
    asking_expect(&loading->database->scope, "SELECT name || version FROM items WHERE id = 1",
                  "=1+13");
    free(before);
}

/* Newest first, so that what refers comes before what it refers to. */
static void test_categories(void **state)
{
    struct loading *loading = *state;

    asking_text(loading_renew(loading),
                "INSERT INTO categories (name, parent_id) VALUES ('Pots', 1), ('Large', 3)");
    expect_all(loading, &categories_model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADING_TEST("Items come back as they were, into a table that was emptied too", test_items),
        LOADING_TEST("So do categories, whose order in a file is against their tree",
                     test_categories),
    };

    return cmocka_run_group_tests_name("pipeline/round_trip", tests, NULL, NULL);
}
