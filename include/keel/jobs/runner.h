/* runner.h - carries out what lies in the queue, in child processes, until it is told to end */
#ifndef KEEL_JOBS_RUNNER_H
#define KEEL_JOBS_RUNNER_H

#include "keel/jobs/job.h"

#define RUNNER_PROCESSES_MAX 64

struct runner_options {
    const struct job_kind *kinds; /* others are left to other runners */
    size_t kind_count;
    const struct model *const *models; /* handed on to the jobs */
    size_t model_count;
    const char *const *queues; /* NULL: all */
    size_t queue_count;
    int64_t processes;   /* jobs at a time, 1 to RUNNER_PROCESSES_MAX */
    int64_t max_seconds; /* then it ends as with SIGTERM; 0: never */
    bool once;           /* ends when nothing is due any more */
    bool poll_only;      /* no LISTEN, as behind a transaction pooler */
};

/*
 * Runs jobs with the scope's settings and log. Any number of runners may do so at once, on any
 * hosts. SIGTERM and SIGINT end it: what runs is told, given job_drain_s to end, and then given
 * back to the queue; a second signal does not wait. SIGHUP opens the log anew. While the database
 * is away it tries again and again. False where it cannot begin at all (ERR_INTERNAL), or finds no
 * database at its start (ERR_UNAVAILABLE, with `once`).
 *
 * The calling process must have no other threads and be nobody's whose children it could mistake
 * for its own.
 */
bool runner_run(struct scope *scope, const struct runner_options *options);

#endif
