/* job.h - what a kind of job is, and what its function sees of the one that it runs */
#ifndef KEEL_JOBS_JOB_H
#define KEEL_JOBS_JOB_H

#include "keel/core/scope.h"
#include "keel/model/model.h"

/* Of the process that runs it; seen by src/jobs alone. */
struct job_process;

/* One attempt. The texts belong to the scope, and what the function obtains from it goes at its
 * end. */
struct job {
    struct scope *scope;
    int64_t id;
    const char *kind;
    const char *args;  /* a JSON object */
    const char *saved; /* JSON that an earlier attempt left (job_save()); NULL: nothing */
    int attempt;       /* from 1 */
    int failures;      /* attempts that failed since it last got on */
    int64_t user_id;   /* for whom; 0: nobody */
    const struct model *const *models; /* all that there are */
    size_t model_count;
    struct job_process *process;
};

/*
 * A kind's function runs inside ONE transaction, which the job's end is part of: all that it wrote
 * is there exactly if the job is done, and exactly once. It begins and ends none of its own.
 */
enum job_flags {
    /*
     * Not so for what takes long or talks to others: the function begins and ends its transactions
     * itself, and may be run again although it was done. job_hold() and job_save() make the steps
     * of one that is cut into batches happen once each.
     */
    JOB_LONG = 1 << 0,
};

/* One kind, a row of src/jobs/kinds.c. */
struct job_kind {
    const char *name;
    /*
     * False: the scope's error says why, and the job is tried again. A false after job_must_end()
     * said so is no failure.
     */
    bool (*run)(struct job *job);
    int attempts;  /* that may fail before the job is given up */
    int timeout_s; /* then its process is killed, which counts as a failure */
    int backoff_s; /* before the second attempt; twice as long each time, at most six hours */
    unsigned flags;
    const char *summary; /* one line for `keelctl jobs kinds` */
};

/* The kinds that Keel has. */
extern const struct job_kind job_kinds[];
extern const size_t job_kind_count;

/* The longest JSON that job_result() takes; job_save() takes more, but every attempt reads it. */
#define JOB_RESULT_MAX 32768

/*
 * Says how much is done, 0 to 1; it costs nothing, and is seen with the next renewal of the lease.
 */
void job_progress(struct job *job, double fraction);

/* Claim: it is cancelled, or the runner ends. To be asked between batches; what is saved is kept.
 */
bool job_must_end(const struct job *job);

/*
 * For a JOB_LONG, the first statement of each of its transactions: fails (ERR_CONFLICT) where the
 * job is no longer this attempt's, and keeps it this one's until the transaction ends.
 */
bool job_hold(struct job *job);

/*
 * In the job's transaction: what the next attempt finds in `saved` once this is committed. Says,
 * too, that the job got on: failures are counted from here. Fails as job_hold() does.
 */
bool job_save(struct job *job, const char *json);

/*
 * What the job gave, to be seen beside it when it is done; JSON, copied. Without it what was saved
 * last stays. ERR_INTERNAL for what is no JSON, or too long.
 */
bool job_result(struct job *job, const char *json);

#endif
