/* load_step.h - some rows into the model's table, or refused one by one */
#ifndef KEEL_PIPELINE_LOAD_STEP_H
#define KEEL_PIPELINE_LOAD_STEP_H

#include "load_parts.h"

#define LOAD_STEP_FIRST 1024

/* What is being written: up to without `end`, of which `from` is next. */
struct load_writing {
    struct load *load;
    int64_t from, end;
    int64_t step;              /* places at once */
    bool careful;              /* rows may be refused one by one */
    struct load_counts counts; /* as they will be once the transaction is committed */
};

/* The next rows, in the transaction that is open. Fails as db_query() does. */
bool load_step(struct load_writing *writing, struct scope *part);

#endif
