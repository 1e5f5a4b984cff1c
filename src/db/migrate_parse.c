/* migrate_parse.c - what one migration file says besides its statements */
#include "migrate_parse.h"

#include "keel/core/buffer.h"
#include "keel/core/digest.h"
#include "keel/core/text.h"
#include "migrate_split.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* One line of the comments before the first statement. */
struct comment_line {
    const char *text;
    size_t length;
    int number;
};

static bool begins_with(const char *text, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && strncmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * Git may give CRLF on one machine and LF on another: both must be the same migration with the same
 * checksum.
 */
static char *normalise(struct scope *scope, const char *bytes, size_t length)
{
    if (begins_with(bytes, length, BYTE_ORDER_MARK)) {
        bytes += strlen(BYTE_ORDER_MARK);
        length -= strlen(BYTE_ORDER_MARK);
    }
    char *text = scope_alloc(scope, length + 1);
    size_t used = 0;

    if (!text)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\r' || i + 1 == length || bytes[i + 1] != '\n')
            text[used++] = bytes[i];
    }
    text[used] = '\0';
    return text;
}

static void trim(struct comment_line *line)
{
    while (line->length && (*line->text == ' ' || *line->text == '\t')) {
        line->text++;
        line->length--;
    }
    while (line->length && strchr(" \t\r", line->text[line->length - 1]))
        line->length--;
}

static void drop(struct comment_line *line, size_t bytes)
{
    line->text += bytes;
    line->length -= bytes;
    trim(line);
}

/* The line at *at, trimmed, and *at moved behind it; false at the end. */
static bool next_line(const char **at, struct comment_line *line)
{
    if (!**at)
        return false;
    size_t length = strcspn(*at, "\n");

    *line = (struct comment_line){*at, length, line->number + 1};
    trim(line);
    *at += length + ((*at)[length] == '\n');
    return true;
}

static bool read_directive(struct scope *scope, const char *file, struct comment_line word,
                           struct migration_text *parsed)
{
    drop(&word, strlen("migrate:"));
    if (word.length != strlen("no-transaction") ||
        !begins_with(word.text, word.length, "no-transaction"))
        return fail(scope, ERR_VALIDATION,
                    "%s:%d: \"-- migrate:\" knows only the word no-transaction, not \"%.*s\".",
                    file, word.number, (int)word.length, word.text);
    parsed->in_transaction = false;
    return true;
}

static void add_purpose(struct buffer *purpose, struct comment_line line)
{
    if (purpose->length == 0 && begins_with(line.text, line.length, "Purpose:"))
        drop(&line, strlen("Purpose:"));
    if (line.length == 0)
        return;
    if (purpose->length)
        buffer_add_char(purpose, ' ');
    buffer_add(purpose, line.text, line.length);
}

/* Reads the comments above the first statement: the first run of them is the purpose. */
static bool read_comments(struct scope *scope, const char *file, struct migration_text *parsed)
{
    struct comment_line line = {0};
    struct buffer purpose;
    const char *at = parsed->text;

    buffer_init(&purpose, &scope->arena);
    for (bool first_run = true; next_line(&at, &line);) {
        bool is_comment = begins_with(line.text, line.length, "--");

        if (line.length && !is_comment)
            break;
        if (is_comment)
            drop(&line, 2);
        if (begins_with(line.text, line.length, "migrate:")) {
            if (!read_directive(scope, file, line, parsed))
                return false;
        } else if (line.length && first_run) {
            add_purpose(&purpose, line);
        } else if (purpose.length) {
            first_run = false;
        }
    }
    parsed->purpose = purpose.length ? purpose.data : "";
    return !purpose.failed || fail_memory(scope);
}

bool migration_parse(struct scope *scope, const char *file, const char *bytes, size_t length,
                     struct migration_text *parsed)
{
    struct sql_statement first;

    if (!text_is_utf8(bytes, length))
        return fail(scope, ERR_VALIDATION, "%s: is not UTF-8 text.", file);
    char *text = normalise(scope, bytes, length);

    if (!text)
        return false;
    *parsed = (struct migration_text){.text = text, .in_transaction = true};
    struct sql_split split = {text, text + strlen(text), 1};

    if (!sql_split_next(&split, &first))
        return fail(scope, ERR_VALIDATION, "%s: holds no statement.", file);
    return read_comments(scope, file, parsed);
}

bool migration_checksum(struct scope *scope, const char *text, char *checksum)
{
    return digest_text(text, strlen(text), checksum) || fail_memory(scope);
}
