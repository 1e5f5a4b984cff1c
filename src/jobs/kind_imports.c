/* kind_imports.c - the kinds of jobs that have to do with imports */
#include "kinds.h"

#include "keel/core/json.h"
#include "keel/pipeline/load.h"
#include "keel/services/imports.h"
#include "sql.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

/* How often, and how far apart, a cancelled one looks whether its job is told, too. */
#define CANCEL_LOOKS   200
#define CANCEL_LOOK_NS 50000000

static bool must_end(void *context)
{
    return job_must_end(context);
}

static void tell(void *context, const struct load_progress *progress)
{
    job_progress(context, progress->fraction);
}

static bool hold(void *context)
{
    return job_hold(context);
}

/* What the next attempt begins with stands with the import itself: this says that it got on. */
static bool save(void *context)
{
    return job_save(context, "{}");
}

/* {"import": 17} */
static bool read_args(struct job *job, int64_t *import)
{
    struct json_object *args, *id;

    if (!json_parse(job->scope, job->args, strlen(job->args), &args))
        return false;
    *import = json_object_object_get_ex(args, "import", &id) ? json_object_get_int64(id) : 0;
    return *import > 0 || fail(job->scope, ERR_VALIDATION, "The job does not say which import");
}

static bool find_model(struct job *job, int64_t import, const struct model **model)
{
    struct scope *scope = job->scope;
    struct rows rows;

    if (!db_query(scope, &sql_imports_find, PARAMS(param_int(scope, import)), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "There is no import %" PRId64, import);
    for (size_t i = 0; i < job->model_count; i++) {
        *model = job->models[i];
        if (strcmp((*model)->plural, row_text(&rows, 0, 0)) == 0 && imports_fit(*model))
            return true;
    }
    return fail(scope, ERR_NOT_FOUND, "This program knows no resource %s", row_text(&rows, 0, 0));
}

/* The import may know of it before the job does, which then ends as one that was cancelled, too. */
static bool end_cancelled(struct job *job)
{
    const struct timespec pause = {.tv_nsec = CANCEL_LOOK_NS};

    for (int looks = 0; !job_must_end(job) && looks < CANCEL_LOOKS; looks++)
        nanosleep(&pause, NULL);
    return !job_must_end(job);
}

static bool tell_outcome(struct job *job, int64_t import)
{
    struct rows rows;

    return db_query(job->scope, &sql_imports_outcome, PARAMS(param_int(job->scope, import)),
                    &rows) &&
           (rows.count == 0 || job_result(job, row_text(&rows, 0, 0)));
}

bool kind_import(struct job *job)
{
    const struct load_watch watch = {
        .context = job, .must_end = must_end, .progress = tell, .hold = hold, .save = save};
    const struct model *model = NULL;
    enum load_outcome outcome;
    int64_t import;

    if (!read_args(job, &import) || !find_model(job, import, &model) ||
        !load_run(job->scope, model, import, &watch, &outcome))
        return false;
    if (outcome == LOAD_CONCLUDED)
        return tell_outcome(job, import);
    return outcome == LOAD_CANCELLED && end_cancelled(job);
}

bool kind_imports_sweep(struct job *job)
{
    struct import_sweep sweep;

    if (!imports_sweep(job->scope, &sweep))
        return false;
    const char *result = scope_format(job->scope, "{\"imports\":%" PRId64 ",\"files\":%" PRId64 "}",
                                      sweep.imports, sweep.files);

    return result && job_result(job, result);
}
