/* pooler.c - a PgBouncer in transaction mode, between Keel and PostgreSQL, is restarted */
#include "faults.h"

#include "support/unit.h"
#include "support/worker.h"

#include <string.h>

#define AWAY_MS 1000

/* The password in the workers' connection string. */
static const char *password_of(struct instance *instance)
{
    const char *found = strstr(instance_setting(instance, "KEEL_DATABASE_URL"), "password=");

    assert_non_null(found);
    return found + strlen("password=");
}

const char *pooler_between(struct trial *trial)
{
    struct instance *instance = trial_instance(trial);
    struct arena *arena = &instance->scope.arena;
    const struct pooler_target target = {.host = arena_format(arena, "%s/run/db", instance->var),
                                         .port = "5432",
                                         .user = "keel_app",
                                         .password = password_of(instance),
                                         .database = "keel",
                                         .connections = TRIAL_WORKERS};

    pooler_open(&trial->pooler, "keel", &target);
    const char *const settings[] = {
        arena_format(arena, "KEEL_DATABASE_URL=host=%s port=6432 dbname=keel user=keel_app",
                     trial->pooler.folder),
        "KEEL_DB_PREPARED=false", NULL};

    trial_configure(trial, settings);
    return NULL;
}

void pooler_restart(struct trial *trial)
{
    pooler_halt(&trial->pooler);
    sleep_ms(AWAY_MS);
    trial_mended(trial);
    pooler_run(&trial->pooler);
}

void pooler_away(struct trial *trial)
{
    trial_configure(trial, NULL);
    pooler_stop(&trial->pooler);
}
