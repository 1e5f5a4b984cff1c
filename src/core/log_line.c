/* log_line.c - one log line: valid JSON of bounded length, written at once */
#include "json_escape.h"
#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/core/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/*
 * What ends a line that was cut. Its room, and that of a NUL for syslog(3), is never given to a
 * field.
 */
static const char cut_ending[] = ",\"cut\":true}\n";

static size_t room(const struct log_line *line)
{
    return sizeof line->text - sizeof cut_ending - line->length;
}

/* Appends all of it or nothing. */
static bool put(struct log_line *line, const char *bytes, size_t length)
{
    if (length > room(line))
        return false;
    memcpy(line->text + line->length, bytes, length);
    line->length += length;
    return true;
}

static bool put_text(struct log_line *line, const char *text)
{
    return put(line, text, strlen(text));
}

/*
 * One character of `text`, which is not at its end, as it is written in a JSON string; returns its
 * bytes in `text`.
 */
static size_t put_character(struct log_line *line, const char *text, size_t length, bool *fits)
{
    char escape[JSON_ESCAPE_SIZE];
    size_t size = json_escape((unsigned char)*text, escape);

    if (size > 0) {
        *fits = put(line, escape, size);
        return 1;
    }
    size = text_measure_character(text, length);
    *fits = size > 0 ? put(line, text, size) : put_text(line, "\xEF\xBF\xBD");
    return size > 0 ? size : 1;
}

/* As much of the text as is plain ASCII and leaves room for the closing quote; returns its bytes.
 */
static size_t put_plain(struct log_line *line, const char *text, size_t length)
{
    size_t left = room(line);

    if (left == 0)
        return 0;
    size_t count = json_ascii_length(text, length < left ? length : left - 1);

    memcpy(line->text + line->length, text, count);
    line->length += count;
    return count;
}

/* A JSON string. One that does not fit is ended where it is full, and false returned. */
static bool put_string(struct log_line *line, const char *text)
{
    size_t length = strlen(text);
    size_t size;
    bool fits = put_text(line, "\"");

    for (size_t i = 0; fits && i < length; i += size) {
        size_t before = line->length;

        size = put_plain(line, text + i, length - i);
        if (size == 0)
            size = put_character(line, text + i, length - i, &fits);
        /* The closing quote needs room too. */
        if (!fits || room(line) == 0) {
            line->length = before;
            fits = false;
        }
    }
    return put_text(line, "\"") && fits;
}

/* Keys are words of the program's own, which need no escape. */
static bool put_key(struct log_line *line, const char *key)
{
    return put(line, ",\"", 2) && put_text(line, key) && put(line, "\":", 2);
}

/* Keeps what was appended since `before` only if all of it did fit. */
static void keep_field(struct log_line *line, size_t before, bool fits)
{
    if (fits)
        return;
    line->length = before;
    line->cut = true;
}

bool log_begin(struct log *log, struct log_line *line, enum log_level level, const char *message)
{
    char now[CLOCK_TEXT_SIZE];

    if (!log || level < log->level)
        return false;
    line->log = log;
    line->level = level;
    line->length = 0;
    clock_format_us(clock_now_us(), now);
    put_text(line, "{\"time\":\"");
    put_text(line, now);
    put_text(line, "\",\"level\":\"");
    put_text(line, log_level_name(level));
    put_text(line, "\",\"message\":");
    line->cut = !put_string(line, message);
    return true;
}

void log_add_text(struct log_line *line, const char *key, const char *value)
{
    size_t before = line->length;

    if (value)
        keep_field(line, before, put_key(line, key) && put_string(line, value));
}

void log_add_int(struct log_line *line, const char *key, int64_t value)
{
    char digits[TEXT_INT_SIZE];
    size_t length = text_from_int(value, digits);
    size_t before = line->length;

    keep_field(line, before, put_key(line, key) && put(line, digits, length));
}

static void write_syslog(const struct log_line *line)
{
    static const int priorities[] = {
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
        [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_WARN] = LOG_WARNING,
        [LOG_LEVEL_ERROR] = LOG_ERR,
    };

    /* Without its line end: syslog has its own. */
    syslog(LOG_DAEMON | priorities[line->level], "%.*s", (int)line->length - 1, line->text);
}

void log_end(struct log_line *line)
{
    const char *ending = line->cut ? cut_ending : "}\n";
    size_t size = strlen(ending);
    ssize_t written;

    memcpy(line->text + line->length, ending, size);
    line->length += size;
    if (line->log->sink == LOG_SINK_SYSLOG) {
        write_syslog(line);
        return;
    }
    /* A full disk loses the line: there is nowhere left to say so. */
    do
        written = write(line->log->fd, line->text, line->length);
    while (written < 0 && errno == EINTR);
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
    struct log_line line;
    char message[sizeof line.text];
    va_list arguments;

    if (!log || level < log->level)
        return;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof message, format, arguments) < 0)
        message[0] = '\0';
    va_end(arguments);
    /* A message as long as the line has room for is cut there, and marked. */
    if (log_begin(log, &line, level, message))
        log_end(&line);
}
