/* load_stage.c - reads the file into the load's table, batch by batch */
#include "keel/db/copy.h"
#include "load_row.h"
#include "load_source.h"
#include "sql.h"

#include <string.h>

/* Of one batch: what is lost when it is interrupted, and held in memory. */
#define BATCH_ROWS  8192
#define BATCH_BYTES ((size_t)1024 * 1024)

/* Rows after which what was in their way is forgotten. */
#define SCRATCH_ROWS 256

struct batch {
    struct load *load;
    struct load_source *source;
    struct buffer text;            /* the lines of all rows, as COPY takes them */
    size_t starts[BATCH_ROWS + 1]; /* of each line in it */
    int64_t lines[BATCH_ROWS];     /* in the file */
    int64_t count, staged;         /* in it; of these, not refused by the database */
    int64_t total, rejected;       /* rows of the file */
    bool is_last;
};

static void refuse_record(struct load *load, int64_t line, const struct stream_fault *fault)
{
    const struct load_plan *plan = &load->plan;
    const char *name = NULL;

    for (size_t i = 0; !plan->by_row && fault->column && i < plan->count; i++) {
        if (plan->cells[i] == fault->column - 1)
            name = plan->columns[i]->name;
    }
    load_reject(load, line, name, fault->code, fault->message, NULL, 0);
}

/* Claim: the row is taken in; else what is wrong with it was told. */
static bool take_row(struct batch *batch, struct scope *scratch, const struct load_record *record)
{
    if (record->fault) {
        refuse_record(batch->load, record->line, record->fault);
        return false;
    }
    if (record->csv)
        return load_row_csv(batch->load, scratch, record->csv, &batch->text);
    return load_row_ndjson(batch->load, scratch, record->json, &batch->text);
}

static void add_row(struct batch *batch, struct scope *scratch, const struct load_record *record)
{
    batch->total++;
    if (take_row(batch, scratch, record)) {
        batch->lines[batch->count++] = record->line;
        batch->starts[batch->count] = batch->text.length;
    } else if (record->line > batch->load->rejects.told) {
        batch->rejected++;
    }
}

/* Forgets what the rows so far needed; of their errors only lack of memory is one of the work. */
static bool renew(struct load *load, struct scope *scratch, bool at_once)
{
    bool short_of_memory = scratch->error.kind == ERR_UNAVAILABLE;

    if (short_of_memory)
        fail_as(load->scope, scratch);
    scope_clear_error(scratch);
    if (at_once)
        arena_free(&scratch->arena);
    return !short_of_memory;
}

static bool is_full(const struct batch *batch)
{
    return batch->total == BATCH_ROWS || batch->text.length >= BATCH_BYTES ||
           batch->load->rejects.text.length >= BATCH_BYTES;
}

static bool read_rows(struct batch *batch, struct scope *scratch)
{
    struct load_record record;

    while (!is_full(batch)) {
        if (!load_source_read(batch->source, &record))
            return false;
        batch->is_last = record.is_end;
        if (record.is_end)
            return true;
        add_row(batch, scratch, &record);
        if (!renew(batch->load, scratch, record.json || batch->total % SCRATCH_ROWS == 0))
            return false;
    }
    return true;
}

static bool fill(struct batch *batch)
{
    struct load *load = batch->load;
    struct scope scratch;

    batch->count = batch->total = batch->rejected = 0;
    buffer_clear(&batch->text);
    buffer_clear(&load->rejects.text);
    scope_begin(&scratch, load->scope->config, NULL, load->scope->log);
    bool ok = read_rows(batch, &scratch);

    scope_end(&scratch);
    batch->staged = batch->count;
    return ok && (!batch->text.failed || fail_memory(load->scope));
}

static bool copy_rows(void *context, struct scope *part, int64_t from, int64_t to)
{
    const struct batch *batch = context;
    const char *text = scope_format(part, "COPY %s FROM STDIN", batch->load->table);
    const struct sql sql = {"load_stage", text, 0};

    return text && db_copy(part, &sql, batch->text.data + batch->starts[from],
                           batch->starts[to] - batch->starts[from]);
}

static const char *no_value(void *context, const char *column)
{
    (void)context;
    (void)column;
    return NULL;
}

/* A value that the column table lets through and the database's type does not hold. */
static bool refuse_row(void *context, struct scope *part, int64_t unit, const struct error *why)
{
    struct batch *batch = context;

    (void)part;
    load_reject_error(batch->load, batch->lines[unit], why, no_value, NULL);
    batch->rejected += batch->lines[unit] > batch->load->rejects.told;
    batch->staged--;
    return true;
}

static double read_fraction(const struct load *load)
{
    return load->state.bytes_total
               ? LOAD_READ_SHARE * (double)load->state.bytes_read / (double)load->state.bytes_total
               : LOAD_READ_SHARE;
}

static bool note(struct batch *batch, struct scope *part)
{
    struct load *load = batch->load;
    struct load_state *state = &load->state;
    struct rows ignored;

    state->counts.total += batch->total;
    state->counts.rejected += batch->rejected;
    state->staged += batch->staged;
    load_source_tell(batch->source, &state->bytes_read, &state->line_read);
    return db_query(part, &sql_imports_note_read,
                    PARAMS(load->id, state->attempt, param_int(part, state->bytes_read),
                           param_int(part, state->line_read), param_int(part, state->staged),
                           param_int(part, state->counts.total),
                           param_int(part, state->counts.rejected),
                           scope_format(part, "%.4f", read_fraction(load))),
                    &ignored);
}

static bool copy_all(struct batch *batch, struct scope *part, bool careful)
{
    const struct load_work work = {batch, copy_rows, refuse_row};

    if (!batch->count)
        return true;
    return careful ? load_split(part, batch->load->model, &work, 0, batch->count)
                   : copy_rows(batch, part, 0, batch->count);
}

/* One try to save the batch, its rejects and where reading stands. */
static bool save(struct batch *batch, bool careful, bool *refused)
{
    struct load *load = batch->load;
    struct scope part;
    bool held = load_hold(load, &part, true) && !load->is_cancelled;
    bool copied = held && copy_all(batch, &part, careful);

    *refused = held && !copied && !careful && load_is_refusal(&part.error);
    if (*refused)
        scope_clear_error(&part);
    return load_settle(load, &part,
                       copied && load_rejects_write(load, &part) && note(batch, &part) &&
                           load_save(load)) ||
           (!*refused && load_has_ended(load));
}

static bool stage_batch(struct batch *batch)
{
    bool refused;

    if (!fill(batch))
        return false;
    if (save(batch, false, &refused))
        return true;
    return refused && save(batch, true, &refused);
}

static bool stage_all(struct load *load, struct load_source *source)
{
    struct batch *batch = scope_alloc(load->scope, sizeof *batch);

    if (!batch || !load_source_seek(source, load->state.bytes_read, load->state.line_read))
        return false;
    batch->load = load;
    batch->source = source;
    buffer_init(&batch->text, &load->scope->arena);
    while (!batch->is_last && load_may_go_on(load)) {
        if (!stage_batch(batch))
            return false;
        load_tell(load, false, load->state.counts.total, 0, read_fraction(load));
    }
    buffer_clear(&load->rejects.text);
    load->rejects.told = 0;
    return true;
}

bool load_stage(struct load *load)
{
    struct load_source source;
    bool ok = load_source_open(&source, load);

    if (ok && load_goes_on(load))
        ok = load_table_prepare(load) &&
             (load->state.is_staged || !load_goes_on(load) || stage_all(load, &source));
    load_source_close(&source);
    return ok;
}
