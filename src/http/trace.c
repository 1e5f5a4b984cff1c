/* trace.c - the trace that a request is part of (W3C Trace Context, traceparent) */
#include "keel/http/trace.h"

#include <string.h>

/* "00-", the trace's id, "-", the span's id, "-", the flags */
#define TRACE_AT     3
#define TRACE_LENGTH 32
#define SPAN_AT      36
#define SPAN_LENGTH  16
#define FLAGS_AT     53
#define WHOLE_LENGTH 55

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length;
}

/* Claim: such an id, and not the one of zeros alone that stands for none. */
static bool is_id(const char *text, size_t length)
{
    return is_hex(text, length) && strspn(text, "0") < length;
}

/* A later version may say more behind what is known, never less. */
static bool is_whole(const char *text)
{
    if (strlen(text) < WHOLE_LENGTH || !is_hex(text, 2) || strncmp(text, "ff", 2) == 0)
        return false;
    if (text[WHOLE_LENGTH] && (strncmp(text, "00", 2) == 0 || text[WHOLE_LENGTH] != '-'))
        return false;
    return text[TRACE_AT - 1] == '-' && text[SPAN_AT - 1] == '-' && text[FLAGS_AT - 1] == '-' &&
           is_id(text + TRACE_AT, TRACE_LENGTH) && is_id(text + SPAN_AT, SPAN_LENGTH) &&
           is_hex(text + FLAGS_AT, 2);
}

bool trace_read(struct scope *scope, const char *traceparent, struct trace *trace)
{
    *trace = (struct trace){0};
    if (!traceparent || !is_whole(traceparent))
        return true;
    const char *id = scope_copy(scope, traceparent + TRACE_AT, TRACE_LENGTH);
    const char *span = scope_copy(scope, traceparent + SPAN_AT, SPAN_LENGTH);

    if (!id || !span)
        return false;
    *trace = (struct trace){id, span};
    return true;
}
