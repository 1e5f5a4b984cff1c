/* stream.h - an answer that is written piece by piece, in bounded memory */
#ifndef KEEL_HTTP_STREAM_H
#define KEEL_HTTP_STREAM_H

#include "keel/core/slots.h"

#include <stddef.h>

struct exchange;

/* Begins as {0}. */
struct stream {
    bool open;              /* stream_begin() was called */
    bool begun;             /* the head is on its way: no other answer can be given any more */
    bool client_gone;       /* while something was written */
    const char *media_type; /* of the body */
    int64_t bytes;          /* of the body so far */
    int64_t deadline_us;    /* on the clock that only goes forward */
    int spool;              /* a file that collects the body first; < 0: none */
    struct slot slot;
};

/*
 * Says that the answer's body is what stream_write() will be given. The head goes out with the
 * first of it, with the headers that response_header() has added by then: until then an error is
 * answered as any other is. The handler of HEAD is done after this call.
 *
 * Where the way to the client knows no end but a good one (plain CGI), all of it is collected in a
 * file first. Fails with ERR_UNAVAILABLE while the node answers as many as the setting export_slots
 * says, and as spool_create() does.
 */
bool stream_begin(struct exchange *exchange, const char *media_type);

/*
 * Writes a piece. Fails when the client has gone, and with ERR_TIMEOUT after the setting
 * export_timeout_s. After a failure the answer ends in a way that tells the client that it is not
 * whole.
 */
bool stream_write(struct exchange *exchange, const char *bytes, size_t length);

/*
 * Ends what was begun: well, or cut where the scope has failed. False: there is no answer yet, and
 * the usual one is due.
 */
bool stream_end(struct exchange *exchange);

/*
 * Claim: the answer ended short of its end, by the client where `client_gone` is set. Its status
 * was sent before and does not show it.
 */
bool stream_was_cut(const struct exchange *exchange);

#endif
