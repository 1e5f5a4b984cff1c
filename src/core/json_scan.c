/* json_scan.c - says whether a text is one JSON value (RFC 8259), without building it */
#include "json_scan.h"

#include "keel/core/json.h"
#include "keel/core/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number longer than this is nothing that anybody means; it would only cost time to convert. */
#define NUMBER_SIZE 512

/* A whole part of fewer digits than this is within a double's range. */
#define SAFE_DIGITS 309

static const char ends_early[] = "the text ends too early";

struct scan {
    const char *text;
    size_t length;
    size_t at;
    unsigned depth;
    struct json_facts *facts;
};

static bool scan_value(struct scan *scan);

static bool refuse_at(struct scan *scan, size_t at, const char *problem)
{
    scan->facts->problem = problem;
    scan->facts->at = at;
    return false;
}

static bool refuse(struct scan *scan, const char *problem)
{
    if (scan->at == scan->length)
        problem = ends_early;
    return refuse_at(scan, scan->at, problem);
}

/* The byte to be read; 0 at the end, which begins nothing in JSON. */
static char peek(const struct scan *scan)
{
    if (scan->at == scan->length)
        return '\0';
    return scan->text[scan->at];
}

static bool take(struct scan *scan, char c)
{
    if (scan->at == scan->length || scan->text[scan->at] != c)
        return false;
    scan->at++;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->length) {
        char c = scan->text[scan->at];

        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        scan->at++;
    }
}

static bool scan_hex(struct scan *scan, unsigned *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = peek(scan);
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        else
            return refuse(scan, "\\u needs four hexadecimal digits");
        *unit = *unit << 4 | digit;
        scan->at++;
    }
    return true;
}

/*
 * What follows `\u`: one unit of UTF-16, or the two of a surrogate pair. `start` is where the
 * backslash stands.
 */
static bool scan_unicode_escape(struct scan *scan, size_t start)
{
    unsigned high;
    unsigned low;

    if (!scan_hex(scan, &high))
        return false;
    if (high == 0)
        return refuse_at(scan, start, "\\u0000 is not taken");
    if (high < 0xD800 || high > 0xDFFF)
        return true;
    if (high > 0xDBFF || !take(scan, '\\') || !take(scan, 'u'))
        return refuse_at(scan, start, "a surrogate stands alone");
    if (!scan_hex(scan, &low))
        return false;
    if (low < 0xDC00 || low > 0xDFFF)
        return refuse_at(scan, start, "a surrogate stands alone");
    return true;
}

static bool scan_escape(struct scan *scan)
{
    size_t start = scan->at++;
    char c = peek(scan);

    if (c == '\0' || !strchr("\"\\/bfnrtu", c))
        return refuse(scan, "there is no such escape");
    scan->at++;
    return c != 'u' || scan_unicode_escape(scan, start);
}

static bool scan_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->length) {
        unsigned char c = (unsigned char)scan->text[scan->at];

        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c == '\\') {
            if (!scan_escape(scan))
                return false;
        } else if (c < 0x20) {
            return refuse(scan, "a control character must be escaped");
        } else if (c < 0x80) {
            scan->at++;
        } else {
            size_t size = text_measure_character(scan->text + scan->at, scan->length - scan->at);

            if (size == 0)
                return refuse(scan, "malformed UTF-8");
            scan->at += size;
        }
    }
    return refuse_at(scan, scan->at, ends_early);
}

static size_t skip_digits(struct scan *scan)
{
    size_t start = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at - start;
}

/* Claim: a double can hold it; too small ones become 0 there, which is as near as a double gets. */
static bool is_in_double_range(const char *number, size_t length)
{
    char text[NUMBER_SIZE + 1];

    memcpy(text, number, length);
    text[length] = '\0';
    return isfinite(strtod(text, NULL));
}

/* Where a number's parts were found well-formed: does it fit what it will be stored in? */
static bool check_number(struct scan *scan, size_t start, bool is_integer, bool may_overflow)
{
    const char *number = scan->text + start;
    size_t length = scan->at - start;
    int64_t value;

    if (length > NUMBER_SIZE)
        return refuse_at(scan, start, "a number has too many digits");
    if (is_integer && !text_to_int(number, length, &value))
        return refuse_at(scan, start, "an integer is outside 64 bits");
    if (may_overflow && !is_in_double_range(number, length))
        return refuse_at(scan, start, "a number is too large");
    return true;
}

