/* memory.h - a transport whose request and answer lie in memory: for tests in process */
#ifndef KEEL_HTTP_MEMORY_H
#define KEEL_HTTP_MEMORY_H

#include "keel/core/buffer.h"
#include "keel/http/transport.h"

struct memory_transport {
    struct transport transport; /* must be first */
    const char *body;
    size_t body_length;
    size_t body_read;
    size_t break_at;      /* reading fails here; SIZE_MAX: never */
    struct buffer answer; /* all that was written */
    size_t gone_at;       /* writing fails once it would hold more; SIZE_MAX: never */
    bool was_long;        /* the answer was announced to take long */
    bool was_cut;
};

/* `environment`, `body` and `arena` stay the caller's and must outlive it. */
void memory_transport_init(struct memory_transport *memory, char *const *environment,
                           const char *body, size_t body_length, struct arena *arena);

#endif
