/* attempt.c - one attempt at a job: connected, in its transaction, to its end */
#include "process_parts.h"

#include "keel/core/text.h"
#include "keel/model/array.h"
#include "sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * A job whose process was killed must not work on in the server: PostgreSQL looks so often whether
 * its client is still there. A pooler would hand the setting on to others.
 */
#define SESSION_SETTINGS "SET client_connection_check_interval = '1s'"

static bool tell_session(struct job_session *session, struct scope *scope)
{
    int pid = PQbackendPID(db_connection(session->db));

    if (!scope->config->db_prepared || pid == session->backend_pid)
        return true;
    if (!db_script(scope, "session", SESSION_SETTINGS))
        return false;
    session->backend_pid = pid;
    return true;
}

bool session_ensure(struct job_process *process, struct scope *scope)
{
    struct job_session *session = &process->session;

    if (!session->db && !db_open(scope, scope->config->database_url, &session->db))
        return false;
    scope->db = session->db;
    return db_ensure(scope) && tell_session(session, scope);
}

/* Says in the job's own transaction that it is done. */
static bool record(struct job *job, struct report *report)
{
    struct report_message *out = &job->process->out;
    struct scope *scope = job->scope;
    const char *result = NULL;
    struct array results;
    struct rows rows;

    if (report->result_length > 0) {
        result = scope_copy(scope, out->result, report->result_length);
        if (!result)
            return false;
    }
    array_begin(&results, &scope->arena);
    array_add(&results, result);
    const char *list = array_end(&results);

    if (!list)
        return fail_memory(scope);
    if (!db_query(scope, &sql_runner_succeed,
                  PARAMS(job->process->setup->runner, scope_format(scope, "{%" PRId64 "}", job->id),
                         scope_format(scope, "{%d}", job->attempt), list),
                  &rows))
        return false;
    report->is_recorded = true;
    return rows.count > 0 ||
           fail(scope, ERR_CONFLICT, "The job was taken over by another runner, or is over");
}

static bool carry_out(struct job *job, const struct job_kind *kind, struct report *report)
{
    unsigned before = job->scope->queries;

    /* Of one that asked the database nothing the runner says it, for many at once. */
    return kind->run(job) && (job->scope->queries == before || record(job, report));
}

/* The job and its end are saved together or not at all. */
static bool run_in_transaction(struct job *job, const struct job_kind *kind, struct report *report)
{
    struct scope *scope = job->scope;

    report->is_recorded = false;
    report->result_length = 0;
    if (!db_begin(scope))
        return false;
    if (carry_out(job, kind, report) && db_commit(scope))
        return true;
    report->is_recorded = false;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

static bool run_plain(struct job *job, const struct job_kind *kind, struct report *report)
{
    struct scope *scope = job->scope;
    int64_t left = scope->config->db_retries;

    while (!run_in_transaction(job, kind, report)) {
        if (!scope->error.retryable || left-- <= 0 || job_must_end(job))
            return false;
        scope_clear_error(scope);
        if (!session_ensure(job->process, scope))
            return false;
    }
    return true;
}

static bool run_long(struct job *job, const struct job_kind *kind)
{
    struct scope *scope = job->scope;
    bool done = kind->run(job);

    if (!db_in_transaction(scope->db))
        return done;
    db_rollback(scope);
    if (done)
        fail(scope, ERR_INTERNAL, "The job left its transaction open");
    return false;
}

/* A sentence that fits, and ends between two characters. */
static void put_sentence(char *out, const char *sentence)
{
    size_t length = 0, size;

    while ((size = text_measure_character(sentence + length, strlen(sentence + length))) > 0 &&
           length + size < REPORT_MESSAGE_SIZE)
        length += size;
    memcpy(out, sentence, length);
    out[length] = '\0';
}

static void put_error(struct report *report, const struct scope *scope)
{
    const struct error *error = &scope->error;

    put_sentence(report->message, error->message ? error->message : "It did not say why");
    put_sentence(report->detail, error->detail ? error->detail : "");
}

void attempt_run(struct job_process *process, struct job *job, const struct job_kind *kind,
                 struct report *report)
{
    struct scope *scope = job->scope;

    if (!session_ensure(process, scope)) {
        report->outcome = JOB_RELEASED;
        report->is_adrift = true;
        put_error(report, scope);
        return;
    }
    bool done = kind->flags & JOB_LONG ? run_long(job, kind) : run_plain(job, kind, report);

    if (done) {
        report->outcome = JOB_SUCCEEDED;
        return;
    }
    report->outcome = job_must_end(job) ? JOB_RELEASED : JOB_FAILED;
    report->result_length = 0;
    put_error(report, scope);
}
