/* csv_scan.h - the inside of csv_read(): one record, cut into its cells */
#ifndef KEEL_CORE_CSV_SCAN_H
#define KEEL_CORE_CSV_SCAN_H

#include "keel/core/csv.h"

/* A record being read. Places count from the window's start, as the window may move. */
struct csv_scan {
    struct csv_reader *reader;
    struct stream_fault fault; /* the first one; without a code: none */
    size_t at;                 /* the next byte */
    size_t begin, out;         /* of the cell: its text as far as it is in its place */
    size_t count;              /* of cells */
    int64_t line;
    size_t dropped; /* bytes that are gone, as it is too long to be held: its end is looked for */
    bool broken;
};

/* Keeps the fault, as one of the place where reading stands, unless there is one already. */
void csv_scan_note(struct csv_scan *scan, const struct stream_fault *fault);

/* The next byte; negative where there is none, as at the end or of a broken source. */
int csv_scan_peek(struct csv_scan *scan);

/*
 * Reads one record from its first byte to behind its line's end. Cells have their lengths then, and
 * the reader's `starts` say where they begin.
 */
void csv_scan_record(struct csv_scan *scan);

/* Where the byte is now that has this place. */
char *csv_scan_at(const struct csv_scan *scan, size_t place);

/* Lines that end within the text. */
int64_t csv_count_lines(const char *text, size_t length);

/* Bytes of `text` before the first one that means something outside of quotes. */
size_t csv_measure_plain(const char *text, size_t length);

#endif
