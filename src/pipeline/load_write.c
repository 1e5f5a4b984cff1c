/* load_write.c - all rows into the model's table: in one transaction, or some in each */
#include "keel/core/config.h"
#include "keel/db/db.h"
#include "load_step.h"
#include "sql.h"

static double fraction(const struct load_writing *writing)
{
    double all = writing->end > 1 ? (double)writing->end : 1;

    return LOAD_CHECKED_SHARE + (1 - LOAD_CHECKED_SHARE) * (double)writing->from / all;
}

static void tell(const struct load_writing *writing)
{
    const struct load_counts *counts = &writing->counts;

    load_tell(writing->load, true, counts->accepted + counts->skipped, writing->load->state.staged,
              fraction(writing));
}

static bool note(const struct load_writing *writing, struct scope *part)
{
    const struct load *load = writing->load;
    const struct load_counts *counts = &writing->counts;
    struct rows ignored;

    return db_query(part, &sql_imports_note_written,
                    PARAMS(load->id, load->state.attempt, param_int(part, writing->from - 1),
                           param_int(part, counts->accepted), param_int(part, counts->updated),
                           param_int(part, counts->unchanged), param_int(part, counts->skipped),
                           param_int(part, counts->rejected),
                           scope_format(part, "%.4f", fraction(writing))),
                    &ignored);
}

/* A transaction of its own for the next rows, which is also where they are noted as done. */
static bool try_step(struct load_writing *writing, bool *refused)
{
    struct load *load = writing->load;
    const struct load_writing before = *writing;
    struct scope part;
    bool held = load_hold(load, &part, false) && !load->is_cancelled;
    bool written = held && load_step(writing, &part);

    *refused = held && !written && !writing->careful && load_is_refusal(&part.error);
    if (*refused)
        scope_clear_error(&part);
    bool done = load_settle(load, &part,
                            written && load_rejects_write(load, &part) && note(writing, &part) &&
                                load_save(load));

    buffer_clear(&load->rejects.text);
    if (!done)
        *writing = before;
    return done || (!*refused && load_has_ended(load));
}

static bool do_step(struct load_writing *writing)
{
    bool refused;

    writing->careful = false;
    if (try_step(writing, &refused))
        return true;
    writing->careful = true;
    return refused && try_step(writing, &refused);
}

/* Claim: what was in the way, such as a lock, may be gone when it is tried again. */
static bool is_passing(const struct error *error)
{
    return error->locked || error->retryable;
}

static bool do_step_again(struct load_writing *writing)
{
    struct scope *scope = writing->load->scope;

    for (int64_t tries = 0;; tries++) {
        if (do_step(writing))
            return true;
        if (!is_passing(&scope->error) || tries == scope->config->db_retries)
            return false;
        scope_clear_error(scope);
    }
}

static bool write_in_steps(struct load_writing *writing)
{
    while (writing->from < writing->end && load_may_go_on(writing->load)) {
        if (!do_step_again(writing))
            return false;
        writing->load->state.counts = writing->counts;
        tell(writing);
    }
    return true;
}

static bool write_all(struct load_writing *writing, struct scope *part)
{
    bool done = true;

    while (done && writing->from < writing->end) {
        struct scope step;

        /* What a step gave is let go of with it. */
        scope_begin(&step, part->config, part->db, part->log);
        done = load_step(writing, &step) && load_rejects_put_aside(writing->load, &step) &&
               !load_must_end(writing->load, &step);
        fail_as(part, &step);
        scope_end(&step);
        tell(writing);
    }
    return done;
}

/* One transaction for all rows, which concludes the import where nothing was refused. */
static bool try_whole(struct load_writing *writing, bool *refused, bool *concluded)
{
    struct load *load = writing->load;
    struct scope part;
    bool held = load_hold(load, &part, false) && !load->is_cancelled;
    bool written = held && write_all(writing, &part);

    *refused = held && !written && !writing->careful && load_is_refusal(&part.error);
    if (*refused)
        scope_clear_error(&part);
    bool keeps = written && !writing->counts.rejected && !load->state.dry_run;

    *concluded = load_settle(load, &part,
                             keeps && note(writing, &part) &&
                                 load_note_end(load, &part, "succeeded", NULL) && load_save(load));
    return *concluded || (written && !keeps) || (!*refused && load_has_ended(load));
}

/*
 * Places to go back to cost other sessions something when there are many, so the first try does
 * without: it succeeds, or is the last one that could have kept anything.
 */
static bool write_whole(struct load_writing *writing, bool *concluded)
{
    const struct load_writing before = *writing;
    struct load *load = writing->load;
    bool refused;

    if (!try_whole(writing, &refused, concluded)) {
        if (!refused)
            return false;
        *writing = before;
        writing->careful = true;
        if (!try_whole(writing, &refused, concluded))
            return false;
    }
    if (load_goes_on(load))
        load->state.counts = writing->counts;
    if (load->state.all_or_nothing && writing->counts.rejected)
        load->state.counts = (struct load_counts){.total = load->state.counts.total,
                                                  .rejected = load->state.counts.rejected};
    return true;
}

static bool write_whole_again(struct load_writing *writing, bool *concluded)
{
    const struct load_writing before = *writing;
    struct scope *scope = writing->load->scope;

    for (int64_t tries = 0;; tries++) {
        if (write_whole(writing, concluded))
            return true;
        if (!is_passing(&scope->error) || tries == scope->config->db_retries)
            return false;
        scope_clear_error(scope);
        load_rejects_end(writing->load);
        *writing = before;
    }
}

/* Ids that are given out from now on begin behind those that come with the file. */
static bool advance(struct load *load, struct scope *part, const char *last)
{
    struct rows ignored;

    return !last || load->state.dry_run ||
           db_query(part, &sql_imports_advance, PARAMS(load->model->table, last), &ignored);
}

static bool find_end(struct load_writing *writing, struct scope *part)
{
    struct load *load = writing->load;
    struct buffer text;
    struct rows rows;

    buffer_init(&text, &part->arena);
    buffer_add_format(&text, "SELECT max(\"import.place\"), %s FROM %s",
                      load->plan.has_id ? "max(id)" : "NULL", load->table);
    if (!load_ask(part, "load_end", &text, NO_PARAMS, &rows))
        return false;
    writing->end = row_int(&rows, 0, 0) + 1;
    return advance(load, part, row_is_null(&rows, 0, 1) ? NULL : row_text(&rows, 0, 1));
}

bool load_write(struct load *load, bool *concluded)
{
    struct load_writing writing = {.load = load,
                                   .from = load->state.place_done + 1,
                                   .step = LOAD_STEP_FIRST,
                                   .counts = load->state.counts};
    struct scope part;

    *concluded = false;
    if (!load_sql_make(load))
        return false;
    bool held = load_hold(load, &part, false);

    if (!load_settle(load, &part, held && find_end(&writing, &part)))
        return false;
    if (load->state.all_or_nothing || load->state.dry_run)
        return write_whole_again(&writing, concluded);
    return write_in_steps(&writing);
}
