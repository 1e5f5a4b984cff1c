/* csv_fuzz.c - any bytes as CSV: the same records whatever the pieces, and the same written again
 */
#include "fuzz.h"

#include "keel/core/csv.h"
#include "keel/core/text.h"

#include <string.h>

/* Small ones, so that short inputs meet them. What is written may have quotes that were not there.
 */
#define CELL_MAX   64
#define RECORD_MAX 256
#define QUOTES_MAX (2 * CSV_CELLS_MAX)

struct input {
    const char *text;
    size_t length, at;
    size_t size; /* of a piece */
    size_t record_max;
};

static bool give(void *from, char *bytes, size_t size, size_t *length)
{
    struct input *input = from;

    *length = input->length - input->at;
    if (*length > input->size)
        *length = input->size;
    if (*length > size)
        *length = size;
    if (*length)
        memcpy(bytes, input->text + input->at, *length);
    input->at += *length;
    return true;
}

static void check_record(const struct csv_record *record, const struct csv_reader *reader)
{
    fuzz_expect(record->count == reader->columns, "each record has as many cells as the first");
    for (size_t i = 0; i < record->count; i++) {
        const struct csv_cell *cell = &record->cells[i];

        fuzz_expect(cell->length <= CELL_MAX, "no cell is longer than it may be");
        fuzz_expect(strlen(cell->text) == cell->length, "a cell has no NUL and ends in one");
        fuzz_expect(text_is_utf8(cell->text, cell->length), "a cell is UTF-8");
        fuzz_expect(!cell->is_null || cell->length == 0, "NULL has no text");
    }
}

/* Writes a record, with only the cells that are there. */
static void write_record(struct buffer *out, const struct csv_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        if (i)
            buffer_add_char(out, ',');
        if (!record->cells[i].is_null)
            csv_add_text(out, record->cells[i].text, record->cells[i].length);
    }
    buffer_add_char(out, '\n');
}

/* Reads all of it and writes anew what was taken; `marks` are told what was bad, and where. */
static void read_all(struct scope *scope, struct input *input, struct buffer *out,
                     struct buffer *marks)
{
    struct csv_reader reader;
    struct csv_record record;
    enum stream_outcome outcome;
    int64_t line = 0;

    fuzz_expect(
        csv_reader_begin(&reader, scope, (struct source){.read = give, .from = input}, 0, 1),
        "it begins");
    reader.cell_max = CELL_MAX;
    reader.record_max = input->record_max;
    while ((outcome = csv_read(&reader, &record)) == STREAM_RECORD || outcome == STREAM_BAD) {
        fuzz_expect(record.line > line, "lines are counted on");
        line = record.line;
        buffer_add_format(marks, "%lld %lld %s %lld %zu\n", (long long)record.line,
                          (long long)record.offset, record.fault.code ? record.fault.code : "",
                          (long long)record.fault.line, record.fault.column);
        if (outcome == STREAM_BAD) {
            fuzz_expect(record.fault.line >= record.line, "a fault is in its record");
            continue;
        }
        check_record(&record, &reader);
        write_record(out, &record);
    }
    fuzz_expect(outcome == STREAM_END, "all of it can be read");
}

static bool same(const struct buffer *a, const struct buffer *b)
{
    return a->length == b->length && (!a->length || memcmp(a->data, b->data, a->length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope scope;
    struct buffer out[3], marks[3];

    scope_begin(&scope, NULL, NULL, NULL);
    for (size_t i = 0; i < 3; i++) {
        buffer_init(&out[i], &scope.arena);
        buffer_init(&marks[i], &scope.arena);
    }
    struct input whole = {
        .text = (const char *)data, .length = size, .size = SIZE_MAX, .record_max = RECORD_MAX};
    struct input pieces = {
        .text = (const char *)data, .length = size, .size = 1, .record_max = RECORD_MAX};

    read_all(&scope, &whole, &out[0], &marks[0]);
    read_all(&scope, &pieces, &out[1], &marks[1]);
    fuzz_expect(same(&out[0], &out[1]), "pieces change no record");
    fuzz_expect(same(&marks[0], &marks[1]), "pieces change no fault");
    struct input again = {.text = out[0].data,
                          .length = out[0].length,
                          .size = SIZE_MAX,
                          .record_max = RECORD_MAX + QUOTES_MAX};

    read_all(&scope, &again, &out[2], &marks[2]);
    fuzz_expect(same(&out[0], &out[2]), "what was written is read as it was");
    scope_end(&scope);
    return 0;
}
