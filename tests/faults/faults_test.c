/* faults_test.c - what Keel stands on breaks under load: nothing is lost, and it heals */
#include "faults.h"

#include "report.h"
#include "support/unit.h"

#include <stdlib.h>

/* In an order that leaves to each what it needs: the last one leaves no database. */
static const struct fault faults[] = {
    {"kill -9 of one worker", true, .strike = workers_kill_one},
    {"kill -9 of all workers at once", true, .strike = workers_kill_all},
    {"rolling restart", .must_serve = true, .strike = workers_roll},
    {"memory limit hit by one worker", true, .strike = workers_limit},
    {"nginx reloaded", true, .must_serve = true, .strike = web_reload},
    {"200 half-open clients", true, .must_serve = true, .strike = web_open_half,
     .relieve = web_look_at_half, .clear = web_close_half},
    {"PostgreSQL stopped fast", .strike = database_stop_fast},
    {"PostgreSQL stopped immediately", true, .strike = database_stop_at_once},
    {"kill -9 of a PostgreSQL process", .strike = database_lose_process},
    {"PostgreSQL frozen for 3 s", .must_serve = true, .strike = database_freeze,
     .clear = database_thaw},
    {"PostgreSQL frozen for 12 s", .strike = database_freeze_long, .clear = database_thaw},
    {"disk full for logs", .must_serve = true, .set_up = logs_onto_small_disk, .strike = logs_fill,
     .relieve = logs_make_room},
    {"PgBouncer restarted", .set_up = pooler_between, .strike = pooler_restart,
     .clear = pooler_away},
    {"primary lost, standby promoted", .set_up = standby_begin, .strike = standby_take_over,
     .clear = standby_end},
};

int main(void)
{
    struct CMUnitTest tests[COUNT(faults)];
    struct trial *trials = calloc(COUNT(faults), sizeof *trials);
    const char *only = getenv("KEEL_FAULT");
    struct site *site = NULL;
    size_t count = 0;

    for (size_t i = 0; trials && i < COUNT(faults); i++) {
        trials[i] = (struct trial){.fault = &faults[i], .site = &site};
        if (faults[i].is_quick || report_is_wanted())
            tests[count++] = (struct CMUnitTest){.name = faults[i].name,
                                                 .test_func = trial_run,
                                                 .setup_func = trial_begin,
                                                 .teardown_func = trial_end,
                                                 .initial_state = &trials[i]};
    }
    if (only)
        cmocka_set_test_filter(only);
    int failed = _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
    void *ended = site;
    bool is_clean = site_end(&ended) == 0;

    if (!is_clean)
        print_error("the instance has left something behind\n");
    free(trials);
    return failed ? failed : !is_clean;
}
