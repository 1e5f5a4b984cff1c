/* jobs.h - work to be done later: ordered with the caller's transaction, looked at, taken back */
#ifndef KEEL_SERVICES_JOBS_H
#define KEEL_SERVICES_JOBS_H

#include "keel/db/db.h"
#include "keel/model/model.h"

/* The jobs, as GET /jobs and GET /jobs/{id} show them. */
extern const struct model job_model;

#define JOB_KIND_MAX       80 /* characters, of a queue's name too */
#define JOB_UNIQUE_KEY_MAX 255
#define JOB_PRIORITY_MAX   100
#define JOB_ATTEMPTS_MAX   1000
#define JOB_SNOOZE_MAX     31536000 /* seconds: a year */

/*
 * What is to be done. How often a kind is tried, how long it may take and what it does stands in
 * its row of src/jobs/kinds.c, which only the runner reads.
 */
struct job_order {
    const char *kind;
    const char *args;  /* a JSON object, which everybody with jobs:read can see; NULL: {} */
    const char *queue; /* NULL: "default" */
    int priority;      /* higher runs first; -100 to 100, 0 is usual */
    int64_t run_at;    /* microseconds since 1970 UTC; 0: now */
    /* No second one of this kind and key while the first is queued or running; NULL: any number. */
    const char *unique_key;
    /*
     * Instead of a key, for work that is to look what there is, such as to send what lies in the
     * outbox: a job with the same kind, arguments and queue that is due and was not claimed yet
     * does for this order, too, and sees what this transaction wrote. Nobody waits for anybody, so
     * that there may be a few of them.
     */
    bool is_shared;
    int max_attempts; /* 0: those of its kind */
    int64_t user_id;  /* for whom, to be seen in lists; 0: nobody */
};

/*
 * Puts a job into the queue, inside the caller's transaction: a rollback takes it back, and nobody
 * runs it before the commit. `id` is the new job's or, where `is_new` becomes false, that of the
 * one that was there; either pointer may be NULL. Fails as db_query() does: ERR_VALIDATION for
 * arguments that are no JSON object, and for what is out of bounds.
 */
bool jobs_enqueue(struct scope *scope, const struct job_order *order, int64_t *id, bool *is_new);

/*
 * Each in one statement; ERR_NOT_FOUND for no such job, ERR_CONFLICT for a state that forbids the
 * step.
 *
 * Retry: one that failed or was cancelled, or waits, is due now, with all its attempts ahead of it;
 * ERR_CONFLICT also where another one has its unique key by now. Cancel: one that waits is
 * cancelled at once; one that runs is asked to end, and its runner ends it where it does not
 * listen. Snooze: one that waits is due in so many seconds, up to JOB_SNOOZE_MAX.
 */
bool jobs_retry(struct scope *scope, int64_t id);
bool jobs_cancel(struct scope *scope, int64_t id);
bool jobs_snooze(struct scope *scope, int64_t id, int64_t seconds);

/*
 * Retries all that failed, of one kind or (NULL) of any; of several with one unique key the newest,
 * and none where that was ordered anew. `*retried` counts.
 */
bool jobs_retry_failed(struct scope *scope, const char *kind, int64_t *retried);

/*
 * Removes some of the jobs that ended job_keep_s ago, or failed for good job_keep_failed_s ago, in
 * one statement. `*removed` counts; `*is_done`: there are no more of them.
 */
bool jobs_trim(struct scope *scope, int64_t *removed, bool *is_done);

#endif
