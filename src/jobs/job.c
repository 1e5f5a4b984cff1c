/* job.c - what a job's function may ask and say while it runs */
#include "keel/jobs/job.h"

#include "keel/core/json.h"
#include "process_parts.h"
#include "sql.h"

#include <string.h>

#define WHOLE 10000

void job_progress(struct job *job, double fraction)
{
    int part = fraction <= 0 ? 0 : fraction >= 1 ? WHOLE : (int)(fraction * WHOLE);

    atomic_store(&job->process->setup->slot->progress, part);
}

bool job_must_end(const struct job *job)
{
    return atomic_load(&job->process->setup->slot->must_end);
}

static bool fail_lost(struct scope *scope)
{
    return fail(scope, ERR_CONFLICT, "The job was taken over by another runner, or is over");
}

bool job_hold(struct job *job)
{
    struct scope *scope = job->scope;
    struct rows rows;

    return db_query(scope, &sql_runner_hold,
                    PARAMS(param_int(scope, job->id), param_int(scope, job->attempt),
                           job->process->setup->runner),
                    &rows) &&
           (rows.count > 0 || fail_lost(scope));
}

bool job_save(struct job *job, const char *json)
{
    struct scope *scope = job->scope;
    struct rows rows;

    return db_query(scope, &sql_runner_save,
                    PARAMS(param_int(scope, job->id), param_int(scope, job->attempt),
                           job->process->setup->runner, json),
                    &rows) &&
           (rows.affected > 0 || fail_lost(scope));
}

/* Looked at here: what the database refuses would keep the runner from saying that the job is done.
 */
static bool is_json(const char *json, size_t length)
{
    struct scope scope;
    struct json_object *value;

    scope_begin(&scope, NULL, NULL, NULL);
    bool is = json_parse(&scope, json, length, &value);

    scope_end(&scope);
    return is;
}

bool job_result(struct job *job, const char *json)
{
    struct report_message *out = &job->process->out;
    size_t length = strlen(json);

    if (length > sizeof out->result || !is_json(json, length)) {
        fail(job->scope, ERR_INTERNAL, "The job's result cannot be kept");
        return fail_detail(job->scope, "job_result: %zu bytes, or no JSON", length);
    }
    memcpy(out->result, json, length);
    out->head.result_length = length;
    return true;
}
