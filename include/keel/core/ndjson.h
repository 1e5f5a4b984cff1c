/* ndjson.h - lines of JSON as a stream, or an array with one element in each line */
#ifndef KEEL_CORE_NDJSON_H
#define KEEL_CORE_NDJSON_H

#include "keel/core/stream.h"

/* Bytes that a line may have. */
#define NDJSON_LINE_MAX ((size_t)4 << 20)

/* One line's text, for json_parse(); it is not NUL-terminated and stays until the next one. */
struct ndjson_line {
    const char *text;
    size_t length;
    int64_t line;              /* from 1 */
    int64_t offset;            /* of its first byte, from the beginning of the source */
    struct stream_fault fault; /* STREAM_BAD only */
};

struct ndjson_reader {
    struct stream_window window;
    int64_t line;
    size_t line_max;
    bool is_array; /* the source begins with a line that is "[" */
};

/*
 * To begin in the midst of a source, say the offset and line of a line as they were given, and
 * whether it is an array; 0, 1 and false otherwise. Memory is the scope's.
 */
void ndjson_reader_begin(struct ndjson_reader *reader, struct scope *scope, struct source source,
                         int64_t offset, int64_t line, bool is_array);

/*
 * The next line that is not blank. A line "[" in front of all others makes it an array: then a
 * comma behind an element and a line "]" count for nothing. Bad is a line that is too long
 * ("too_long"); whether it is JSON the caller finds out.
 */
enum stream_outcome ndjson_read(struct ndjson_reader *reader, struct ndjson_line *line);

#endif
