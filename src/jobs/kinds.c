/* kinds.c - the kinds of jobs that Keel has: one row each, and the function that it calls */
#include "keel/jobs/job.h"

#include "import_jobs.h"
#include "keel/core/config.h"
#include "keel/mailer/mailer.h"
#include "keel/model/purge.h"
#include "keel/pipeline/pipeline.h"
#include "keel/services/audit.h"
#include "keel/services/idempotency.h"
#include "keel/services/imports.h"
#include "keel/services/jobs.h"
#include "keel/services/mail.h"
#include "keel/services/sessions.h"
#include "keel/services/single_use.h"
#include "keel/services/throttle.h"

#include <inttypes.h>
#include <string.h>

/* In one go; then others have their turn, and another job goes on. */
#define MAILS_MAX 100

static bool tell_removed(struct job *job, int64_t removed)
{
    const char *result = scope_format(job->scope, "{\"removed\":%" PRId64 "}", removed);

    return result && job_result(job, result);
}

static bool do_nothing(struct job *job)
{
    (void)job;
    return true;
}

static bool is_stopped(void *state)
{
    return job_must_end(state);
}

/* A mail that could not be sent has its own time to be tried again; what is left is another job's.
 */
static bool send_mails(struct job *job)
{
    struct scope *scope = job->scope;
    const struct mail_drain drain = {.limit = MAILS_MAX, .is_stopped = is_stopped, .state = job};
    struct mail_tally tally;

    if (strcmp(scope->config->mail_transport, "none") == 0)
        return true;
    if (!mail_send_due(scope, &drain, &tally) || !mail_tidy(scope) || !mail_order_rest(scope))
        return false;
    const char *result = scope_format(
        scope, "{\"sent\":%" PRId64 ",\"failed\":%" PRId64 ",\"given_up\":%" PRId64 "}", tally.sent,
        tally.failed, tally.given_up);

    return result && job_result(job, result);
}

static bool purge_models(struct job *job, const struct model **models, size_t count)
{
    struct scope *scope = job->scope;
    struct purge_count *counts = scope_alloc(scope, (count + 1) * sizeof *counts);
    int64_t removed = 0, kept = 0;

    if (!counts || !purge_deleted(scope, models, count, scope->config->purge_days, counts))
        return false;
    for (size_t i = 0; i < count; i++) {
        removed += counts[i].removed;
        kept += counts[i].kept;
    }
    const char *result =
        scope_format(scope, "{\"removed\":%" PRId64 ",\"kept\":%" PRId64 "}", removed, kept);

    return result && job_result(job, result);
}

static bool purge(struct job *job)
{
    const struct model **models =
        scope_alloc(job->scope, (job->model_count + 1) * sizeof(const struct model *));
    size_t count = 0;

    if (!models)
        return false;
    for (size_t i = 0; i < job->model_count; i++) {
        if (job->models[i]->purge)
            models[count++] = job->models[i];
    }
    return job->scope->config->purge_days == 0 || purge_models(job, models, count);
}

static bool clean_sessions(struct job *job)
{
    int64_t sessions, tokens;

    return sessions_purge(job->scope, &sessions) && single_use_purge(job->scope, &tokens) &&
           tell_removed(job, sessions + tokens);
}

static bool clean_throttle(struct job *job)
{
    int64_t removed;

    return throttle_purge(job->scope, &removed) && tell_removed(job, removed);
}

/* Only the owner of the log removes anything; while there is nothing to be removed, nobody needs
 * him. */
static bool trim_audit(struct job *job)
{
    int64_t days = job->scope->config->audit_days, removed = 0;
    bool has_old = false;

    if (days > 0 && (!audit_has_old(job->scope, days, &has_old) ||
                     (has_old && !audit_purge(job->scope, days, &removed))))
        return false;
    return tell_removed(job, removed);
}

static bool clean_idempotency(struct job *job)
{
    int64_t removed;

    return idempotency_purge(job->scope, &removed) && tell_removed(job, removed);
}

static bool clean_jobs(struct job *job)
{
    int64_t removed, total = 0;
    bool is_done = false;

    while (!is_done && !job_must_end(job)) {
        if (!jobs_trim(job->scope, &removed, &is_done))
            return false;
        total += removed;
    }
    return tell_removed(job, total);
}

/* In the job's own transaction: the day is counted whole, or as it was before. */
static bool count_inventory(struct job *job)
{
    const struct pipeline_watch watch = {.must_end = is_stopped, .context = job};
    const char *day = NULL; /* today */
    struct flow flow = {
        .scope = job->scope, .watch = &watch, .parameters = &day, .parameter_count = 1};
    bool ended;

    if (!pipeline_run(pipeline_find("inventory.daily"), &flow, &ended) || !ended)
        return false;
    const char *result =
        scope_format(job->scope, "{\"categories\":%" PRId64 "}", flow.counts.written);

    return result && job_result(job, result);
}

const struct job_kind job_kinds[] = {
    {"noop", do_nothing, .attempts = 3, .timeout_s = 10, .backoff_s = 1,
     .summary = "Does nothing: that it ends shows that a runner lives"},
    {"mail.send", send_mails, .attempts = 10, .timeout_s = 3600, .backoff_s = 10, .flags = JOB_LONG,
     .summary = "Sends the mails of the outbox that are due"},
    {"purge", purge, .attempts = 3, .timeout_s = 3600, .backoff_s = 300, .flags = JOB_LONG,
     .summary = "Removes for good what was deleted purge_days ago"},
    {"sessions.clean", clean_sessions, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .flags = JOB_LONG, .summary = "Removes sessions long over, and tokens of links that are"},
    {"throttle.clean", clean_throttle, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .summary = "Removes counts of wrong passwords that are over"},
    {"audit.trim", trim_audit, .attempts = 3, .timeout_s = 3600, .backoff_s = 300,
     .flags = JOB_LONG | JOB_AS_OWNER,
     .summary = "Removes entries of the audit log after audit_days"},
    {"idempotency.clean", clean_idempotency, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .summary = "Removes kept answers after idempotency_hours"},
    {"inventory.daily", count_inventory, .attempts = 5, .timeout_s = 600, .backoff_s = 60,
     .summary = "Counts what is in stock today, by category, into inventory_daily"},
    {"jobs.clean", clean_jobs, .attempts = 3, .timeout_s = 600, .backoff_s = 300, .flags = JOB_LONG,
     .summary = "Removes jobs that ended job_keep_s ago, or failed job_keep_failed_s ago"},
    {IMPORT_JOB, import_jobs_run, .attempts = 20, .timeout_s = 86400, .backoff_s = 1,
     .flags = JOB_LONG, .summary = "Reads rows from a file, checks them, and writes them"},
    {"imports.sweep", import_jobs_sweep, .attempts = 3, .timeout_s = 3600, .backoff_s = 300,
     .flags = JOB_LONG,
     .summary = "Removes imports that ended import_keep_s ago, and files that nobody needs"},
};

const size_t job_kind_count = sizeof job_kinds / sizeof job_kinds[0];
