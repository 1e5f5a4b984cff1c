/* kind_clean.c - the kinds of jobs that remove what is over */
#include "kinds.h"

#include "keel/core/config.h"
#include "keel/services/audit.h"
#include "keel/services/idempotency.h"
#include "keel/services/jobs.h"
#include "keel/services/sessions.h"
#include "keel/services/single_use.h"
#include "keel/services/throttle.h"

#include <inttypes.h>

static bool tell_removed(struct job *job, int64_t removed)
{
    const char *result = scope_format(job->scope, "{\"removed\":%" PRId64 "}", removed);

    return result && job_result(job, result);
}

bool kind_sessions_clean(struct job *job)
{
    int64_t sessions, tokens;

    return sessions_purge(job->scope, &sessions) && single_use_purge(job->scope, &tokens) &&
           tell_removed(job, sessions + tokens);
}

bool kind_throttle_clean(struct job *job)
{
    int64_t removed;

    return throttle_purge(job->scope, &removed) && tell_removed(job, removed);
}

/* What it is told to end with in between is gone on with by the next attempt. */
bool kind_audit_trim(struct job *job)
{
    int64_t days = job->scope->config->audit_days, removed, total = 0;
    bool is_done = days == 0;

    while (!is_done && !job_must_end(job)) {
        if (!audit_trim(job->scope, days, &removed, &is_done))
            return false;
        total += removed;
    }
    return is_done && tell_removed(job, total);
}

bool kind_idempotency_clean(struct job *job)
{
    int64_t removed;

    return idempotency_purge(job->scope, &removed) && tell_removed(job, removed);
}

bool kind_jobs_clean(struct job *job)
{
    int64_t removed, total = 0;
    bool is_done = false;

    while (!is_done && !job_must_end(job)) {
        if (!jobs_trim(job->scope, &removed, &is_done))
            return false;
        total += removed;
    }
    return is_done && tell_removed(job, total);
}
