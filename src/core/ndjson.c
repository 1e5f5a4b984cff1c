/* ndjson.c - lines of JSON as a stream, or an array with one element in each line */
#include "keel/core/ndjson.h"

#include <string.h>

void ndjson_reader_begin(struct ndjson_reader *reader, struct scope *scope, struct source source,
                         int64_t offset, int64_t line, bool is_array)
{
    *reader =
        (struct ndjson_reader){.line = line, .line_max = NDJSON_LINE_MAX, .is_array = is_array};
    stream_window_begin(&reader->window, scope, source, offset);
}

/* A line on its way: its bytes lie in front of the window. */
struct finding {
    struct ndjson_reader *reader;
    size_t searched; /* bytes without a line end */
    size_t dropped;  /* bytes in front of them that are gone, as it is too long to be held */
    bool is_broken;
    bool has_end; /* the line ends in LF, not with the source */
};

/* Makes room for the rest of a line that is too long: only its end is looked for. */
static void drop(struct finding *finding)
{
    stream_window_take(&finding->reader->window, finding->searched);
    finding->dropped += finding->searched;
    finding->searched = 0;
}

/* Claim: there are bytes that were not searched yet. */
static bool has_more(struct finding *finding)
{
    struct stream_window *window = &finding->reader->window;

    while (window->end - window->start == finding->searched) {
        switch (stream_window_fill(window, finding->reader->line_max + 1)) {
        case STREAM_MORE:
            return true;
        case STREAM_TOO_LONG:
            drop(finding);
            break;
        case STREAM_BROKEN:
            finding->is_broken = true;
            return false;
        case STREAM_NO_MORE:
            return false;
        }
    }
    return true;
}

/* Finds the line's end; false where there is no line any more. */
static bool find_end(struct finding *finding)
{
    struct stream_window *window = &finding->reader->window;

    while (has_more(finding)) {
        const char *text = window->bytes + window->start + finding->searched;
        size_t length = window->end - window->start - finding->searched;
        const char *end = memchr(text, '\n', length);

        finding->searched += end ? (size_t)(end - text) : length;
        finding->has_end = end != NULL;
        if (end)
            return true;
    }
    return !finding->is_broken && finding->dropped + finding->searched > 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void trim(struct ndjson_line *line)
{
    while (line->length && is_space(line->text[line->length - 1]))
        line->length--;
    while (line->length && is_space(*line->text)) {
        line->text++;
        line->length--;
    }
}

static bool is_mark(const struct ndjson_line *line, char mark)
{
    return line->length == 1 && *line->text == mark;
}

/* Claim: the line holds nothing but what makes an array of the others. */
static bool is_framing(struct ndjson_reader *reader, struct ndjson_line *line)
{
    bool begins = line->line == 1 && is_mark(line, '[');

    reader->is_array = reader->is_array || begins;
    if (reader->is_array && line->length > 1 && line->text[line->length - 1] == ',') {
        line->length--;
        trim(line);
    }
    return begins || (reader->is_array && is_mark(line, ']'));
}

/* A BOM in front of everything. */
static void skip_bom(struct ndjson_reader *reader, struct ndjson_line *line)
{
    if (reader->line == 1 && line->length >= 3 && memcmp(line->text, "\xEF\xBB\xBF", 3) == 0) {
        line->text += 3;
        line->length -= 3;
    }
}

enum stream_outcome ndjson_read(struct ndjson_reader *reader, struct ndjson_line *line)
{
    for (;;) {
        struct finding finding = {.reader = reader};

        *line = (struct ndjson_line){.line = reader->line, .offset = reader->window.offset};
        if (!find_end(&finding))
            return finding.is_broken ? STREAM_FAILED : STREAM_END;
        line->text = reader->window.bytes + reader->window.start;
        line->length = finding.searched;
        skip_bom(reader, line);
        stream_window_take(&reader->window, finding.searched + finding.has_end);
        reader->line++;
        if (finding.dropped + finding.searched > reader->line_max) {
            line->fault = (struct stream_fault){"too_long", "The line is too long", line->line, 0};
            return STREAM_BAD;
        }
        trim(line);
        if (line->length && !is_framing(reader, line))
            return STREAM_RECORD;
    }
}
