/* jobs_trim.c - forgets jobs that ended long ago */
#include "keel/services/jobs.h"

#include "keel/core/config.h"
#include "sql.h"

/* So few that no statement takes long. */
#define TRIM_MAX 1000

bool jobs_trim(struct scope *scope, int64_t *removed, bool *is_done)
{
    const struct config *config = scope->config;
    const char *failed =
        config->job_keep_failed_s ? param_int(scope, config->job_keep_failed_s) : NULL;
    struct rows rows;

    if (!db_query(scope, &sql_jobs_trim,
                  PARAMS(param_int(scope, config->job_keep_s), failed, param_int(scope, TRIM_MAX)),
                  &rows))
        return false;
    *removed = rows.affected;
    *is_done = rows.affected < TRIM_MAX;
    return true;
}
