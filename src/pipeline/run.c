/* run.c - a pipeline, batch by batch */
#include "keel/pipeline/pipeline.h"

#include "keel/db/db.h"

#include <string.h>

/* A run and what its parts have made for themselves. */
struct running {
    const struct pipeline *pipeline;
    struct flow *flow;
    void *reader;
    void *steps[PIPELINE_STEP_MAX];
    void *writer;
    bool each_commits; /* each batch is a transaction of its own */
};

static bool has_step(const struct pipeline *pipeline, size_t step)
{
    return step < PIPELINE_STEP_MAX && pipeline->steps[step].step;
}

static bool begin_parts(struct running *running)
{
    const struct pipeline *pipeline = running->pipeline;
    struct flow *flow = running->flow;

    flow->columns.count = 0;
    if (!pipeline->reader.reader->begin(flow, pipeline->reader.arguments, &running->reader))
        return false;
    for (size_t i = 0; has_step(pipeline, i); i++) {
        const struct pipeline_step *step = &pipeline->steps[i];

        if (step->step->begin && !step->step->begin(flow, step->arguments, &running->steps[i]))
            return false;
    }
    return pipeline->writer.writer->begin(flow, pipeline->writer.arguments, &running->writer);
}

static void count_in(const struct batch *batch, struct flow *flow)
{
    for (size_t i = 0; i < batch->count; i++)
        flow->counts.written += !batch->rows[i].is_out;
}

static bool take_steps(struct running *running, struct batch *batch)
{
    const struct pipeline *pipeline = running->pipeline;

    for (size_t i = 0; has_step(pipeline, i); i++) {
        const struct pipeline_step *step = &pipeline->steps[i];

        if (!step->step->run(running->flow, step->arguments, running->steps[i], batch))
            return false;
    }
    return true;
}

static bool keep_position(struct flow *flow, const struct batch *batch)
{
    const struct pipeline_watch *watch = flow->watch;

    return !watch || !watch->save || !batch->position ||
           watch->save(watch->context, batch->position);
}

static bool pass_on(struct running *running, struct batch *batch)
{
    struct flow *flow = running->flow;

    if (!running->pipeline->reader.reader->read(flow, running->reader, batch))
        return false;
    flow->counts.read += (int64_t)batch->count;
    if (!take_steps(running, batch) ||
        !running->pipeline->writer.writer->write(flow, running->writer, batch))
        return false;
    count_in(batch, flow);
    return keep_position(flow, batch);
}

static bool hold(const struct flow *flow)
{
    return !flow->watch || !flow->watch->hold || flow->watch->hold(flow->watch->context);
}

/* What went wrong in a batch is what went wrong with the run, whose scope outlives it. */
static bool adopt_error(struct scope *scope, const struct batch *batch)
{
    const struct error *error = &batch->scope.error;

    if (error->kind == ERR_NONE || scope->error.kind != ERR_NONE)
        return scope->error.kind == ERR_NONE;
    for (const struct field_error *field = error->fields; field; field = field->next) {
        const char *name = scope_copy(scope, field->field, strlen(field->field));
        const char *code = scope_copy(scope, field->code, strlen(field->code));

        if (name && code)
            fail_field(scope, name, code, "%s", field->message);
    }
    fail(scope, error->kind, "%s", error->message);
    if (error->detail)
        fail_detail(scope, "%s", error->detail);
    scope->error.retryable = error->retryable;
    scope->error.retry_after = error->retry_after;
    scope->error.locked = error->locked;
    return false;
}

/* One batch, committed or taken back; `*count` is how many rows the source had for it. */
static bool run_batch(struct running *running, size_t *count)
{
    struct flow *flow = running->flow;
    struct scope *scope = flow->scope;
    struct batch batch;
    bool done = batch_begin(&batch, scope, &flow->columns) &&
                (!running->each_commits || (db_begin(&batch.scope) && hold(flow))) &&
                pass_on(running, &batch) && scope->error.kind == ERR_NONE &&
                (!running->each_commits || db_commit(&batch.scope));

    *count = batch.count;
    if (!done && running->each_commits)
        db_rollback(&batch.scope);
    scope->queries += batch.scope.queries;
    scope->database_us += batch.scope.database_us;
    adopt_error(scope, &batch);
    batch_end(&batch);
    return done;
}

static bool must_end(const struct flow *flow)
{
    const struct pipeline_watch *watch = flow->watch;

    if (watch && watch->progress)
        watch->progress(watch->context, &flow->counts, flow->fraction);
    return watch && watch->must_end && watch->must_end(watch->context);
}

static bool run_batches(struct running *running, bool *ended)
{
    size_t count;

    do {
        if (must_end(running->flow))
            return true;
        if (!run_batch(running, &count))
            return false;
    } while (count);
    *ended = true;
    return !running->pipeline->writer.writer->end ||
           running->pipeline->writer.writer->end(running->flow, running->writer);
}

bool pipeline_run(const struct pipeline *pipeline, struct flow *flow, bool *ended)
{
    struct scope *scope = flow->scope;
    struct running running = {.pipeline = pipeline, .flow = flow};
    bool is_inside = scope->db && db_in_transaction(scope->db);
    bool in_one = pipeline->reader.reader->one_transaction && !is_inside;

    *ended = false;
    flow->counts = (struct pipeline_counts){0};
    running.each_commits = scope->db && !is_inside && !in_one;
    if (!in_one)
        return begin_parts(&running) && run_batches(&running, ended);
    bool done = db_begin(scope) && hold(flow) && begin_parts(&running) &&
                run_batches(&running, ended) && (!*ended || db_commit(scope));

    /* A part of it, which nobody could take up again, is worth nothing. */
    if (!done || !*ended)
        db_rollback(scope);
    return done;
}

bool flow_reject(struct flow *flow, struct batch_row *row, const char *column, const char *code,
                 const char *message, const char *value)
{
    const struct pipeline_watch *watch = flow->watch;
    struct row_fault fault = {row->line, column, code, message, value ? value : ""};

    row->is_out = true;
    flow->counts.rejected++;
    return !watch || !watch->reject || watch->reject(watch->context, &fault);
}

void flow_drop(struct flow *flow, struct batch_row *row)
{
    row->is_out = true;
    flow->counts.dropped++;
}
