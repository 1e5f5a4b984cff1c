/* drawing.h - what pipelines look like: their reader, steps and writer, in words */
#ifndef KEEL_CLI_DRAWING_H
#define KEEL_CLI_DRAWING_H

#include "keel/core/buffer.h"
#include "keel/model/model.h"
#include "keel/pipeline/pipeline.h"

#define DRAWING_PART_MAX (PIPELINE_STEP_MAX + 2)

struct drawing_part {
    const char *name; /* of the reader, step or writer: "csv" */
    const char *what; /* it does here */
};

struct drawing {
    const char *name; /* "inventory.daily", "items.export" */
    const char *summary;
    struct drawing_part parts[DRAWING_PART_MAX];
    size_t count;
    const struct pipeline *pipeline; /* NULL: the export or import of a resource, */
    const char *command;             /* which this command runs: "keelctl export items" */
};

/*
 * All that there are: the pipelines that are declared, and what exports and imports each resource
 * by its column table.
 */
bool drawing_all(struct scope *scope, struct drawing **list, size_t *count);

/* The one of this name; `*found` says whether there is one. False: no memory. */
bool drawing_find(struct scope *scope, const char *name, struct drawing *drawing, bool *found);

/* What exports, and what imports, the rows of a model. Fails without memory. */
bool drawing_of_export(struct scope *scope, const struct model *model, struct drawing *drawing);
bool drawing_of_import(struct scope *scope, const struct model *model, struct drawing *drawing);

/* "csv > filter > upsert"; NULL: no memory. */
const char *drawing_line(struct scope *scope, const struct drawing *drawing);

/* A box for each part, below one another. */
void drawing_add(struct buffer *out, const struct drawing *drawing);

#endif
