/* api_database.h - databases for API tests: one is migrated, seeded and copied for each */
#ifndef KEEL_TESTS_SUPPORT_API_DATABASE_H
#define KEEL_TESTS_SUPPORT_API_DATABASE_H

#include "keel/core/config.h"

#include <stddef.h>

/* Who has an account, with the ids 1, 2, 3... */
struct api_accounts {
    const struct config *config;
    const char *const *roles;
    size_t count;
};

/*
 * Makes a database that has the schema, the rows of sql/seeds/test.sql and an account for each
 * role. `name` is a new name. The first call in a run makes the template that all are copied from.
 */
void api_database_make(const struct api_accounts *accounts, const char *name);

#endif
