/* csv.c - CSV (RFC 4180) as a stream: records in, cells out */
#include "csv_scan.h"

#include "keel/core/text.h"

#include <string.h>

/* Why a record is bad, in words. */
static const struct stream_fault ragged = {
    .code = "ragged", .message = "The line has not as many cells as the first one"};
static const struct stream_fault too_long = {.code = "too_long", .message = "The line is too long"};
static const struct stream_fault invalid_utf8 = {.code = "invalid_utf8",
                                                 .message = "The cell is not UTF-8"};
static const struct stream_fault nul = {.code = "nul", .message = "The cell has a NUL in it"};

bool csv_reader_begin(struct csv_reader *reader, struct scope *scope, struct source source,
                      int64_t offset, int64_t line)
{
    *reader =
        (struct csv_reader){.line = line, .cell_max = CSV_CELL_MAX, .record_max = CSV_RECORD_MAX};
    stream_window_begin(&reader->window, scope, source, offset);
    reader->cells = scope_alloc(scope, CSV_CELLS_MAX * sizeof *reader->cells);
    reader->starts = scope_alloc(scope, CSV_CELLS_MAX * sizeof *reader->starts);
    return reader->cells && reader->starts;
}

/* The texts' ends can be marked now that the separators have been read. */
static void place_cells(struct csv_scan *scan)
{
    struct csv_reader *reader = scan->reader;

    for (size_t i = 0; i < scan->count; i++) {
        char *text = csv_scan_at(scan, reader->starts[i]);

        text[reader->cells[i].length] = '\0';
        reader->cells[i].text = text;
    }
}

/* Bytes of `text` that are well-formed. */
static size_t measure_utf8(const char *text, size_t length)
{
    size_t at = 0, size;

    while (at < length && (size = text_measure_character(text + at, length - at)) > 0)
        at += size;
    return at;
}

static void check_cells(struct csv_scan *scan, int64_t line)
{
    size_t count = scan->count;

    for (size_t i = 0; i < count && !scan->fault.code; i++) {
        const struct csv_cell *cell = &scan->reader->cells[i];

        if (!text_is_utf8(cell->text, cell->length)) {
            size_t good = measure_utf8(cell->text, cell->length);

            scan->count = i;
            scan->line = line + csv_count_lines(cell->text, good);
            csv_scan_note(scan, cell->text[good] ? &invalid_utf8 : &nul);
        }
        line += csv_count_lines(cell->text, cell->length);
    }
    scan->count = count;
}

static void note_record(struct csv_scan *scan, const struct stream_fault *fault, int64_t line)
{
    scan->fault = *fault;
    scan->fault.line = line;
}

static void check_count(struct csv_scan *scan, int64_t line)
{
    struct csv_reader *reader = scan->reader;

    if (scan->fault.code)
        return;
    if (reader->columns == 0)
        reader->columns = scan->count;
    if (scan->count != reader->columns)
        note_record(scan, &ragged, line);
}

/* What else is wrong with it depends on how much of it could be held at once. */
static void check_length(struct csv_scan *scan, int64_t line)
{
    if (scan->dropped + scan->at > scan->reader->record_max)
        note_record(scan, &too_long, line);
}

static const char bom[] = "\xEF\xBB\xBF";

static void skip_bom(struct csv_scan *scan)
{
    size_t length = strlen(bom);

    for (scan->at = 0; scan->at < length; scan->at++) {
        if (csv_scan_peek(scan) != (unsigned char)bom[scan->at])
            break;
    }
    if (scan->at == length)
        stream_window_take(&scan->reader->window, length);
    scan->at = 0;
}

/* Claim: nothing stands in the line. */
static bool is_blank(const struct csv_scan *scan)
{
    return scan->count == 1 && scan->reader->cells[0].is_null && !scan->fault.code &&
           scan->reader->columns != 1;
}

/* Reads the next record that is not blank; false where there is none. */
static bool find_record(struct csv_scan *scan, struct csv_record *record)
{
    struct csv_reader *reader = scan->reader;

    do {
        *scan = (struct csv_scan){.reader = reader, .line = reader->line};
        if (reader->window.offset == 0)
            skip_bom(scan);
        *record = (struct csv_record){.line = reader->line, .offset = reader->window.offset};
        if (csv_scan_peek(scan) < 0)
            return false;
        csv_scan_record(scan);
        if (scan->broken)
            return false;
        place_cells(scan);
        stream_window_take(&reader->window, scan->at);
        reader->line = scan->line;
    } while (is_blank(scan));
    return true;
}

enum stream_outcome csv_read(struct csv_reader *reader, struct csv_record *record)
{
    struct csv_scan scan = {.reader = reader};

    if (!find_record(&scan, record))
        return scan.broken ? STREAM_FAILED : STREAM_END;
    check_length(&scan, record->line);
    check_cells(&scan, record->line);
    check_count(&scan, record->line);
    record->fault = scan.fault;
    if (scan.fault.code)
        return STREAM_BAD;
    record->cells = reader->cells;
    record->count = scan.count;
    return STREAM_RECORD;
}

/*
 * Claim: outside of quotes it would be read as something else. A byte order mark could stand in
 * front of everything.
 */
static bool needs_quotes(const char *text, size_t length)
{
    return length == 0 || csv_measure_plain(text, length) < length ||
           (length >= strlen(bom) && memcmp(text, bom, strlen(bom)) == 0);
}

void csv_add_text(struct buffer *buffer, const char *text, size_t length)
{
    if (!needs_quotes(text, length)) {
        buffer_add(buffer, text, length);
        return;
    }
    buffer_add_char(buffer, '"');
    for (const char *quote; (quote = memchr(text, '"', length));) {
        size_t size = (size_t)(quote - text) + 1;

        buffer_add(buffer, text, size);
        buffer_add_char(buffer, '"');
        text += size;
        length -= size;
    }
    buffer_add(buffer, text, length);
    buffer_add_char(buffer, '"');
}
