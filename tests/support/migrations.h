/* migrations.h - a database and a folder of migrations for one test */
#ifndef KEEL_TESTS_SUPPORT_MIGRATIONS_H
#define KEEL_TESTS_SUPPORT_MIGRATIONS_H

#include "database.h"
#include "folder.h"
#include "keel/db/migrate.h"

struct migrations {
    struct test_database *database;
    char folder[FOLDER_PATH_SIZE];
    struct migration_set set;
};

/* Setup and teardown for cmocka: *state becomes a struct migrations. */
int migrations_make(void **state);
int migrations_drop(void **state);

/* Writes a file, over an older one. The set is read anew by the next migrations_up() or _down(). */
void migrations_put(struct migrations *migrations, const char *name, const char *text);

/* Reads the set into a fresh unit of work and runs it; the scope keeps the outcome. */
bool migrations_up(struct migrations *migrations, int64_t target);
bool migrations_down(struct migrations *migrations, int64_t target);

/* The same, and the test fails with the message where they do. */
void migrations_must_up(struct migrations *migrations, int64_t target);
void migrations_must_down(struct migrations *migrations, int64_t target);

/* The error recorded last holds each of these texts. */
void migrations_must_say(const struct migrations *migrations, const char *part,
                         const char *other_part);

/* The first value of a query equals this text. */
void migrations_must_see(const struct migrations *migrations, const char *query, const char *value);

#endif
