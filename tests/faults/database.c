/* database.c - PostgreSQL that is stopped, crashes or says nothing */
#include "faults.h"

#include "support/unit.h"
#include "support/worker.h"

#include <signal.h>
#include <stdio.h>

#define AWAY_MS 1500

static void stop_and_start(struct trial *trial, const char *how)
{
    struct instance *instance = trial_instance(trial);

    instance_database(instance, how);
    sleep_ms(AWAY_MS);
    trial_mended(trial);
    instance_database(instance, "start");
}

void database_stop_fast(struct trial *trial)
{
    stop_and_start(trial, "stop -m fast");
}

/* As after a crash: what is in its log is replayed when it starts. */
void database_stop_at_once(struct trial *trial)
{
    stop_and_start(trial, "stop -m immediate");
}

static const char *data_of(struct trial *trial)
{
    return http_format(&(*trial->site)->http, "%s/pg", trial_instance(trial)->var);
}

/* The postmaster ends all sessions then, as one of them may have spoilt their shared memory. */
void database_lose_process(struct trial *trial)
{
    pid_t session = postmaster_child(data_of(trial), "keel_app");

    assert_true(session > 0);
    assert_int_equal(kill(session, SIGKILL), 0);
    trial_mended(trial);
}

static void freeze(struct trial *trial, long ms)
{
    frost_begin(&trial->frost, data_of(trial));
    sleep_ms(ms);
    trial_mended(trial);
    frost_end(&trial->frost);
}

void database_freeze(struct trial *trial)
{
    freeze(trial, 3000);
}

/* Longer than the deadline after which a silent database counts as lost. */
void database_freeze_long(struct trial *trial)
{
    freeze(trial, 12000);
}

void database_thaw(struct trial *trial)
{
    frost_end(&trial->frost);
}
