/* migrate_history.c - the table schema_migrations, and whether it fits the files */
#include "migrate_history.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

static bool table_exists(struct scope *scope, bool *exists)
{
    struct rows rows;

    if (!db_query(scope, &sql_migrate_table_exists, NO_PARAMS, &rows))
        return false;
    *exists = row_bool(&rows, 0, 0);
    return true;
}

bool history_ensure(struct scope *scope)
{
    struct rows rows;
    bool exists;

    /* IF NOT EXISTS alone would ask for the right to create even where nothing is to be made. */
    if (!table_exists(scope, &exists))
        return false;
    if (!exists)
        return db_query(scope, &sql_migrate_table_create, NO_PARAMS, &rows);
    /* ADD COLUMN IF NOT EXISTS alone would lock the table against its readers each time. */
    if (!db_query(scope, &sql_migrate_table_has_changes, NO_PARAMS, &rows))
        return false;
    return row_bool(&rows, 0, 0) ||
           db_query(scope, &sql_migrate_table_add_changes, NO_PARAMS, &rows);
}

bool migrate_version(struct scope *scope, int64_t *version)
{
    struct rows rows;
    bool exists;

    *version = 0;
    if (!table_exists(scope, &exists))
        return false;
    if (!exists)
        return true;
    if (!db_query(scope, &sql_migrate_version, NO_PARAMS, &rows))
        return false;
    *version = row_int(&rows, 0, 0);
    return true;
}

bool migrate_applied(struct scope *scope, struct applied_migration **list, size_t *count)
{
    struct rows rows;
    bool exists;

    *list = NULL;
    *count = 0;
    if (!table_exists(scope, &exists))
        return false;
    if (!exists)
        return true;
    if (!db_query(scope, &sql_migrate_applied, NO_PARAMS, &rows))
        return false;
    *list = scope_alloc(scope, ((size_t)rows.count + 1) * sizeof **list);
    if (!*list)
        return false;
    for (int i = 0; i < rows.count; i++) {
        (*list)[i] = (struct applied_migration){
            .version = row_int(&rows, i, 0),
            .name = row_text(&rows, i, 1),
            .checksum = row_text(&rows, i, 2),
            .applied_at = row_int(&rows, i, 3),
            .duration_us = row_int(&rows, i, 4),
            .applied_by = row_text(&rows, i, 5),
        };
    }
    *count = (size_t)rows.count;
    return true;
}

int64_t history_newest(const struct applied_list *applied)
{
    return applied->count ? applied->list[applied->count - 1].version : 0;
}

const struct migration *migration_find(const struct migration_set *set, int64_t version)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i].version == version)
            return &set->list[i];
    }
    return NULL;
}

static bool was_applied(const struct applied_list *applied, int64_t version)
{
    for (size_t i = 0; i < applied->count; i++) {
        if (applied->list[i].version == version)
            return true;
    }
    return false;
}

/* What was applied but is not, or not any more, what the set holds. */
static bool check_applied(struct scope *scope, const struct migration_set *set,
                          const struct applied_migration *applied)
{
    const struct migration *file = migration_find(set, applied->version);
    int64_t known = set->count ? set->list[set->count - 1].version : 0;
    char day[CLOCK_TEXT_SIZE];

    if (file && strcmp(file->checksum, applied->checksum) == 0)
        return true;
    if (file) {
        clock_format(applied->applied_at, day);
        return fail_field(scope, file->up_file, "changed",
                          "%s was changed after it was applied at %s; put it back as it was and "
                          "write a new migration for the change.",
                          file->up_file, day);
    }
    const char *label = scope_format(scope, "%04" PRId64 "_%s", applied->version, applied->name);

    if (!label)
        return false;
    if (applied->version > known)
        return fail_field(scope, label, "newer",
                          "The database has %s, this program knows migrations only up to %" PRId64
                          ": use a newer program.",
                          label, known);
    return fail_field(scope, label, "missing", "%s was applied, but its file is not there.", label);
}

static bool check_files(struct scope *scope, const struct migration_set *set,
                        const struct applied_list *applied)
{
    int64_t newest = history_newest(applied);
    bool fits = true;

    for (size_t i = 0; i < set->count && set->list[i].version < newest; i++) {
        if (was_applied(applied, set->list[i].version))
            continue;
        fits = fail_field(scope, set->list[i].up_file, "out_of_order",
                          "%s was never applied, but number %" PRId64
                          " was: give it a number above that.",
                          set->list[i].up_file, newest);
    }
    return fits;
}

bool history_read_checked(struct scope *scope, const struct migration_set *set,
                          struct applied_list *applied)
{
    if (!migrate_applied(scope, &applied->list, &applied->count))
        return false;
    bool fits = true;

    for (size_t i = 0; i < applied->count; i++)
        fits = check_applied(scope, set, &applied->list[i]) && fits;
    fits = check_files(scope, set, applied) && fits;
    if (!fits && scope->error.kind == ERR_VALIDATION)
        scope->error.kind = ERR_CONFLICT;
    return fits;
}

bool migrate_verify(struct scope *scope, const struct migration_set *set)
{
    struct applied_list applied;

    return history_read_checked(scope, set, &applied);
}

bool history_record(struct scope *scope, const struct migration *migration, int64_t duration_us)
{
    struct rows rows;

    return db_query(scope, &sql_migrate_record,
                    PARAMS(param_int(scope, migration->version), migration->name,
                           migration->checksum, param_int(scope, duration_us)),
                    &rows);
}

bool history_forget(struct scope *scope, int64_t version)
{
    struct rows rows;

    return db_query(scope, &sql_migrate_forget, PARAMS(param_int(scope, version)), &rows);
}

bool migrate_keep_changes(struct scope *scope, int64_t version, const char *changes)
{
    struct rows rows;

    return db_query(scope, &sql_migrate_keep_changes, PARAMS(param_int(scope, version), changes),
                    &rows);
}

bool migrate_changes(struct scope *scope, int64_t version, const char **changes)
{
    struct rows rows;

    *changes = "";
    if (!db_query(scope, &sql_migrate_changes, PARAMS(param_int(scope, version)), &rows))
        return false;
    if (rows.count > 0)
        *changes = row_text(&rows, 0, 0);
    return true;
}
