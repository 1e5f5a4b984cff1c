/* response.h - one status, a few headers, one envelope */
#ifndef KEEL_HTTP_RESPONSE_H
#define KEEL_HTTP_RESPONSE_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"

struct request;

struct response {
    int status;
    struct buffer headers; /* "Name: value\r\n" lines beyond the usual ones */
    struct buffer data;    /* the envelope's data as JSON; empty: null */
    const char *message;   /* NULL: nothing to say */
};

void response_begin(struct response *response, struct arena *arena);

/* Adds a header. Control characters in `value` are left out, so that no value can end the line. */
void response_header(struct response *response, const char *name, const char *value);

/*
 * The whole answer as CGI output: `Status:`, headers, and the envelope of api.md - of success, or
 * of the scope's error if it has one. HEAD, 204 and 304 carry no body. False when there is no
 * memory: response_fallback() always can answer.
 */
bool response_render(struct scope *scope, const struct request *request, struct response *response,
                     struct buffer *output);

/* A constant 503 answer in the envelope, for when nothing can be allocated any more. Returns its
 * length. */
size_t response_fallback(const struct scope *scope, char *text, size_t size);

/* HTTP status and code ("NOT_FOUND") of an error kind. */
int error_status(enum error_kind kind);
const char *error_code(enum error_kind kind);

#endif
