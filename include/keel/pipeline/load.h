/* load.h - the rows of a file into a table: read and checked by and by, then written set by set */
#ifndef KEEL_PIPELINE_LOAD_H
#define KEEL_PIPELINE_LOAD_H

#include "keel/model/model.h"

struct load_progress {
    double fraction;    /* of the whole work, 0 to 1 */
    bool is_writing;    /* false: the file is being read */
    int64_t rows;       /* read or written so far, of what it is doing */
    int64_t rows_total; /* to be written; of a file that is being read, 0: nobody knows */
    int64_t rows_rejected;
};

/*
 * How whoever runs it is told of it and can end it; any function may be NULL. One that fails
 * records its error in the scope that load_run() was given.
 */
struct load_watch {
    void *context;

    /* Claim: it is to end soon; what was saved stays, and the next call goes on from there. */
    bool (*must_end)(void *context);
    void (*progress)(void *context, const struct load_progress *progress);

    /* First in each transaction; false: the work is somebody else's by now. */
    bool (*hold)(void *context);

    /* In each transaction that saves something, before its commit. */
    bool (*save)(void *context);
};

enum load_outcome {
    LOAD_CONCLUDED,  /* there is nothing left to do; the import says how it ended */
    LOAD_CANCELLED,  /* the same, because it was cancelled meanwhile */
    LOAD_INTERRUPTED /* it was to end: to be gone on with */
};

/*
 * Carries an import out, or goes on with one that was begun: it takes up where the last commit was.
 * Of two that do so at once the second goes on and the first fails. The file is read in batches
 * into a table of its own; each row is checked as a body that adds one is (the sentences are the
 * same), and in the end by what the table holds. Then the rows are written: in one transaction, or,
 * with best_effort, some at a time, each exactly once, however often this is interrupted.
 *
 * `model` must be the one that the import's resource names. Opens transactions of its own. That
 * rows are refused is no failure; one that is recorded here lies with the database, the disk or
 * memory, and the import can be gone on with. ERR_NOT_FOUND: there is no such import.
 */
bool load_run(struct scope *scope, const struct model *model, int64_t import,
              const struct load_watch *watch, enum load_outcome *outcome);

#endif
