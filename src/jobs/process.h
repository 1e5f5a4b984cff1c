/* process.h - the process that runs jobs, one after the other, as the runner hands them out */
#ifndef KEEL_JOBS_PROCESS_H
#define KEEL_JOBS_PROCESS_H

#include "exchange.h"
#include "keel/core/config.h"
#include "keel/jobs/runner.h"

#include <stdnoreturn.h>

/* What a process is given at its start. */
struct process_setup {
    const struct runner_options *options;
    const struct config *config;
    struct log *log;
    const char *runner; /* whose name is in the rows */
    struct job_slot *slot;
    int fd; /* to the runner */
};

/*
 * Takes jobs from the runner until that closes the connection; then the process ends, with all its
 * memory. The caller has closed what belongs to the runner.
 */
noreturn void process_serve(const struct process_setup *setup);

#endif