static bool scan_number(struct scan *scan)
{
    size_t start = scan->at;
    bool is_integer = true;

    take(scan, '-');
    bool leading_zero = peek(scan) == '0';
    size_t digits = skip_digits(scan);
    bool may_overflow = digits >= SAFE_DIGITS;

    if (digits == 0)
        return refuse(scan, "a digit is missing");
    if (leading_zero && digits > 1)
        return refuse_at(scan, start, "a number begins with a needless zero");
    if (take(scan, '.')) {
        is_integer = false;
        if (skip_digits(scan) == 0)
            return refuse(scan, "a digit is missing");
    }
    if (take(scan, 'e') || take(scan, 'E')) {
        is_integer = false;
        may_overflow = true;
        if (!take(scan, '+'))
            take(scan, '-');
        if (skip_digits(scan) == 0)
            return refuse(scan, "a digit is missing");
    }
    return check_number(scan, start, is_integer, may_overflow);
}

static bool scan_word(struct scan *scan, const char *word)
{
    size_t size = strlen(word);

    if (scan->length - scan->at < size || memcmp(scan->text + scan->at, word, size) != 0)
        return refuse(scan, "a value is expected");
    scan->at += size;
    return true;
}

static bool scan_member(struct scan *scan)
{
    scan->facts->members++;
    skip_space(scan);
    if (peek(scan) != '"')
        return refuse(scan, "a key in double quotes is expected");
    if (!scan_string(scan))
        return false;
    skip_space(scan);
    return take(scan, ':') ? scan_value(scan) : refuse(scan, "a colon is expected");
}

static bool scan_element(struct scan *scan)
{
    scan->facts->elements++;
    return scan_value(scan);
}

/* What stands between braces or brackets, and the closing one. */
static bool scan_list(struct scan *scan, char close, bool (*scan_one)(struct scan *scan))
{
    skip_space(scan);
    if (take(scan, close))
        return true;
    for (;;) {
        if (!scan_one(scan))
            return false;
        if (scan->facts->members + scan->facts->elements > JSON_MAX_VALUES)
            return refuse(scan, "too many values");
        skip_space(scan);
        if (take(scan, close))
            return true;
        if (!take(scan, ','))
            return refuse(scan,
                          close == '}' ? "a comma or } is expected" : "a comma or ] is expected");
    }
}

static bool scan_container(struct scan *scan)
{
    bool is_object = scan->text[scan->at] == '{';

    if (scan->depth == JSON_MAX_DEPTH)
        return refuse(scan, "too many levels stand in each other");
    if (++scan->facts->containers > JSON_MAX_CONTAINERS)
        return refuse(scan, "too many objects and arrays");
    scan->depth++;
    scan->at++;
    bool ok = is_object ? scan_list(scan, '}', scan_member) : scan_list(scan, ']', scan_element);

    scan->depth--;
    return ok;
}

static bool scan_value(struct scan *scan)
{
    skip_space(scan);
    char c = peek(scan);

    switch (c) {
    case '{':
    case '[':
        return scan_container(scan);
    case '"':
        return scan_string(scan);
    case 't':
        return scan_word(scan, "true");
    case 'f':
        return scan_word(scan, "false");
    case 'n':
        return scan_word(scan, "null");
    default:
        return c == '-' || (c >= '0' && c <= '9') ? scan_number(scan)
                                                  : refuse(scan, "a value is expected");
    }
}

bool json_scan(const char *text, size_t length, struct json_facts *facts)
{
    struct scan scan = {.text = text, .length = length, .facts = facts};

    *facts = (struct json_facts){0};
    skip_space(&scan);
    facts->start = scan.at;
    if (!scan_value(&scan))
        return false;
    facts->end = scan.at;
    skip_space(&scan);
    return scan.at == length || refuse(&scan, "something stands behind the value");
}
