/* load_source.c - the file of an import, record by record */
#include "load_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool of_no_use(struct load *load, const char *why)
{
    load->failure = why;
    return true;
}

/* It may be another one by now: places in it would mean nothing. */
static bool open_file(struct load_source *source)
{
    struct load *load = source->load;
    const char *path = load->state.file;
    struct stat file;

    source->fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (source->fd < 0 && (!path || errno == ENOENT))
        return of_no_use(load, "The file is not there any more");
    if (source->fd < 0 || fstat(source->fd, &file) != 0) {
        fail(load->scope, ERR_UNAVAILABLE, "The file cannot be opened");
        return fail_detail(load->scope, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(file.st_mode) || file.st_size != load->state.bytes_total)
        return of_no_use(load, "The file has changed since the import was ordered");
    source->file = (struct stream_file){load->scope, source->fd, "The file"};
    return true;
}

/* Reads on from an offset that is the beginning of a record. */
static bool begin(struct load_source *source, int64_t offset, int64_t line)
{
    struct scope *scope = source->load->scope;

    if (lseek(source->fd, offset, SEEK_SET) != offset)
        return fail(scope, ERR_UNAVAILABLE, "The file cannot be read");
    if (source->is_ndjson) {
        ndjson_reader_begin(&source->ndjson, scope, stream_source(&source->file), offset, line,
                            source->is_array);
        return true;
    }
    return csv_reader_begin(&source->csv, scope, stream_source(&source->file), offset, line);
}

static bool read_header(struct load_source *source)
{
    struct load *load = source->load;

    switch (csv_read(&source->csv, &source->record)) {
    case STREAM_RECORD:
        return load_plan_make(load, source->record.cells, source->record.count);
    case STREAM_BAD:
        load_reject(load, source->record.fault.line, NULL, source->record.fault.code,
                    source->record.fault.message, NULL, 0);
        load->state.counts.rejected = 1;
        return of_no_use(load, "The first line, which names the columns, cannot be read");
    case STREAM_END:
        return of_no_use(load, "The file is empty: its first line must name the columns");
    case STREAM_FAILED:
        break;
    }
    return false;
}

/* Whether the lines are those of an array is to be seen at its first one. */
static bool look_at_lines(struct load_source *source)
{
    if (ndjson_read(&source->ndjson, &source->line) == STREAM_FAILED)
        return false;
    source->is_array = source->ndjson.is_array;
    return load_plan_make(source->load, NULL, 0) && begin(source, 0, 1);
}

bool load_source_open(struct load_source *source, struct load *load)
{
    *source = (struct load_source){.load = load, .fd = -1, .is_ndjson = load->state.is_ndjson};
    if (!open_file(source))
        return false;
    if (load->failure)
        return true;
    return begin(source, 0, 1) && (source->is_ndjson ? look_at_lines(source) : read_header(source));
}

void load_source_close(struct load_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

bool load_source_seek(struct load_source *source, int64_t offset, int64_t line)
{
    size_t columns = source->csv.columns;

    if (offset == 0)
        return true;
    if (!begin(source, offset, line))
        return false;
    source->csv.columns = columns;
    return true;
}

void load_source_tell(const struct load_source *source, int64_t *offset, int64_t *line)
{
    *offset = source->is_ndjson ? source->ndjson.window.offset : source->csv.window.offset;
    *line = source->is_ndjson ? source->ndjson.line : source->csv.line;
}

static enum stream_outcome read_csv(struct load_source *source, struct load_record *record)
{
    enum stream_outcome outcome = csv_read(&source->csv, &source->record);

    *record = (struct load_record){.line = source->record.line, .csv = &source->record};
    if (outcome == STREAM_BAD)
        record->fault = &source->record.fault;
    return outcome;
}

static enum stream_outcome read_ndjson(struct load_source *source, struct load_record *record)
{
    enum stream_outcome outcome = ndjson_read(&source->ndjson, &source->line);

    *record = (struct load_record){.line = source->line.line, .json = &source->line};
    if (outcome == STREAM_BAD)
        record->fault = &source->line.fault;
    return outcome;
}

bool load_source_read(struct load_source *source, struct load_record *record)
{
    enum stream_outcome outcome =
        source->is_ndjson ? read_ndjson(source, record) : read_csv(source, record);

    record->is_end = outcome == STREAM_END;
    return outcome != STREAM_FAILED;
}
