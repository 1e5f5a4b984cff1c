/* response.h - one status, a few headers, one envelope */
#ifndef KEEL_HTTP_RESPONSE_H
#define KEEL_HTTP_RESPONSE_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"

struct request;

struct response {
    int status;
    struct buffer headers;  /* "Name: value\r\n" lines beyond the usual ones */
    struct buffer data;     /* the envelope's data as JSON; empty: null */
    const char *message;    /* NULL: nothing to say */
    const char *media_type; /* `data` is a document of this type, in no envelope; NULL: it is not */
    const char *cache;      /* Cache-Control of a success; NULL: no-store */
    bool by_origin;         /* a page of another origin may get another answer (Vary) */
    bool is_replay;         /* of a success that an earlier request was given */
    struct buffer body;     /* the envelope, made by response_prepare() */
    struct buffer output;   /* the whole answer, made by response_render() */
};

/* An empty answer with status 200, its buffers in `arena`. */
void response_begin(struct response *response, struct arena *arena);

/* Adds a header. Control characters in `value` are left out, so that no value can end the line. */
void response_header(struct response *response, const char *name, const char *value);

/*
 * Makes the envelope of a success, unless `body` holds one already, and sets aside the memory that
 * the rest of the answer takes: once a change is committed, rendering it cannot fail any more.
 * False when there is no memory.
 */
bool response_prepare(const struct scope *scope, struct response *response);

/*
 * Makes the whole answer as CGI output: `Status:`, headers, and the envelope of api.md - of
 * success, or of the scope's error if it has one, whatever was prepared. A document with a media
 * type of its own takes the place of a success' envelope. HEAD, 204 and 304 carry no body. False
 * when there is no memory: response_fallback() always can answer.
 */
bool response_render(struct scope *scope, const struct request *request, struct response *response);

/*
 * Makes the head alone, of a success whose body of this media type follows; without `length` (< 0)
 * it ends where the answer does. False when there is no memory.
 */
bool response_render_head(const struct scope *scope, const struct request *request,
                          struct response *response, const char *media_type, int64_t length);

/*
 * A 503 answer in the envelope, for when nothing can be allocated any more. Returns its length; 0
 * when `size` is too small (512 is enough).
 */
size_t response_fallback(const struct scope *scope, char *text, size_t size);

/* HTTP status, code ("NOT_FOUND") and meaning (a sentence, for documents) of an error kind. */
int error_status(enum error_kind kind);
const char *error_code(enum error_kind kind);
const char *error_meaning(enum error_kind kind);

#endif
