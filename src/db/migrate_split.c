/* migrate_split.c - a script cut into its statements, by the rules psql uses */
#include "migrate_split.h"

#include <string.h>
#include <strings.h>

/* As many words as tell what a statement is: CREATE OR REPLACE FUNCTION. */
#define LEADING_WORDS 4

struct word {
    const char *text;
    size_t length;
};

/* What must be remembered between the tokens of one statement. */
struct progress {
    struct word words[LEADING_WORDS];
    size_t word_count;
    int parentheses;
    int blocks; /* BEGIN ATOMIC and the CASEs in it that have no END yet */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of other alphabets count as letters, as they do for the server. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool word_is(const struct word *word, const char *text)
{
    return word->length == strlen(text) && strncasecmp(word->text, text, word->length) == 0;
}

/* Behind the closing quote. A doubled quote closes and opens again, which comes to the same. */
static const char *skip_quoted(const char *p, const char *end, bool backslashes)
{
    char quote = *p++;

    while (p < end && *p != quote)
        p += backslashes && *p == '\\' && p + 1 < end ? 2 : 1;
    return p < end ? p + 1 : end;
}

static const char *skip_line(const char *p, const char *end)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));

    return newline ? newline : end;
}

/* Comments of this form stand in each other in PostgreSQL. */
static const char *skip_block_comment(const char *p, const char *end)
{
    int depth = 0;

    while (p + 1 < end) {
        if (p[0] == '/' && p[1] == '*') {
            depth++;
            p += 2;
        } else if (p[0] == '*' && p[1] == '/') {
            p += 2;
            if (--depth == 0)
                return p;
        } else {
            p++;
        }
    }
    return end;
}

/* Behind the closing $tag$, or behind the one '$' that opens nothing (as in $1). */
static const char *skip_dollar(const char *p, const char *end)
{
    const char *tag_end = p + 1;

    while (tag_end < end && (is_letter(*tag_end) || (tag_end > p + 1 && is_digit(*tag_end))))
        tag_end++;
    if (tag_end == end || *tag_end != '$')
        return p + 1;
    size_t length = (size_t)(tag_end - p) + 1;

    for (const char *q = p + length; q + length <= end; q++) {
        if (*q == '$' && memcmp(q, p, length) == 0)
            return q + length;
    }
    return end;
}

static const char *skip_word(const char *p, const char *end)
{
    if ((*p == 'e' || *p == 'E') && p + 1 < end && p[1] == '\'')
        return skip_quoted(p + 1, end, true);
    while (p < end && (is_letter(*p) || is_digit(*p) || *p == '$'))
        p++;
    return p;
}

static bool is_comment(const char *p, const char *end)
{
    return p + 1 < end && ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'));
}

static const char *skip_token(const char *p, const char *end)
{
    if (is_comment(p, end))
        return *p == '-' ? skip_line(p, end) : skip_block_comment(p, end);
    if (*p == '\'' || *p == '"')
        return skip_quoted(p, end, false);
    if (*p == '$')
        return skip_dollar(p, end);
    if (is_letter(*p) || is_digit(*p))
        return skip_word(p, end);
    return p + 1;
}

static bool creates_function(const struct progress *progress)
{
    if (progress->word_count < 2 || !word_is(&progress->words[0], "create"))
        return false;
    for (size_t i = 1; i < progress->word_count; i++) {
        if (word_is(&progress->words[i], "function") || word_is(&progress->words[i], "procedure"))
            return true;
    }
    return false;
}

static void note_word(struct progress *progress, struct word word)
{
    if (progress->word_count < LEADING_WORDS)
        progress->words[progress->word_count++] = word;
    if (progress->parentheses > 0 || !creates_function(progress))
        return;
    if (word_is(&word, "begin") || (progress->blocks > 0 && word_is(&word, "case")))
        progress->blocks++;
    else if (progress->blocks > 0 && word_is(&word, "end"))
        progress->blocks--;
}

static void note_token(struct progress *progress, const char *from, const char *to)
{
    if (is_letter(*from) && to[-1] != '\'')
        note_word(progress, (struct word){from, (size_t)(to - from)});
    else if (*from == '(')
        progress->parentheses++;
    else if (*from == ')' && progress->parentheses > 0)
        progress->parentheses--;
}

static bool controls_transaction(const struct progress *progress)
{
    static const char *const always[] = {"begin", "start", "commit", "end", "abort"};
    const struct word *words = progress->words;

    if (progress->word_count == 0)
        return false;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        if (word_is(&words[0], always[i]))
            return true;
    }
    if (word_is(&words[0], "prepare"))
        return progress->word_count > 1 && word_is(&words[1], "transaction");
    if (!word_is(&words[0], "rollback"))
        return false;
    for (size_t i = 1; i < progress->word_count; i++) {
        if (word_is(&words[i], "to"))
            return false;
    }
    return true;
}

static void advance(struct sql_split *split, const char *to)
{
    for (const char *p = split->at; p < to; p++)
        split->line += *p == '\n';
    split->at = to;
}

static void skip_between(struct sql_split *split)
{
    const char *p = split->at;

    while (p < split->end && (is_space(*p) || *p == ';' || is_comment(p, split->end)))
        p = is_space(*p) || *p == ';' ? p + 1 : skip_token(p, split->end);
    advance(split, p);
}

bool sql_split_next(struct sql_split *split, struct sql_statement *statement)
{
    struct progress progress = {0};

    skip_between(split);
    if (split->at == split->end)
        return false;
    const char *p = split->at;

    while (p < split->end && (*p != ';' || progress.parentheses > 0 || progress.blocks > 0)) {
        const char *next = skip_token(p, split->end);

        note_token(&progress, p, next);
        p = next;
    }
    *statement = (struct sql_statement){.text = split->at,
                                        .length = (size_t)(p - split->at),
                                        .line = split->line,
                                        .controls_transaction = controls_transaction(&progress)};
    advance(split, p);
    return true;
}
