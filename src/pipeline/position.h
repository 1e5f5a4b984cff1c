/* position.h - where the reading of a file goes on */
#ifndef KEEL_PIPELINE_POSITION_H
#define KEEL_PIPELINE_POSITION_H

#include "keel/pipeline/parts.h"

/* What a batch takes from its file at most, but for the last of its rows. */
#define POSITION_BYTES_MAX ((int64_t)1 << 20)

struct position {
    int64_t offset; /* 0: the beginning */
    int64_t line;
};

/* What flow->position says. Fails with ERR_VALIDATION where that is no position of a file. */
bool position_read(const struct flow *flow, struct position *position);

/* Keeps where the file goes on behind the batch, and how much of it is read. */
bool position_keep(struct flow *flow, struct batch *batch, int64_t offset, int64_t line);

#endif
