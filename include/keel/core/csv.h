/* csv.h - CSV (RFC 4180) as a stream: records in, cells out */
#ifndef KEEL_CORE_CSV_H
#define KEEL_CORE_CSV_H

#include "keel/core/buffer.h"
#include "keel/core/stream.h"

/* Bytes that a cell and a whole record may have, and how many cells there may be. */
#define CSV_CELL_MAX   ((size_t)1 << 20)
#define CSV_RECORD_MAX ((size_t)4 << 20)
#define CSV_CELLS_MAX  256

/*
 * NUL-terminated. A cell with nothing in it is NULL, one with nothing between quotes an empty text;
 * what is in a cell is never changed, whatever it begins with.
 */
struct csv_cell {
    const char *text; /* "" where it is NULL */
    size_t length;
    bool is_null;
};

/* Cells stay until the next record is read; of STREAM_BAD there are none. */
struct csv_record {
    const struct csv_cell *cells;
    size_t count;
    int64_t line;              /* in which it begins, from 1; quoted line ends count */
    int64_t offset;            /* of its first byte, from the beginning of the source */
    struct stream_fault fault; /* STREAM_BAD only */
};

/* Its fields are csv_read()'s, but for what csv_reader_begin() says. */
struct csv_reader {
    struct stream_window window;
    int64_t line;
    size_t columns;
    size_t cell_max, record_max;
    struct csv_cell *cells;
    size_t *starts; /* of each cell, from the window's start: that may move meanwhile */
};

/*
 * To begin in the midst of a source, say the offset and line of a record as they were given; 0 and
 * 1 otherwise. `reader->columns` is how many cells every record must have; while it is 0, the next
 * record sets it. Memory is the scope's. Fails for memory only.
 */
bool csv_reader_begin(struct csv_reader *reader, struct scope *scope, struct source source,
                      int64_t offset, int64_t line);

/*
 * The next record, the header being the first one. Lines end in LF or CRLF, the last one may lack
 * it; a BOM in front and blank lines count for nothing, but for blank ones where there is one
 * column. Bad is a record that
 * - has more cells or fewer than the first one ("ragged"), or too many ("too_many_cells"),
 * - is not UTF-8 ("invalid_utf8") or has NUL in it ("nul"),
 * - has a cell or is a line that is too long ("too_long"),
 * - has a quote within a cell that none begins ("stray_quote"), something behind the quote that
 *   ends a cell ("text_after_quote"), a CR alone ("stray_return"), or no quote at the end
 *   ("unterminated_quote"), which the end of the source follows.
 */
enum stream_outcome csv_read(struct csv_reader *reader, struct csv_record *record);

/*
 * Writes a cell's text, within quotes where it needs them: csv_read() gives it back as it is. A
 * NULL is nothing at all; commas and line ends are the caller's.
 */
void csv_add_text(struct buffer *buffer, const char *text, size_t length);

#endif
