/* trial.h - one fault under load: what is done, what it must cost nobody, and its line in the
 * report */
#ifndef KEEL_TESTS_FAULTS_TRIAL_H
#define KEEL_TESTS_FAULTS_TRIAL_H

#include "support/load.h"
#include "support/pooler.h"
#include "support/postmaster.h"

#define TRIAL_WORKERS 4
#define TRIAL_CLIENTS 200 /* of other people's, at most */

/* So soon must all be well again, once what was broken is whole. */
#define TRIAL_HEALTHY_US 5000000

struct trial;

struct fault {
    const char *name;
    bool is_quick;   /* so that `make test` has the time for it */
    bool must_serve; /* it is no reason to refuse anybody anything */
    /* Before there is load; returns why it cannot be done here, NULL where it can. */
    const char *(*set_up)(struct trial *trial);
    void (*strike)(struct trial *trial);
    /* Once all is well, under load still: takes away what lasts. */
    void (*relieve)(struct trial *trial);
    /* Without load, however the trial ended. */
    void (*clear)(struct trial *trial);
};

struct trial {
    const struct fault *fault;
    struct site **site; /* shared by all trials; made by the first */
    int64_t mended_us;  /* when what was broken was whole again: strike() says so, else its begin */
    int64_t healthy_us; /* when all was well; 0: never */
    bool is_loaded;
    bool is_reported;
    const char *obstacle;
    struct load load;
    struct load_tally tally;
    /* What a fault's functions have need of in common; zero: it has not. */
    struct frost frost;
    struct pooler pooler;
    pid_t standby;
    int clients[TRIAL_CLIENTS];
};

/* For cmocka, whose state is a struct trial. */
int trial_begin(void **state);
void trial_run(void **state);
int trial_end(void **state);

struct instance *trial_instance(const struct trial *trial);

/* Has the instance take the usual settings and these ("KEEL_NAME=value", NULL-terminated). */
void trial_configure(struct trial *trial, const char *const *more);

/* What was broken is whole from now on. */
void trial_mended(struct trial *trial);

#endif
