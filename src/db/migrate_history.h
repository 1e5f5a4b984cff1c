/* migrate_history.h - the table schema_migrations, and whether it fits the files */
#ifndef KEEL_DB_MIGRATE_HISTORY_H
#define KEEL_DB_MIGRATE_HISTORY_H

#include "keel/db/migrate.h"

struct applied_list {
    struct applied_migration *list; /* oldest first */
    size_t count;
};

/* Makes the table where it is missing. */
bool history_ensure(struct scope *scope);

/* What is applied, after making sure that it fits the set (see migrate_verify()). */
bool history_read_checked(struct scope *scope, const struct migration_set *set,
                          struct applied_list *applied);

bool history_record(struct scope *scope, const struct migration *migration, int64_t duration_us);
bool history_forget(struct scope *scope, int64_t version);

/* The newest version of a list; 0 for an empty one. */
int64_t history_newest(const struct applied_list *applied);

#endif
