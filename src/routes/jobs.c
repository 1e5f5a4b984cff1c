/* jobs.c - the routes of jobs, which wait, run and have failed in the background */
#include "keel/services/jobs.h"
#include "keel/http/crud.h"
#include "keel/model/store.h"

static bool reply_job(struct exchange *exchange)
{
    struct rows rows;

    return store_get(&exchange->scope, &job_model, exchange->match.values.id, &rows) &&
           crud_reply(exchange, &rows);
}

static bool retry(struct exchange *exchange)
{
    return jobs_retry(&exchange->scope, exchange->match.values.id) && reply_job(exchange);
}

static bool cancel(struct exchange *exchange)
{
    return jobs_cancel(&exchange->scope, exchange->match.values.id) && reply_job(exchange);
}

static const struct route routes[] = {
    {"jobs.list", GET, "/jobs", crud_list, ACCESS_PERMISSION, .permission = "jobs:read",
     .rate = RATE_READ, .reply = {&job_model, READ | LIST}, .flags = ROUTE_LIST, .success = 200,
     .summary = "Jobs of every state, newest first, page by page."},
    {"jobs.get", GET, "/jobs/{id}", crud_get, ACCESS_PERMISSION, .permission = "jobs:read",
     .rate = RATE_READ, .reply = {&job_model, READ}, .success = 200,
     .summary = "One job: how far it is, what it gave, why it failed."},
    {"jobs.retry", POST, "/jobs/{id}/retry", retry, ACCESS_PERMISSION, .permission = "jobs:write",
     .rate = RATE_WRITE, .reply = {&job_model, READ}, .success = 200, .message = "Job is due now",
     .errors = ERROR_BIT(ERR_CONFLICT),
     .summary = "Run a job again that failed or was cancelled, or one that waits at once."},
    {"jobs.cancel", POST, "/jobs/{id}/cancel", cancel, ACCESS_PERMISSION,
     .permission = "jobs:write", .rate = RATE_WRITE, .reply = {&job_model, READ}, .success = 200,
     .message = "Job is to end", .errors = ERROR_BIT(ERR_CONFLICT),
     .summary = "Cancel a job: one that waits is over at once, one that runs ends soon."},
};

extern const struct module module_jobs;
const struct module module_jobs = {
    .name = "jobs",
    .doc = "Work that is done in the background: what waits, runs, and has failed.",
    ROUTES(routes),
    .model = &job_model,
};
