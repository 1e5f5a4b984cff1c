/* stream.h - bytes that are too many to hold at once: where they come from, where they go */
#ifndef KEEL_CORE_STREAM_H
#define KEEL_CORE_STREAM_H

#include "keel/core/scope.h"

struct source {
    /*
     * Puts 1 to `size` bytes where `bytes` is; `*length` says how many, and 0 is the end. False:
     * failed, recorded in whatever scope stands behind `from`.
     */
    bool (*read)(void *from, char *bytes, size_t size, size_t *length);
    void *from;
    /* Passes by the next `count` bytes. False: it cannot, and they are to be read. NULL: never. */
    bool (*skip)(void *from, int64_t count);
};

struct sink {
    /* Takes all of it. False: failed, recorded; nothing more is to be written. */
    bool (*write)(void *to, const char *data, size_t length);
    void *to;
};

/* A file that was opened by the caller, who closes it, too; `name` is what errors call it. */
struct stream_file {
    struct scope *scope;
    int fd;
    const char *name;
};

/* Both wait for as long as it takes, and fail with ERR_UNAVAILABLE. */
struct source stream_source(struct stream_file *file);
struct sink stream_sink(struct stream_file *file);

/* What reading the next record of a stream came to. */
enum stream_outcome {
    STREAM_RECORD,
    STREAM_BAD, /* a record that is wrong as `fault` says; what follows it can be read */
    STREAM_END,
    STREAM_FAILED /* the source failed, or there is no memory: recorded */
};

/* Why a record cannot be taken. Both texts are constant. */
struct stream_fault {
    const char *code;    /* machine-readable, e.g. "ragged" */
    const char *message; /* a sentence for a person */
    int64_t line;        /* from 1, where the fault itself is */
    size_t column;       /* the cell, from 1; 0: the record as a whole */
};

/* The part of a source that is being looked at. Its memory grows up to the longest record. */
struct stream_window {
    struct scope *scope;
    struct source source;
    char *bytes;
    size_t capacity;
    size_t start, end; /* what was read and not yet taken, within `bytes` */
    bool ended;
    int64_t offset; /* of `start` from the source's beginning */
};

/* `offset` is where in the whole the source begins: not 0 where reading is taken up again. */
void stream_window_begin(struct stream_window *window, struct scope *scope, struct source source,
                         int64_t offset);

enum stream_more { STREAM_MORE, STREAM_NO_MORE, STREAM_TOO_LONG, STREAM_BROKEN };

/*
 * Reads on, which may move what is there; behind its end there is always room for one byte more.
 * STREAM_TOO_LONG where `limit` bytes are there already.
 */
enum stream_more stream_window_fill(struct stream_window *window, size_t limit);

/*
 * Passes by what stands in front of `offset`, which must not lie before where reading stands.
 * False: the source failed, recorded; where it ends before, the end is what is read next.
 */
bool stream_window_skip(struct stream_window *window, int64_t offset);

/* Lets go of the first `length` bytes. */
void stream_window_take(struct stream_window *window, size_t length);

#endif
