/* process_parts.h - a process that runs jobs, as seen by its parts */
#ifndef KEEL_JOBS_PROCESS_PARTS_H
#define KEEL_JOBS_PROCESS_PARTS_H

#include "process.h"

#include "keel/db/db.h"

/* The connection, with what was said to its present session. */
struct job_session {
    struct db *db;   /* NULL: not needed yet */
    int backend_pid; /* of the session that was told; 0: none */
};

struct job_process {
    const struct process_setup *setup;
    struct config config;
    struct job_session session;
    struct handout_message in;
    struct report_message out;
};

/* Runs one attempt and fills in how it ended. */
void attempt_run(struct job_process *process, struct job *job, const struct job_kind *kind,
                 struct report *report);

/* Connects the scope. */
bool session_ensure(struct job_process *process, struct scope *scope);

#endif
