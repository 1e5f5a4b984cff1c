/* loading.h - files imported into a migrated database, and what became of them */
#ifndef KEEL_TESTS_PIPELINE_LOADING_H
#define KEEL_TESTS_PIPELINE_LOADING_H

#include "../services/accounts.h"
#include "../support/folder.h"
#include "keel/pipeline/load.h"
#include "keel/services/imports.h"
#include "routes/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loading {
    struct test_database *database;
    char folder[FOLDER_PATH_SIZE];
    int64_t id; /* of the import made last */
};

/* One import and what it comes to; what is NULL is not looked at. */
struct loading_case {
    const struct model *model; /* NULL: items */
    const char *format;        /* NULL: csv */
    const char *mode;
    const char *on_conflict;
    bool dry_run;
    const char *file; /* its text */
    const char
        *outcome;  /* "succeeded 3 2 0 0 1": status; rows, accepted, updated, skipped, rejected */
    int unchanged; /* of the accepted */
    const char *rejects; /* "2:price:too_small:-1 3::ragged:": line, column, code, value */
    const char *rows;    /* the table's rows, see loading_rows() */
};

/* Setup and teardown for cmocka: *state becomes a struct loading. Category 1 is there, 2 is
 * deleted. */
static inline int loading_make(void **state)
{
    static struct loading loading;

    accounts_make(state);
    loading = (struct loading){.database = *state};
    folder_make(loading.folder);
    asking_text(
        &loading.database->scope,
        "INSERT INTO categories (name, is_active) VALUES ('Kitchen', true), ('Gone', false)");
    test_database_renew(loading.database);
    *state = &loading;
    return 0;
}

static inline int loading_drop(void **state)
{
    struct loading *loading = *state;
    void *database = loading->database;

    folder_remove(loading->folder);
    return test_database_drop(&database);
}

static inline struct scope *loading_renew(struct loading *loading)
{
    test_database_renew(loading->database);
    return &loading->database->scope;
}

static inline void loading_order(struct loading *loading, const struct loading_case *wanted,
                                 const char *bytes, size_t length)
{
    struct scope *scope = loading_renew(loading);
    char path[FOLDER_PATH_SIZE + 16];
    struct import_order order = {.resource = wanted->model ? wanted->model->plural : "items",
                                 .file = path,
                                 .bytes = (int64_t)length,
                                 .is_upload = true,
                                 .format = wanted->format ? wanted->format : "csv",
                                 .mode = wanted->mode,
                                 .on_conflict = wanted->on_conflict,
                                 .dry_run = wanted->dry_run,
                                 .at_once = true};

    folder_write(loading->folder, "rows", bytes, length);
    snprintf(path, sizeof path, "%s/rows", loading->folder);
    if (!imports_create(scope, &order, &loading->id))
        unit_fail("%s: %s", scope->error.message, scope->error.detail);
}

/* Carries out the import made last; to its end, where no watch ends it before. */
static inline enum load_outcome loading_run(struct loading *loading, const struct model *model,
                                            const struct load_watch *watch)
{
    static const struct load_watch nobody = {0};
    struct scope *scope = loading_renew(loading);
    enum load_outcome outcome;

    if (!load_run(scope, model ? model : &items_model, loading->id, watch ? watch : &nobody,
                  &outcome))
        unit_fail("%s: %s", scope->error.message, scope->error.detail);
    assert_int_equal(scope->error.kind, ERR_NONE);
    return outcome;
}

static inline const char *loading_outcome(struct loading *loading)
{
    return asking_text(&loading->database->scope,
                       scope_format(&loading->database->scope,
                                    "SELECT concat_ws(' ', status, rows_total, rows_accepted, "
                                    "rows_updated, rows_skipped, rows_rejected) FROM imports WHERE "
                                    "id = %d",
                                    (int)loading->id));
}

static inline int64_t loading_unchanged(struct loading *loading)
{
    return strtoll(asking_text(&loading->database->scope,
                               scope_format(&loading->database->scope,
                                            "SELECT rows_unchanged FROM imports WHERE id = %d",
                                            (int)loading->id)),
                   NULL, 10);
}

static inline const char *loading_rejects(struct loading *loading)
{
    return asking_text(&loading->database->scope,
                       scope_format(&loading->database->scope,
                                    "SELECT string_agg(concat(line, ':', column_name, ':', code, "
                                    "':', value), ' ' ORDER BY line, id) FROM import_rejects WHERE "
                                    "import_id = %d",
                                    (int)loading->id));
}

static inline const char *loading_rows(struct loading *loading, const struct model *model)
{
    return asking_text(&loading->database->scope,
                       model == &categories_model ? "SELECT string_agg(concat_ws(':', id, name, "
                                                    "coalesce(parent_id, 0)), ' ' ORDER BY id) "
                                                    "FROM categories WHERE id > 2"
                                                  : "SELECT string_agg(concat_ws(':', id, name, "
                                                    "price, quantity, coalesce(category_id, 0),"
                                                    " version, CASE WHEN is_active THEN 'on' ELSE "
                                                    "'off' END), ' ' ORDER BY id) FROM items");
}

/* The whole of it. */
static inline void loading_expect(struct loading *loading, const struct loading_case *wanted)
{
    loading_order(loading, wanted, wanted->file, strlen(wanted->file));
    assert_int_equal(loading_run(loading, wanted->model, NULL), LOAD_CONCLUDED);
    if (wanted->outcome && strcmp(loading_outcome(loading), wanted->outcome) != 0)
        unit_fail("%s came to %s instead of %s (%s)", wanted->file, loading_outcome(loading),
                  wanted->outcome, loading_rejects(loading));
    assert_int_equal(loading_unchanged(loading), wanted->unchanged);
    if (wanted->rejects)
        assert_string_equal(loading_rejects(loading), wanted->rejects);
    if (wanted->rows)
        assert_string_equal(loading_rows(loading, wanted->model), wanted->rows);
    asking_expect(
        &loading->database->scope,
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'import\\_%' AND relpersistence "
        "= 'u'",
        "0");
}

#define LOADING_TEST(sentence, function)                                                           \
    {                                                                                              \
        sentence, function, loading_make, loading_drop, NULL                                       \
    }

#endif
