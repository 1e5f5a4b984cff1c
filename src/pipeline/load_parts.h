/* load_parts.h - the inside of load_run(): taking an import over, reading, checking, writing */
#ifndef KEEL_PIPELINE_LOAD_PARTS_H
#define KEEL_PIPELINE_LOAD_PARTS_H

#include "keel/core/buffer.h"
#include "keel/model/selection.h"
#include "keel/pipeline/load.h"

#include <stdio.h>

/* Beyond it JavaScript cannot count, and the table's own numbering keeps room for ages. */
#define LOAD_ID_MAX ((INT64_C(1) << 53) - 1)

/* Bytes of the statements that are made from constant names only. */
#define LOAD_NAME_SIZE 48

/* How much of all the work is done when the file is read, and when all rows are checked; about. */
#define LOAD_READ_SHARE    0.1
#define LOAD_CHECKED_SHARE 0.12

enum load_conflict { LOAD_ERROR, LOAD_SKIP, LOAD_UPDATE };

struct load_counts {
    int64_t total, accepted, updated, unchanged, skipped, rejected;
};

/* What was asked for, and how far it is: a row of `imports`. */
struct load_state {
    const char *attempt; /* as text; whoever has another one has lost the import to somebody */
    const char *file;    /* NULL: it is gone */
    bool is_upload;
    bool is_ndjson;
    bool all_or_nothing;
    bool dry_run;
    enum load_conflict on_conflict;
    int64_t bytes_total, bytes_read, line_read;
    int64_t staged; /* rows */
    bool is_staged; /* all of them, and checked */
    int64_t place_done;
    struct load_counts counts;
};

/* Which columns the file has. Their texts are constant or the load's. */
struct load_plan {
    const struct column *columns[SELECTION_COLUMN_MAX];
    size_t cells[SELECTION_COLUMN_MAX]; /* CSV: of each column, which one it is in a record */
    const char *defaults[SELECTION_COLUMN_MAX]; /* as SQL; NULL: none */
    size_t count;
    size_t cell_count; /* CSV: of a record */
    bool by_row;       /* NDJSON: each row has some of the columns, see "import.given" */
    bool has_id;
    bool updates; /* rows that are there are changed */
};

/* Statements on the rows of the places $1 up to and without $2; a NULL text: none is needed. */
struct load_sql {
    const char *count;      /* rows, and rows with an id */
    const char *update;     /* those that are there, where they differ */
    const char *insert;     /* those without an id */
    const char *insert_ids; /* those with one that are not there */
};

/* Rows that were refused, on their way to the database. */
struct load_rejects {
    struct buffer text; /* as COPY takes them */
    FILE *aside;        /* those of a transaction that will be rolled back; NULL: none */
    int64_t told;       /* a file that is read again: what is wrong up to this line is known */
};

struct load {
    struct scope *scope; /* for what lasts; what is done in parts has scopes of its own */
    const struct model *model;
    const struct load_watch *watch;
    const char *id;             /* as text */
    char table[LOAD_NAME_SIZE]; /* "import_17" */
    struct load_state state;
    struct load_plan plan;
    struct load_sql sql;
    struct load_rejects rejects;
    bool is_cancelled;
    bool is_interrupted;
    const char *failure; /* a sentence: the file is of no use; NULL: it is */
};

/* load_state.c: makes the import this caller's. `*mine` is false where it is concluded. */
bool load_take(struct load *load, bool *mine);

/*
 * Begins a transaction with a scope of its own, and makes sure that the import is still this
 * caller's; finds out, too, whether it is cancelled. `is_soft`: its commit need not wait for the
 * disk. load_settle() is due in any case; it commits what is `done`, takes an error over into
 * load->scope, and gives `done` or whether the commit succeeded.
 */
bool load_hold(struct load *load, struct scope *part, bool is_soft);
bool load_settle(struct load *load, struct scope *part, bool done);

/* Tells the watch that the transaction saves something. */
bool load_save(struct load *load);

/* Asks the watch. Claim: nothing has ended it. */
bool load_may_go_on(struct load *load);

/* Within a long transaction: looks, too, whether it is cancelled. Claim, or failed: it is to end.
 */
bool load_must_end(struct load *load, struct scope *part);

/* Claim: nothing has ended it. And: something has, and that is no error. */
bool load_goes_on(const struct load *load);
bool load_has_ended(const struct load *load);

void load_tell(const struct load *load, bool is_writing, int64_t rows, int64_t total,
               double fraction);

/* Says what became of the import, in a transaction that is open. */
bool load_note_end(struct load *load, struct scope *part, const char *status, const char *error);

/* load_plan.c: the plan of a file whose first record names its columns, or of NDJSON (count 0). */
struct csv_cell;
bool load_plan_make(struct load *load, const struct csv_cell *names, size_t count);

/* Its place in the plan; SIZE_MAX: the file does not have it. */
size_t load_plan_find(const struct load_plan *plan, const char *name);

/* Claim: rows refer to rows of their own table, and the file says by which id each goes. */
bool load_plan_is_tree(const struct load *load);

/* Claim: a row that adds one must say it. */
bool load_plan_requires(const struct load_plan *plan, const struct column *column);

/* load_sql.c: the statements of load->sql. Fails for memory. */
bool load_sql_make(struct load *load);

/* Runs a statement that was built, planned for these values. Fails as db_query() does. */
bool load_ask(struct scope *part, const char *name, const struct buffer *text, struct params params,
              struct rows *rows);

/*
 * load_table.c: has the load's table be there with what was read so far; where it is not, as after
 * a crash of PostgreSQL, nothing counts as read.
 */
bool load_table_prepare(struct load *load);

/* load_stage.c: reads the file into the load's table, from where it was left. */
bool load_stage(struct load *load);

/* load_check.c: what can be said of all rows at once. */
bool load_check(struct load *load);

/* load_write.c: the rows into the model's table; of one transaction, the end of it, too. */
bool load_write(struct load *load, bool *concluded);

/* load_rejects.c: `column`, `value` may be NULL. */
void load_reject(struct load *load, int64_t line, const char *column, const char *code,
                 const char *message, const char *value, size_t length);

/* Of each wrong field of an error, or of the error as a whole. `value_of` may give NULL. */
void load_reject_error(struct load *load, int64_t line, const struct error *error,
                       const char *(*value_of)(void *context, const char *column), void *context);

/* Writes what is collected in the transaction that is open, or keeps it for later. */
bool load_rejects_write(struct load *load, struct scope *part);
bool load_rejects_put_aside(struct load *load, struct scope *part);
bool load_rejects_bring_back(struct load *load, struct scope *part);
void load_rejects_end(struct load *load);

/* load_split.c: something to be done to the units from `from` up to and without `to`. */
struct load_work {
    void *context;
    bool (*carry_out)(void *context, struct scope *part, int64_t from, int64_t to);
    bool (*refuse)(void *context, struct scope *part, int64_t unit, const struct error *why);
};

/* Claim: it is the fault of some row, not of the database's state or the connection's. */
bool load_is_refusal(const struct error *error);

/*
 * Carries out what can be, in the transaction that is open, and has the others refused: PostgreSQL
 * does not say which row of a statement it did not want.
 */
bool load_split(struct scope *part, const struct model *model, const struct load_work *work,
                int64_t from, int64_t to);

#endif
