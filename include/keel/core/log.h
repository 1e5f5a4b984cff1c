/* log.h - JSON lines with levels, to stderr, a file or syslog */
#ifndef KEEL_CORE_LOG_H
#define KEEL_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

enum log_sink { LOG_SINK_STDERR, LOG_SINK_FILE, LOG_SINK_SYSLOG };

struct log {
    enum log_level level;
    enum log_sink sink;
    const char *path; /* LOG_SINK_FILE; the caller keeps it alive */
    int fd;
};

/* "debug", "info", "warn" or "error". */
const char *log_level_name(enum log_level level);

/* The level of such a name; false for any other text. */
bool log_level_from_name(const char *name, enum log_level *level);

/*
 * Opens the log. `target` is "auto", "stderr", "syslog" or a file's path. "auto" is stderr where
 * somebody reads it and syslog where it is closed or /dev/null, as spawn-fcgi leaves it: so no line
 * is lost. False with errno when a file cannot be opened for appending.
 */
bool log_open(struct log *log, const char *target, enum log_level level);

/* Closes the file, if it is one. */
void log_close(struct log *log);

/*
 * Opens the file again under its name (after rotation). Keeps the old one and says false, with
 * errno, when that fails.
 */
bool log_reopen(struct log *log);

/*
 * One line being made, on the caller's stack. Each line begins with "time", "level" and "message";
 * a field that does not fit is left out (of a message, its end) and the line marked "cut":true, so
 * a line is always valid JSON and one write(2). Bytes that are not UTF-8 become U+FFFD.
 */
struct log_line {
    struct log *log;
    enum log_level level;
    bool cut;
    size_t length;
    char text[4096];
};

/*
 * Keys are words of the program's own, of letters, digits and _ alone.
 *
 * Claim: lines of this level are written; false saves the caller the work. A NULL log writes
 * nothing.
 */
bool log_begin(struct log *log, struct log_line *line, enum log_level level, const char *message);
void log_add_text(struct log_line *line, const char *key, const char *value); /* NULL: left out */
void log_add_int(struct log_line *line, const char *key, int64_t value);
void log_end(struct log_line *line);

/* A line of a message alone. */
void log_write(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
