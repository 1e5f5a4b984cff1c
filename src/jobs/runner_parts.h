/* runner_parts.h - the runner, as seen by its parts */
#ifndef KEEL_JOBS_RUNNER_PARTS_H
#define KEEL_JOBS_RUNNER_PARTS_H

#include "crew.h"
#include "keel/core/config.h"
#include "ledger.h"

#define RUNNER_NAME_SIZE 96
#define RUNNER_SECOND_US INT64_C(1000000)

/* More are not claimed, and not kept back when they have ended, at once. */
#define RUNNER_BATCH_MAX 256

struct runner {
    const struct runner_options *options;
    const struct config *config;
    struct log *log;
    char name[RUNNER_NAME_SIZE];
    int signals; /* descriptor of those that are waited for */
    struct db *db;
    int backend_pid; /* of the session that listens; 0: none */
    struct ledger ledger;
    struct crew crew;
    struct task_list waiting; /* claimed, for a process that becomes idle */
    struct task_list ended;   /* to be said in the table */

    /* How many to claim at once, and when what waits was claimed. */
    size_t batch;
    size_t claimed;
    int64_t claimed_us;

    /* All on the clock that only goes forward; 0: now, INT64_MAX: never. */
    int64_t look_us;    /* for jobs that are due */
    int64_t renew_us;   /* leases, and what others left behind */
    int64_t tick_us;    /* schedules */
    int64_t trim_us;    /* what is old */
    int64_t retry_us;   /* to connect again */
    int64_t stop_us;    /* as if it were told to */
    int64_t drained_us; /* what runs is given back */
    int64_t pause_us;   /* before the next attempt to connect; grows */
    bool is_stopping;
    bool found_nothing; /* when it last looked */
    bool was_connected;
};

/* Connects, and listens where the session is new. False: not at this moment; retry_us says when. */
bool runner_connect(struct runner *runner, int64_t now_us);

/* What is due of everything that goes to the database. */
void runner_use_database(struct runner *runner, int64_t now_us);

/* When jobs are to be claimed next; INT64_MAX: when something else has changed. */
int64_t runner_claim_us(const struct runner *runner);

/*
 * Steps of it, each in a scope of its own that is connected: claims jobs; renews leases, and heeds
 * who cancelled or took over what; takes back what runners left that ended; puts what is due by the
 * clock into the queue; removes what is old.
 */
bool runner_claim(struct runner *runner, struct scope *scope);
bool runner_renew(struct runner *runner, struct scope *scope);
bool runner_take_back(struct runner *runner, struct scope *scope);
bool runner_tick(struct runner *runner, struct scope *scope);
bool runner_trim(struct runner *runner, struct scope *scope);

/* Gives back what waits behind slow jobs, and says how many to claim the next time. */
void runner_judge_batch(struct runner *runner, int64_t now_us);

/* Takes the notices that have come. */
void runner_take_notices(struct runner *runner);

/* Gives waiting jobs to idle processes. */
void runner_hand_out(struct runner *runner, int64_t now_us);

/* Begins to end: no more jobs, those that run are told. */
void runner_stop(struct runner *runner, int64_t now_us);

/* Moves what waits to what has ended so. */
void runner_drop_waiting(struct runner *runner, enum job_outcome outcome);

#endif
