/* import_jobs.h - the kinds of jobs that have to do with imports */
#ifndef KEEL_JOBS_IMPORT_JOBS_H
#define KEEL_JOBS_IMPORT_JOBS_H

#include "keel/jobs/job.h"

/* Each is a kind's function, and a JOB_LONG. */
bool import_jobs_run(struct job *job);
bool import_jobs_sweep(struct job *job);

#endif
