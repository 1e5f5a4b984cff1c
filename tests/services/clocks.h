/* clocks.h - a clock of the database's that a test sets, for what goes by now() */
#ifndef KEEL_TESTS_SERVICES_CLOCKS_H
#define KEEL_TESTS_SERVICES_CLOCKS_H

#include "accounts.h"

/* From here on now() is what clocks_set() says, on the connections that clocks_use() names. */
static inline void clocks_make(struct scope *scope)
{
    asking_text(scope, "CREATE SCHEMA fake");
    asking_text(scope, "CREATE FUNCTION fake.now() RETURNS timestamptz LANGUAGE sql STABLE AS "
                       "$$SELECT current_setting('fake.now')::timestamptz$$");
}

static inline void clocks_use(struct scope *scope)
{
    asking_text(scope, "SET search_path = fake, pg_catalog, public");
}

/* "2026-01-12 10:00:00Z" */
static inline void clocks_set(struct scope *scope, const char *now)
{
    struct rows rows;

    if (!asking_query(scope, "SELECT set_config('fake.now', $1, false)", PARAMS(now), &rows))
        unit_fail("%s: %s", now, scope->error.detail);
}

#endif
