/* csv_scan.c - one record, cut into its cells while it is read */
#include "csv_scan.h"

#include <string.h>

/* In place of a byte where there is none. */
#define NO_BYTE (-1)

/* Why a record is bad, in words. */
static const struct stream_fault too_many_cells = {.code = "too_many_cells",
                                                   .message = "The line has too many cells"};
static const struct stream_fault cell_too_long = {.code = "too_long",
                                                  .message = "The cell is too long"};
static const struct stream_fault stray_quote = {
    .code = "stray_quote", .message = "A quote stands within a cell that does not begin with one"};
static const struct stream_fault text_after_quote = {
    .code = "text_after_quote", .message = "Something follows the quote that ends a cell"};
static const struct stream_fault stray_return = {
    .code = "stray_return", .message = "A carriage return stands alone outside of quotes"};
static const struct stream_fault unterminated_quote = {
    .code = "unterminated_quote", .message = "A cell begins with a quote and none ends it"};

void csv_scan_note(struct csv_scan *scan, const struct stream_fault *fault)
{
    if (scan->fault.code)
        return;
    scan->fault = *fault;
    scan->fault.line = scan->line;
    scan->fault.column = scan->count + 1;
}

char *csv_scan_at(const struct csv_scan *scan, size_t place)
{
    return scan->reader->window.bytes + scan->reader->window.start + place;
}

static size_t count_held(const struct csv_scan *scan)
{
    return scan->reader->window.end - scan->reader->window.start;
}

/* What was read of the record is of no use any more: it makes room for the rest. */
static void drop(struct csv_scan *scan)
{
    scan->dropped += scan->at;
    scan->count = 0;
    stream_window_take(&scan->reader->window, scan->at);
    scan->at = scan->begin = scan->out = 0;
}

/* Claim: there is a byte to look at. */
static bool has_more(struct csv_scan *scan)
{
    struct stream_window *window = &scan->reader->window;

    while (scan->at == count_held(scan)) {
        switch (stream_window_fill(window, scan->reader->record_max + 1)) {
        case STREAM_MORE:
            return true;
        case STREAM_TOO_LONG:
            drop(scan);
            break;
        case STREAM_BROKEN:
            scan->broken = true;
            return false;
        case STREAM_NO_MORE:
            return false;
        }
    }
    return true;
}

int csv_scan_peek(struct csv_scan *scan)
{
    if (has_more(scan))
        return (unsigned char)*csv_scan_at(scan, scan->at);
    return NO_BYTE;
}

/* Takes `length` bytes over into the cell, which quotes taken out have moved to the left. */
static void keep(struct csv_scan *scan, size_t length)
{
    if (scan->out != scan->at)
        memmove(csv_scan_at(scan, scan->out), csv_scan_at(scan, scan->at), length);
    scan->out += length;
    scan->at += length;
}

int64_t csv_count_lines(const char *text, size_t length)
{
    const char *end = text + length;
    int64_t count = 0;

    while ((text = memchr(text, '\n', (size_t)(end - text)))) {
        text++;
        count++;
    }
    return count;
}

/* Up to the next quote, or to the end of what is held. */
static void keep_quoted(struct csv_scan *scan)
{
    size_t held = count_held(scan) - scan->at;
    const char *text = csv_scan_at(scan, scan->at);
    const char *quote = memchr(text, '"', held);
    size_t length = quote ? (size_t)(quote - text) : held;

    scan->line += csv_count_lines(text, length);
    keep(scan, length);
}

/* Passes by what nobody can make sense of, up to the line's end. */
static void skip_line(struct csv_scan *scan)
{
    while (has_more(scan)) {
        const char *text = csv_scan_at(scan, scan->at);
        size_t held = count_held(scan) - scan->at;
        const char *end = memchr(text, '\n', held);

        scan->at += end ? (size_t)(end - text) : held;
        if (end)
            return;
    }
}

