/* pieces.h - a source that gives a text in pieces, and a sink that keeps what it is given */
#ifndef KEEL_TESTS_SUPPORT_PIECES_H
#define KEEL_TESTS_SUPPORT_PIECES_H

#include "keel/core/buffer.h"
#include "keel/core/stream.h"

struct pieces {
    struct scope *scope;
    const char *text;
    size_t length;
    size_t size;      /* of a piece; 0: all at once */
    size_t at;        /* given so far */
    bool breaks;      /* fails in place of the end */
    size_t asked_max; /* the most that was asked for at once */
};

struct source pieces_source(struct pieces *pieces);

struct kept {
    struct scope *scope;
    struct buffer text;
    size_t count; /* pieces taken */
    size_t limit; /* fails from this many on; 0: never */
};

void kept_begin(struct kept *kept, struct scope *scope);
struct sink kept_sink(struct kept *kept);

#endif
