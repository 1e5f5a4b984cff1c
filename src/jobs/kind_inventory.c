/* kind_inventory.c - the kind of job that counts the stock of the day */
#include "kinds.h"

#include "keel/pipeline/pipeline.h"

#include <inttypes.h>

static bool is_stopped(void *state)
{
    return job_must_end(state);
}

/* In the job's own transaction: the day is counted whole, or as it was before. */
bool kind_inventory_daily(struct job *job)
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
