/* kind_purge.c - the kind of job that removes deleted rows for good */
#include "kinds.h"

#include "keel/core/config.h"
#include "keel/model/purge.h"

#include <inttypes.h>

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

bool kind_purge(struct job *job)
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
