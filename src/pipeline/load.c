/* load.c - an import carried out: read, checked, written, concluded */
#include "keel/core/text.h"
#include "keel/db/db.h"
#include "load_parts.h"
#include "sql.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Why not a single row was written although the file could be read. */
static const char *verdict(struct load *load)
{
    const struct load_counts *counts = &load->state.counts;

    if (load->failure || !load->state.all_or_nothing || !counts->rejected)
        return load->failure;
    return scope_format(load->scope, "%" PRId64 " of %" PRId64 " rows %s refused, so none was kept",
                        counts->rejected, counts->total, counts->rejected == 1 ? "was" : "were");
}

static bool note_counts(struct load *load, struct scope *part)
{
    const struct load_state *state = &load->state;
    struct rows ignored;

    return db_query(
        part, &sql_imports_note_written,
        PARAMS(load->id, state->attempt, param_int(part, state->place_done),
               param_int(part, state->counts.accepted), param_int(part, state->counts.updated),
               param_int(part, state->counts.unchanged), param_int(part, state->counts.skipped),
               param_int(part, state->counts.rejected), "1"),
        &ignored);
}

/* Of a cancelled one the counts stay as they were last committed. */
static bool note_outcome(struct load *load, struct scope *part)
{
    const char *why = verdict(load);

    if (load->is_cancelled)
        return load_note_end(load, part, "cancelled", NULL);
    return (load->rejects.aside ? load_rejects_bring_back(load, part)
                                : load_rejects_write(load, part)) &&
           note_counts(load, part) && load_note_end(load, part, why ? "failed" : "succeeded", why);
}

static bool conclude(struct load *load)
{
    struct scope part;
    bool held = load_hold(load, &part, false);

    return load_settle(load, &part, held && note_outcome(load, &part) && load_save(load));
}

/* Nobody needs it any more; where this does not succeed, a sweep does it. */
static void remove_upload(struct load *load)
{
    struct scope part;
    struct rows ignored;

    if (!load->state.is_upload || !load->state.file ||
        (unlink(load->state.file) != 0 && errno != ENOENT))
        return;
    scope_begin(&part, load->scope->config, load->scope->db, load->scope->log);
    (void)db_query(&part, &sql_imports_forget_file, PARAMS(load->id), &ignored);
    scope_end(&part);
}

/* Claim: rows may be written, and writing them may come to something. */
static bool is_worth_writing(const struct load *load)
{
    return load_goes_on(load) &&
           !(load->state.all_or_nothing && !load->state.dry_run && load->state.counts.rejected);
}

/* Whether it is to end for ever. */
static bool look_why(struct load *load)
{
    struct scope part;

    bool held = load_hold(load, &part, true);

    return load_settle(load, &part, held);
}

static bool carry_out(struct load *load, enum load_outcome *outcome)
{
    bool concluded = false;

    if (!load_stage(load))
        return false;
    if (load_goes_on(load) && !load->state.is_staged && !load_check(load))
        return false;
    if (is_worth_writing(load) && !load_write(load, &concluded))
        return false;
    if (load->is_interrupted && !concluded && !look_why(load))
        return false;
    if (load->is_interrupted && !concluded && !load->is_cancelled) {
        *outcome = LOAD_INTERRUPTED;
        return true;
    }
    if (!concluded && !conclude(load))
        return false;
    *outcome = load->is_cancelled && !concluded ? LOAD_CANCELLED : LOAD_CONCLUDED;
    remove_upload(load);
    return true;
}

bool load_run(struct scope *scope, const struct model *model, int64_t import,
              const struct load_watch *watch, enum load_outcome *outcome)
{
    struct load load = {
        .scope = scope, .model = model, .watch = watch, .id = param_int(scope, import)};
    bool mine = false;

    *outcome = LOAD_CONCLUDED;
    snprintf(load.table, sizeof load.table, "import_%" PRId64, import);
    buffer_init(&load.rejects.text, &scope->arena);
    if (!load_take(&load, &mine) || !mine)
        return scope->error.kind == ERR_NONE;
    bool done = carry_out(&load, outcome);

    load_rejects_end(&load);
    return done;
}
