/* job_counts.h - how much is in the queue, for whoever watches it */
#ifndef KEEL_SERVICES_JOB_COUNTS_H
#define KEEL_SERVICES_JOB_COUNTS_H

#include "keel/core/scope.h"

/* Each state is counted up to so many. */
#define JOB_COUNT_MAX 10000

struct job_counts {
    int64_t due;   /* queued, to be run now */
    int64_t later; /* queued, for a time to come */
    int64_t running;
    int64_t failed;
    int64_t cancelled;
    int64_t succeeded;     /* of those that were finished last */
    int64_t oldest_due_us; /* for how long the first of those that are due has waited; 0: none */
};

/* One statement, whose effort is bounded however long the queue is. Fails as db_query() does. */
bool job_counts_read(struct scope *scope, struct job_counts *counts);

#endif
