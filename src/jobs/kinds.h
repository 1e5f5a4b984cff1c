/* kinds.h - the functions of the kinds of jobs, which the table of kinds calls */
#ifndef KEEL_JOBS_KINDS_H
#define KEEL_JOBS_KINDS_H

#include "keel/jobs/job.h"

/* One for each row of kinds.c: what it does stands there. */
bool kind_noop(struct job *job);
bool kind_mail_send(struct job *job);
bool kind_purge(struct job *job);
bool kind_sessions_clean(struct job *job);
bool kind_throttle_clean(struct job *job);
bool kind_audit_trim(struct job *job);
bool kind_idempotency_clean(struct job *job);
bool kind_inventory_daily(struct job *job);
bool kind_jobs_clean(struct job *job);
bool kind_import(struct job *job);
bool kind_imports_sweep(struct job *job);

#endif
