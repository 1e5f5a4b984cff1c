/* batch.h - some rows on their way through a pipeline, and what is wrong with one */
#ifndef KEEL_PIPELINE_BATCH_H
#define KEEL_PIPELINE_BATCH_H

#include "keel/core/scope.h"

#include <stddef.h>

/* Rows that a batch has at most: so many are held at once, whatever the source has. */
#define BATCH_ROWS 1000

/* Columns that a pipeline may have at any of its steps. */
#define BATCH_COLUMN_MAX 64

/*
 * What the source says a value is. CSV and PostgreSQL give texts for everything; JSON tells a text
 * from a number, so that "5" is not taken for 5; a list is an array or an object, as JSON.
 */
enum cell_kind {
    CELL_ABSENT,
    CELL_NULL,
    CELL_TEXT,
    CELL_STRING,
    CELL_NUMBER,
    CELL_BOOL,
    CELL_LIST
};

struct cell {
    enum cell_kind kind;
    const char *text; /* as PostgreSQL takes it; "" where there is none; NUL-terminated */
    size_t length;
};

struct batch_row {
    int64_t line;       /* of the source, from 1; of a query: which row it is */
    struct cell *cells; /* one for each of the batch's columns */
    bool is_out;        /* rejected or filtered out: steps and writers pass it by */
};

struct batch_columns {
    const char *names[BATCH_COLUMN_MAX];
    size_t count;
};

struct batch {
    struct scope scope; /* all that the batch needs is taken here, and goes with it */
    /*
     * Those of the pipeline's end: what a step puts behind is there from the start, and absent up
     * to that step.
     */
    struct batch_columns columns;
    struct batch_row *rows; /* BATCH_ROWS of them */
    size_t count;
    /*
     * Where its source goes on behind it, for a reader to begin there: kept by whoever keeps the
     * batch, in the same transaction. NULL: nowhere, the source has to be read anew.
     */
    const char *position;
};

/* Why a row cannot be taken, as a rejects file has it. */
struct row_fault {
    int64_t line;
    const char *column; /* "" for the row as a whole */
    const char *code;   /* machine-readable, e.g. "too_long" */
    const char *message;
    const char *value; /* what was there; "" where nothing can be shown */
};

/* The column's place; -1: there is none of this name. */
int batch_find(const struct batch_columns *columns, const char *name);

/*
 * Begins an empty batch with these columns; `parent` says what it may use. Ends with batch_end().
 */
bool batch_begin(struct batch *batch, const struct scope *parent,
                 const struct batch_columns *columns);
void batch_end(struct batch *batch);

/* The next row, with every cell absent; there must be room. NULL: failed, recorded. */
struct batch_row *batch_add(struct batch *batch, int64_t line);

/* Sets a cell to a copy of the text, or to NULL. */
bool batch_set(struct batch *batch, struct cell *cell, enum cell_kind kind, const char *text,
               size_t length);

#endif
