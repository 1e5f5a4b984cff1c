/* api_database.h - databases for API tests: one is migrated, seeded and copied for each */
#ifndef KEEL_TESTS_SUPPORT_API_DATABASE_H
#define KEEL_TESTS_SUPPORT_API_DATABASE_H

#include "keel/core/config.h"

/*
 * Makes a database that has the schema, the rows of sql/seeds/test.sql and an account for each of
 * `count` roles, with the ids 1, 2, 3... `name` is a new name. The first call in a run makes the
 * template that all are copied from.
 */
void api_database_make(const struct config *config, const char *name, const char *const *roles,
                       size_t count);
void api_database_drop(const char *name);

/* Runs one statement on the database that `url` names and gives its first value, malloc'ed. */
char *api_database_ask(const char *url, const char *statement);

#endif