/* Claim: what follows the quote that ends a cell ends the cell. */
static bool is_cell_end(struct csv_scan *scan)
{
    int byte = csv_scan_peek(scan);

    if (byte == ',')
        return true;
    if (byte == '\r') {
        scan->at++;
        byte = csv_scan_peek(scan);
    }
    return byte == '\n' || byte < 0;
}

/* The source ends within a cell; what is told is where the cell begins. */
static void note_unterminated(struct csv_scan *scan, int64_t line)
{
    int64_t end = scan->line;

    scan->line = line;
    csv_scan_note(scan, &unterminated_quote);
    scan->line = end;
}

/* A cell within quotes, of which the first one is the next byte. */
static void read_quoted(struct csv_scan *scan)
{
    int64_t line = scan->line;

    scan->at++;
    scan->begin = scan->out = scan->at;
    for (;;) {
        if (!has_more(scan)) {
            note_unterminated(scan, line);
            return;
        }
        keep_quoted(scan);
        if (scan->at == count_held(scan))
            continue;
        scan->at++;
        if (csv_scan_peek(scan) != '"')
            break;
        keep(scan, 1);
    }
    if (is_cell_end(scan))
        return;
    csv_scan_note(scan, &text_after_quote);
    skip_line(scan);
}

size_t csv_measure_plain(const char *text, size_t length)
{
    static const bool special[256] = {[','] = true, ['"'] = true, ['\n'] = true, ['\r'] = true};
    size_t i = 0;

    while (i < length && !special[(unsigned char)text[i]])
        i++;
    return i;
}

/*
 * Takes a CR over into the cell, and out again where it belongs to the line's end. Claim: it does.
 */
static bool keep_return(struct csv_scan *scan)
{
    keep(scan, 1);
    int next = csv_scan_peek(scan);

    if (next != '\n' && next >= 0)
        return false;
    /* Of a line that is dropped nothing may be there any more. */
    scan->out -= scan->dropped ? 0 : 1;
    return true;
}

/* A cell without quotes; one that stands in its midst is kept, so that the line's end is found. */
static void read_plain(struct csv_scan *scan)
{
    scan->begin = scan->out = scan->at;
    while (has_more(scan)) {
        const char *text = csv_scan_at(scan, scan->at);

        keep(scan, csv_measure_plain(text, count_held(scan) - scan->at));
        int byte = csv_scan_peek(scan);

        if (byte == ',' || byte == '\n' || byte < 0)
            return;
        if (byte == '"')
            keep(scan, 1);
        else if (byte != '\r')
            continue;
        else if (keep_return(scan))
            return;
        csv_scan_note(scan, byte == '"' ? &stray_quote : &stray_return);
    }
}

static void add_cell(struct csv_scan *scan, bool is_quoted)
{
    struct csv_reader *reader = scan->reader;
    size_t length = scan->out - scan->begin;

    if (scan->dropped)
        return;
    if (length > reader->cell_max)
        csv_scan_note(scan, &cell_too_long);
    if (scan->count == CSV_CELLS_MAX) {
        csv_scan_note(scan, &too_many_cells);
        return;
    }
    reader->starts[scan->count] = scan->begin;
    reader->cells[scan->count++] = (struct csv_cell){
        .length = length,
        .is_null = !is_quoted && length == 0,
    };
}

/* Claim: another cell follows; else the record's end is behind us. */
static bool pass_separator(struct csv_scan *scan)
{
    int byte = csv_scan_peek(scan);

    if (byte < 0)
        return false;
    scan->at++;
    scan->line += byte != ',';
    return byte == ',';
}

void csv_scan_record(struct csv_scan *scan)
{
    do {
        bool is_quoted = csv_scan_peek(scan) == '"';

        if (is_quoted)
            read_quoted(scan);
        else
            read_plain(scan);
        add_cell(scan, is_quoted);
    } while (pass_separator(scan));
}
