/* parts.h - what a pipeline is put together from: a reader, steps, a writer */
#ifndef KEEL_PIPELINE_PARTS_H
#define KEEL_PIPELINE_PARTS_H

#include "keel/core/stream.h"
#include "keel/pipeline/batch.h"

struct pipeline_counts {
    int64_t read;     /* rows that the source had */
    int64_t written;  /* rows that the writer was given */
    int64_t rejected; /* rows that were wrong */
    int64_t dropped;  /* rows that a step left out */
};

/* What whoever runs a pipeline is told, and decides. What is NULL is not asked. */
struct pipeline_watch {
    /* First in each transaction. False: it is not ours any more, recorded; nothing is written. */
    bool (*hold)(void *context);
    /* In the transaction of a batch: keeps where the source goes on. False: failed, recorded. */
    bool (*save)(void *context, const char *position);
    /* After each batch. `fraction` is how much of the source is done, 0 to 1; negative: unknown. */
    void (*progress)(void *context, const struct pipeline_counts *counts, double fraction);
    /* Claim: it is to end after this batch; what is done stays. */
    bool (*must_end)(void *context);
    /* A row is wrong. False: failed, recorded, as where one wrong row is too many. */
    bool (*reject)(void *context, const struct row_fault *fault);
    void *context;
};

/* One run of a pipeline, for its parts. */
struct flow {
    struct scope *scope; /* lives as long as the run: for what a part keeps, which must not grow */
    const struct pipeline_watch *watch;
    struct source source;          /* of readers of files */
    struct sink sink;              /* of writers of files */
    int64_t size;                  /* of the source in bytes; 0: unknown */
    const char *position;          /* where to begin; NULL: at the beginning */
    const char *const *parameters; /* of readers of queries */
    int parameter_count;
    struct pipeline_counts counts;
    struct batch_columns columns; /* while it begins: those that the part before gives */
    double fraction;              /* as the reader knows it */
};

/*
 * The three kinds of parts are constant structs of functions; `arguments` is what the pipeline's
 * row says about this use of the part, `*state` what the part wants to see again, taken from
 * flow->scope. Each function fails with its error recorded, in flow->scope or the batch's.
 */
struct reader {
    const char *name;     /* for keelctl pipeline show */
    bool one_transaction; /* all batches are read in one, as from a cursor */
    /* Says which columns it gives, in flow->columns. */
    bool (*begin)(struct flow *flow, const void *arguments, void **state);
    /* Fills the batch; no row at all is the end. */
    bool (*read)(struct flow *flow, void *state, struct batch *batch);
};

struct step {
    const char *name;
    /* May change flow->columns: put some behind them, or call one otherwise. NULL: nothing to do */
    bool (*begin)(struct flow *flow, const void *arguments, void **state);
    bool (*run)(struct flow *flow, const void *arguments, void *state, struct batch *batch);
};

struct writer {
    const char *name;
    bool (*begin)(struct flow *flow, const void *arguments, void **state);
    bool (*write)(struct flow *flow, void *state, struct batch *batch);
    /* After the last batch, where nothing failed; NULL: nothing to do. */
    bool (*end)(struct flow *flow, void *state);
};

/* For a step's begin(): puts a column behind the others. Fails with ERR_VALIDATION. */
bool flow_add_column(struct flow *flow, const char *name);

/* Takes a row out as wrong; `value` NULL shows nothing. False: that is to end the run. */
bool flow_reject(struct flow *flow, struct batch_row *row, const char *column, const char *code,
                 const char *message, const char *value);

/* Takes a row out as not wanted. */
void flow_drop(struct flow *flow, struct batch_row *row);

#endif
