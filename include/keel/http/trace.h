/* trace.h - the trace that a request is part of (W3C Trace Context) */
#ifndef KEEL_HTTP_TRACE_H
#define KEEL_HTTP_TRACE_H

#include "keel/core/scope.h"

struct trace {
    const char *id;   /* 32 hexadecimal digits; NULL: the request is part of none */
    const char *span; /* 16 of them: what the caller was doing when it asked; NULL likewise */
};

/*
 * Reads the header traceparent (NULL: there is none). One that is malformed, or was sent twice, is
 * as good as none, as the standard wants it. Fails for memory only.
 */
bool trace_read(struct scope *scope, const char *traceparent, struct trace *trace);

#endif
