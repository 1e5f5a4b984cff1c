/* load_source.h - the file of an import, record by record */
#ifndef KEEL_PIPELINE_LOAD_SOURCE_H
#define KEEL_PIPELINE_LOAD_SOURCE_H

#include "keel/core/csv.h"
#include "keel/core/ndjson.h"
#include "load_parts.h"

struct load_source {
    struct load *load;
    struct stream_file file;
    int fd; /* negative: not open */
    bool is_ndjson, is_array;
    struct csv_reader csv;
    struct ndjson_reader ndjson;
    struct csv_record record;
    struct ndjson_line line;
};

/* One of `csv` and `json`, or what is wrong with it; until the next one is read. */
struct load_record {
    int64_t line;
    bool is_end;
    const struct stream_fault *fault;
    const struct csv_record *csv;
    const struct ndjson_line *json;
};

/*
 * Opens the file and makes the load's plan of what its beginning says; a file that is of no use is
 * the load's failure. load_source_close() is due in any case.
 */
bool load_source_open(struct load_source *source, struct load *load);
void load_source_close(struct load_source *source);

/* Goes to where load_source_tell() said it was; 0: to the first row. */
bool load_source_seek(struct load_source *source, int64_t offset, int64_t line);
void load_source_tell(const struct load_source *source, int64_t *offset, int64_t *line);

/* Fails as the file does, or for memory. */
bool load_source_read(struct load_source *source, struct load_record *record);

#endif
