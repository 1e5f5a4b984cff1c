/* migrate_lock.c - one migrator at a time: the lock, taken by polling */
#include "migrate_lock.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* "keelmigr" in ASCII. Never to be changed: old and new programs exclude each other by it. */
#define LOCK_KEY     INT64_C(0x6b65656c6d696772)
#define LOCK_POLL_NS 100000000L

static void pause_between_polls(void)
{
    const struct timespec pause = {.tv_nsec = LOCK_POLL_NS};

    nanosleep(&pause, NULL);
}

static bool fail_locked(struct scope *scope, int wait_s)
{
    struct rows rows;

    if (!db_query(scope, &sql_migrate_lock_holder, PARAMS(param_int(scope, LOCK_KEY)), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_CONFLICT, "Another migration was running for %d s; try again.",
                    wait_s);
    return fail(
        scope, ERR_CONFLICT,
        "Another migration has been running for longer than %d s: server process %s of user %s.",
        wait_s, row_text(&rows, 0, 0), row_text(&rows, 0, 1));
}

bool migrate_lock(struct scope *scope, int wait_s)
{
    int64_t deadline = clock_monotonic_us() + (int64_t)wait_s * 1000000;
    struct rows rows;

    if (!db_query(scope, &sql_migrate_notice_lost_client, NO_PARAMS, &rows))
        return false;
    for (;;) {
        if (!db_query(scope, &sql_migrate_try_lock, PARAMS(param_int(scope, LOCK_KEY)), &rows))
            return false;
        if (row_bool(&rows, 0, 0))
            return true;
        if (clock_monotonic_us() >= deadline)
            return fail_locked(scope, wait_s);
        pause_between_polls();
    }
}

void migrate_quietly(struct scope *scope, const char *name, const char *text)
{
    struct scope quiet;

    scope_begin(&quiet, scope->config, scope->db, scope->log);
    (void)db_script(&quiet, name, text);
    scope_end(&quiet);
}

void migrate_unlock(struct scope *scope)
{
    char text[64];

    snprintf(text, sizeof text, "SELECT pg_advisory_unlock(%" PRId64 ")", LOCK_KEY);
    migrate_quietly(scope, "migrate_unlock", text);
}
