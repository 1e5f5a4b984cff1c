/* encode.c - what mail can carry: quoted-printable (RFC 2045), encoded words (RFC 2047), dates */
#include "encode.h"

#include "keel/core/text.h"

#include <string.h>
#include <time.h>

/* Lines of quoted-printable have at most 76 characters, the '=' of a soft break among them. */
#define LINE_MAX_LENGTH 76

/* A link must stay in one piece for who reads the raw file; all programs take lines this long. */
#define PLAIN_LINE_MAX 200

/* An encoded word has at most 75 characters, 12 of them "=?UTF-8?Q?" and "?=". */
#define WORD_MAX 63

/* A header that may stand as it is: with its name well below 78 characters. */
#define HEADER_MAX 60

static const char hex[] = "0123456789ABCDEF";

static bool is_printable(char c)
{
    return c >= ' ' && c < 0x7F;
}

static bool is_plain_line(const char *line, size_t length)
{
    if (length > PLAIN_LINE_MAX || (length > 0 && strchr(" \t", line[length - 1])))
        return false;
    if (*line == '.' || strncmp(line, "From ", 5) == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_printable(line[i]) && line[i] != '\t')
            return false;
    }
    return true;
}

bool encode_is_plain(const char *text)
{
    const char *rest = text;
    const char *line;
    size_t length;

    while (text_next(&rest, '\n', &line, &length)) {
        if (!is_plain_line(line, length))
            return false;
    }
    return true;
}

static void add_escaped(struct buffer *out, char c)
{
    buffer_add_char(out, '=');
    buffer_add_char(out, hex[(unsigned char)c >> 4]);
    buffer_add_char(out, hex[(unsigned char)c & 15]);
}

/* Claim: this byte must be written as =XX. */
static bool needs_escape(const char *line, size_t at, size_t length)
{
    char c = line[at];

    /* Programs on the way take off blanks at the end, and change dots and From at the beginning. */
    if (c == ' ' || c == '\t')
        return at + 1 == length;
    if (at == 0 && (c == '.' || strncmp(line, "From ", 5) == 0))
        return true;
    return !is_printable(c) || c == '=';
}

static void add_line(struct buffer *out, const char *line, size_t length, const char *newline)
{
    size_t column = 0;

    for (size_t i = 0; i < length; i++) {
        bool escaped = needs_escape(line, i, length);
        size_t width = escaped ? 3 : 1;

        /* One place stays free for the '=' of a soft break. */
        if (column + width > LINE_MAX_LENGTH - 1) {
            buffer_add_char(out, '=');
            buffer_add_text(out, newline);
            column = 0;
        }
        /* The rule for a line's beginning holds behind a soft break too. */
        if (escaped || (column == 0 && needs_escape(line + i, 0, length - i))) {
            add_escaped(out, line[i]);
            column += 3;
        } else {
            buffer_add_char(out, line[i]);
            column++;
        }
    }
}

void encode_quoted_printable(struct buffer *out, const char *text, const char *newline)
{
    const char *rest = text;
    const char *line;
    size_t length;

    while (text_next(&rest, '\n', &line, &length)) {
        add_line(out, line, length, newline);
        if (rest)
            buffer_add_text(out, newline);
    }
}

void encode_lines(struct buffer *out, const char *text, const char *newline)
{
    const char *rest = text;
    const char *line;
    size_t length;

    while (text_next(&rest, '\n', &line, &length)) {
        buffer_add(out, line, length);
        if (rest)
            buffer_add_text(out, newline);
    }
}

static bool is_plain_header(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (!is_printable(text[i]))
            return false;
    }
    return length <= HEADER_MAX && !strstr(text, "=?") &&
           (length == 0 || (*text != ' ' && text[length - 1] != ' '));
}

/* RFC 2047 section 5 (3): what may stand as it is even within a name in front of an address. */
static bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!*+-/", c));
}

static void add_word_character(struct buffer *out, const char *character, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (is_word_character(character[i]))
            buffer_add_char(out, character[i]);
        else if (character[i] == ' ')
            buffer_add_char(out, '_');
        else
            add_escaped(out, character[i]);
    }
}

/* How many characters of an encoded word these bytes take. */
static size_t measure_word_character(const char *character, size_t size)
{
    return size > 1 ? 3 * size : is_word_character(*character) || *character == ' ' ? 1 : 3;
}

void encode_header(struct buffer *out, const char *text, const char *newline)
{
    size_t length = strlen(text);
    size_t column = 0, size;

    if (is_plain_header(text)) {
        buffer_add(out, text, length);
        return;
    }
    buffer_add_text(out, "=?UTF-8?Q?");
    for (size_t i = 0; i < length; i += size) {
        size_t bytes = text_measure_character(text + i, length - i);

        /* A character stays whole within one word. */
        size = bytes ? bytes : 1;
        size_t width = measure_word_character(text + i, size);

        if (column + width > WORD_MAX) {
            buffer_add_format(out, "?=%s =?UTF-8?Q?", newline);
            column = 0;
        }
        add_word_character(out, text + i, size);
        column += width;
    }
    buffer_add_text(out, "?=");
}

void encode_date(struct buffer *out, int64_t seconds)
{
    /* Not strftime: the names must be English wherever the program runs. */
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t when = (time_t)seconds;
    struct tm tm;

    gmtime_r(&when, &tm);
    buffer_add_format(out, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
                      months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
