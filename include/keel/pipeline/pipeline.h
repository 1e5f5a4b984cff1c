/* pipeline.h - extract, transform, load: pipelines as rows of a table */
#ifndef KEEL_PIPELINE_PIPELINE_H
#define KEEL_PIPELINE_PIPELINE_H

#include "keel/pipeline/parts.h"

#define PIPELINE_STEP_MAX 8

/* A part, with what it is told in this place; `what` says for people what it does here. */
struct pipeline_reader {
    const struct reader *reader;
    const void *arguments;
    const char *what;
};

struct pipeline_step {
    const struct step *step;
    const void *arguments;
    const char *what;
};

struct pipeline_writer {
    const struct writer *writer;
    const void *arguments;
    const char *what;
};

/* What the reader's query takes, in the order of its $n; NULL where nothing is said. */
struct pipeline_parameter {
    const char *name;
    const char *doc; /* one sentence */
};

struct pipeline {
    const char *name;
    const char *summary;
    const struct pipeline_parameter *parameters; /* ends with a NULL name; NULL: none */
    struct pipeline_reader reader;
    struct pipeline_step steps[PIPELINE_STEP_MAX]; /* ends with the first one without a step */
    struct pipeline_writer writer;
};

struct pipelines {
    const struct pipeline *const *list;
    size_t count;
};

/* Those of the program: pipelines.c is the list. */
extern const struct pipelines keel_pipelines;

/* The pipeline of this name, or NULL. */
const struct pipeline *pipeline_find(const char *name);

/*
 * Runs it batch by batch: reads, takes the steps, writes, each batch in a transaction of its own,
 * or all in one where the reader needs that or the caller has one open. `flow` says where from and
 * where to; its columns, counts and fraction are the run's. Memory does not grow with the number of
 * rows. Where watch->must_end() says so it ends early and succeeds, with `*ended` false: the next
 * run begins at the position that was saved last, and what one transaction of this function's was
 * to hold is rolled back. Fails as its parts do; what was committed until then stays.
 */
bool pipeline_run(const struct pipeline *pipeline, struct flow *flow, bool *ended);

#endif
