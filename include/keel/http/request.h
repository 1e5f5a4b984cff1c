/* request.h - a request as the program sees it, decoded from CGI variables */
#ifndef KEEL_HTTP_REQUEST_H
#define KEEL_HTTP_REQUEST_H

#include "keel/core/buffer.h"
#include "keel/core/pair.h"
#include "keel/core/scope.h"
#include "keel/http/trace.h"
#include "keel/http/transport.h"

#define REQUEST_SEGMENT_MAX  16
#define REQUEST_QUERY_MAX    64
#define REQUEST_VARIABLE_MAX 256
#define REQUEST_HEAD_MAX     ((size_t)64 * 1024)

enum method { METHOD_NONE, GET, POST, PUT, PATCH, DELETE, OPTIONS, METHOD_COUNT };

struct request {
    enum method method; /* HEAD reads as GET; METHOD_NONE for one we do not know */
    bool is_head;
    const char *method_text;                   /* as sent, for the log */
    const char *path;                          /* as sent, without the query, for the log */
    const char *segments[REQUEST_SEGMENT_MAX]; /* of the path below the base, each decoded once */
    size_t segment_count;
    bool outside; /* the path is not below the base path */
    struct pairs query;
    const char *id; /* the caller's own request id if it is well-formed, else `made_id` */
    char made_id[33];
    const char *content_type;    /* NULL: none */
    int64_t content_length;      /* -1: not given (chunked) */
    const char *authorization;   /* NULL: none */
    const char *origin;          /* NULL: none */
    const char *if_match;        /* NULL: none; "" where it is sent without a value */
    const char *if_none_match;   /* NULL: none */
    const char *idempotency_key; /* NULL: none; "" where it is sent without a value */
    struct trace trace;
    const char *client_address;
    const char *user_agent; /* NULL: none */
    struct buffer body;     /* filled by request_read_body() */
    int64_t body_read;      /* bytes of the body that were read so far */
    bool body_done;         /* nothing of the body is left unread */
};

/*
 * Decodes everything but the body. Pure: looks at nothing but the variables and the scope's
 * settings. On failure (ERR_MALFORMED) `request` still has its id and what was decoded so far, so
 * that an answer can be given and logged.
 */
bool request_decode(struct scope *scope, const struct transport *transport,
                    struct request *request);

/*
 * Reads up to `size` bytes of the body, `*count` of them; 0 at its end. Fails with ERR_TOO_LARGE
 * where it has more than `limit` or says that it will, and with ERR_MALFORMED when it is shorter or
 * longer than it said or was broken off.
 */
bool request_read_part(struct scope *scope, struct transport *transport, struct request *request,
                       int64_t limit, char *bytes, size_t size, size_t *count);

/* Reads the body whole. Fails as request_read_part() does. */
bool request_read_body(struct scope *scope, struct transport *transport, struct request *request,
                       int64_t limit);

/* What the query says for this name; NULL: nothing. */
const char *request_query(const struct request *request, const char *name);

/*
 * Refuses settings that could not be read with a request (trusted_proxies, metrics_networks), once
 * at start. ERR_VALIDATION.
 */
bool request_check_settings(struct scope *scope);

/* "GET" and so on. */
const char *method_name(enum method method);

#endif
