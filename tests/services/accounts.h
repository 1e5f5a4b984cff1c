/* accounts.h - a migrated database with cheap passwords, for tests of the services */
#ifndef KEEL_TESTS_SERVICES_ACCOUNTS_H
#define KEEL_TESTS_SERVICES_ACCOUNTS_H

#include "../support/asking.h"
#include "../support/unit.h"

#include "keel/services/auth.h"

static inline int accounts_make(void **state)
{
    test_database_make_migrated(state);
    struct test_database *database = *state;

    database->config.argon2_memory_kib = 8;
    database->config.argon2_passes = 1;
    database->config.session_secret = "a session key of tests, long enough to be one";
    database->config.jwt_secret = "a signing key of tests, long enough to be one";
    return 0;
}

static inline int64_t accounts_add(struct scope *scope, const char *email, const char *password,
                                   const char *role)
{
    const struct registration registration = {.email = email, .password = password};
    int64_t id = 0;

    if (!users_create(scope, &registration, role, &id))
        unit_fail("%s: %s (%s)\n", email, scope->error.message, scope->error.detail);
    return id;
}

#endif
