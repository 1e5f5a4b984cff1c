/* load_state.c - an import taken over, held while something is done to it, and concluded */
#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "load_parts.h"
#include "sql.h"

#include <string.h>
#include <time.h>

/* How long whoever had the import before may take to let it go, and how often this looks. */
#define WAIT_US  INT64_C(20000000)
#define PAUSE_NS 200000000

/* In the order of the query imports_take. */
enum state_part {
    STATE_ATTEMPT,
    STATE_FILE,
    STATE_IS_UPLOAD,
    STATE_FORMAT,
    STATE_MODE,
    STATE_ON_CONFLICT,
    STATE_DRY_RUN,
    STATE_BYTES_TOTAL,
    STATE_BYTES_READ,
    STATE_LINE_READ,
    STATE_STAGED,
    STATE_IS_STAGED,
    STATE_PLACE_DONE,
    STATE_TOTAL,
    STATE_ACCEPTED,
    STATE_UPDATED,
    STATE_UNCHANGED,
    STATE_SKIPPED,
    STATE_REJECTED
};

static enum load_conflict read_conflict(const char *text)
{
    if (strcmp(text, "skip") == 0)
        return LOAD_SKIP;
    return strcmp(text, "update") == 0 ? LOAD_UPDATE : LOAD_ERROR;
}

static bool read_state(struct load *load, const struct rows *rows)
{
    struct load_state *state = &load->state;

    *state = (struct load_state){
        .is_upload = row_bool(rows, 0, STATE_IS_UPLOAD),
        .is_ndjson = strcmp(row_text(rows, 0, STATE_FORMAT), "ndjson") == 0,
        .all_or_nothing = strcmp(row_text(rows, 0, STATE_MODE), "all_or_nothing") == 0,
        .dry_run = row_bool(rows, 0, STATE_DRY_RUN),
        .on_conflict = read_conflict(row_text(rows, 0, STATE_ON_CONFLICT)),
        .bytes_total = row_int(rows, 0, STATE_BYTES_TOTAL),
        .bytes_read = row_int(rows, 0, STATE_BYTES_READ),
        .line_read = row_int(rows, 0, STATE_LINE_READ),
        .staged = row_int(rows, 0, STATE_STAGED),
        .is_staged = row_bool(rows, 0, STATE_IS_STAGED),
        .place_done = row_int(rows, 0, STATE_PLACE_DONE),
        .counts = {.total = row_int(rows, 0, STATE_TOTAL),
                   .accepted = row_int(rows, 0, STATE_ACCEPTED),
                   .updated = row_int(rows, 0, STATE_UPDATED),
                   .unchanged = row_int(rows, 0, STATE_UNCHANGED),
                   .skipped = row_int(rows, 0, STATE_SKIPPED),
                   .rejected = row_int(rows, 0, STATE_REJECTED)},
    };
    state->attempt = scope_copy(load->scope, row_text(rows, 0, STATE_ATTEMPT),
                                strlen(row_text(rows, 0, STATE_ATTEMPT)));
    if (!row_is_null(rows, 0, STATE_FILE))
        state->file = scope_copy(load->scope, row_text(rows, 0, STATE_FILE),
                                 strlen(row_text(rows, 0, STATE_FILE)));
    return load->scope->error.kind == ERR_NONE;
}

/* `rows` belongs to the part. */
static bool take(struct load *load, struct scope *part, bool *mine)
{
    struct rows rows;

    if (!db_query(part, &sql_imports_lock, PARAMS(load->id), &rows))
        return false;
    if (rows.count == 0)
        return fail(part, ERR_NOT_FOUND, "Import not found");
    if (!db_query(part, &sql_imports_take, PARAMS(load->id), &rows))
        return false;
    *mine = rows.count > 0;
    return !*mine || read_state(load, &rows);
}

static void begin_part(struct load *load, struct scope *part)
{
    scope_begin(part, load->scope->config, load->scope->db, load->scope->log);
}

bool load_settle(struct load *load, struct scope *part, bool done)
{
    done = done && db_commit(part);
    if (!done && db_in_transaction(part->db))
        db_rollback(part);
    fail_as(load->scope, part);
    load->scope->queries += part->queries;
    load->scope->database_us += part->database_us;
    scope_end(part);
    return done;
}

/* Whoever was killed in the midst of a statement has its server process end that first. */
bool load_take(struct load *load, bool *mine)
{
    int64_t start = clock_monotonic_us();

    for (;;) {
        struct scope part;

        begin_part(load, &part);
        if (load_settle(load, &part, db_begin(&part) && take(load, &part, mine)))
            return true;
        if (!load->scope->error.locked || clock_monotonic_us() - start > WAIT_US)
            return false;
        scope_clear_error(load->scope);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
}

static bool hold(const struct load_watch *watch)
{
    return !watch->hold || watch->hold(watch->context);
}

bool load_hold(struct load *load, struct scope *part, bool is_soft)
{
    struct rows rows;

    begin_part(load, part);
    if (!db_begin(part) || !hold(load->watch) ||
        !db_query(part, &sql_imports_hold,
                  PARAMS(load->id, load->state.attempt, param_bool(is_soft)), &rows))
        return false;
    if (rows.count == 0)
        return fail(part, ERR_CONFLICT, "Somebody else goes on with this import");
    load->is_cancelled = row_bool(&rows, 0, 0);
    return true;
}

bool load_save(struct load *load)
{
    const struct load_watch *watch = load->watch;

    return !watch->save || watch->save(watch->context);
}

bool load_must_end(struct load *load, struct scope *part)
{
    const struct load_watch *watch = load->watch;
    struct rows rows;

    if (watch->must_end && watch->must_end(watch->context))
        load->is_interrupted = true;
    if (db_query(part, &sql_imports_is_cancelled, PARAMS(load->id), &rows) && rows.count)
        load->is_cancelled = row_bool(&rows, 0, 0);
    return part->error.kind != ERR_NONE || !load_goes_on(load);
}

bool load_may_go_on(struct load *load)
{
    const struct load_watch *watch = load->watch;

    load->is_interrupted = watch->must_end && watch->must_end(watch->context);
    return load_goes_on(load);
}

bool load_goes_on(const struct load *load)
{
    return !load->is_cancelled && !load->is_interrupted && !load->failure;
}

bool load_has_ended(const struct load *load)
{
    return !load_goes_on(load) && load->scope->error.kind == ERR_NONE;
}

void load_tell(const struct load *load, bool is_writing, int64_t rows, int64_t total,
               double fraction)
{
    const struct load_progress progress = {.fraction = fraction,
                                           .is_writing = is_writing,
                                           .rows = rows,
                                           .rows_total = total,
                                           .rows_rejected = load->state.counts.rejected};

    if (load->watch->progress)
        load->watch->progress(load->watch->context, &progress);
}

/* What was read is of no use any more. */
bool load_note_end(struct load *load, struct scope *part, const char *status, const char *error)
{
    struct rows ignored;

    return db_query(part, &sql_imports_unstage, PARAMS(load->id), &ignored) &&
           db_query(part, &sql_imports_conclude,
                    PARAMS(load->id, load->state.attempt, status, error), &ignored);
}
