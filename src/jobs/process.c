/* process.c - the process that runs jobs, one after the other, as the runner hands them out */
#include "process_parts.h"

#include "sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Beyond what any kind may take, so that it is the runner's clock that ends a job. */
#define MARGIN_MS 60000

/*
 * Limits of time that are meant for requests do not hold here: a kind says how long it may take.
 */
static void lift_limits(struct job_process *process)
{
    const struct runner_options *options = process->setup->options;
    struct config *config = &process->config;
    int64_t longest_ms = 0;

    for (size_t i = 0; i < options->kind_count; i++) {
        if (options->kinds[i].timeout_s * INT64_C(1000) > longest_ms)
            longest_ms = options->kinds[i].timeout_s * INT64_C(1000);
    }
    longest_ms = longest_ms < INT32_MAX - MARGIN_MS ? longest_ms + MARGIN_MS : INT32_MAX;
    config->db_statement_timeout_ms = longest_ms;
    config->db_idle_transaction_timeout_ms = longest_ms;
    config->db_deadline_ms = longest_ms;
}

/* The texts of a job that were too long to be handed on. */
static bool load(struct job *job)
{
    struct scope *scope = job->scope;
    struct rows rows;

    if (!db_query(scope, &sql_runner_load, PARAMS(param_int(scope, job->id)), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "The job is gone");
    job->args = row_text(&rows, 0, 0);
    job->saved = row_is_null(&rows, 0, 1) ? NULL : row_text(&rows, 0, 1);
    return true;
}

static bool unpack(const struct handout_message *in, struct job *job)
{
    const struct handout *head = &in->head;

    job->args = scope_copy(job->scope, in->text, head->args_length);
    if (head->saved_length > 0)
        job->saved = scope_copy(job->scope, in->text + head->args_length, head->saved_length);
    return job->args && (head->saved_length == 0 || job->saved);
}

static bool prepare(struct job_process *process, struct job *job)
{
    return process->in.head.is_large ? session_ensure(process, job->scope) && load(job)
                                     : unpack(&process->in, job);
}

static void run(struct job_process *process, const struct job_kind *kind, struct report *report)
{
    const struct handout *head = &process->in.head;
    struct scope scope;
    struct job job = {
        .scope = &scope,
        .id = head->id,
        .kind = kind->name,
        .attempt = head->attempt,
        .failures = head->failures,
        .user_id = head->user_id,
        .models = process->setup->options->models,
        .model_count = process->setup->options->model_count,
        .process = process,
    };

    scope_begin(&scope, &process->config, NULL, process->setup->log);
    if (prepare(process, &job)) {
        attempt_run(process, &job, kind, report);
    } else {
        report->outcome = JOB_RELEASED;
        report->is_adrift = true;
        snprintf(report->message, sizeof report->message, "It could not be read");
    }
    scope_end(&scope);
}

static bool receive(struct job_process *process)
{
    ssize_t size;

    do
        size = recv(process->setup->fd, &process->in, sizeof process->in, 0);
    while (size < 0 && errno == EINTR);
    return size >= (ssize_t)sizeof process->in.head;
}

/* Only what is used of it: most reports are short. */
static bool answer(struct job_process *process)
{
    size_t size = sizeof process->out.head + process->out.head.result_length;
    ssize_t sent;

    do
        sent = send(process->setup->fd, &process->out, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

noreturn void process_serve(const struct process_setup *setup)
{
    struct job_process process = {
        .setup = setup,
        .config = *setup->config,
    };

    lift_limits(&process);
    while (receive(&process)) {
        process.out.head = (struct report){.id = process.in.head.id};
        run(&process, &setup->options->kinds[process.in.head.kind], &process.out.head);
        if (!answer(&process))
            break;
    }
    db_close(process.session.db);
    exit(EXIT_SUCCESS);
}
