/* http.h - an HTTP client for tests: ordinary requests by libcurl, odd ones by a bare socket */
#ifndef KEEL_TESTS_SUPPORT_HTTP_H
#define KEEL_TESTS_SUPPORT_HTTP_H

#include "keel/core/scope.h"

struct json_object;

/* One client: one thread, one connection that is kept. */
struct http {
    void *curl;
    struct scope scope; /* owns replies, until http_forget() or http_close() */
    int port;
};

/* A request; what is zero is as an ordinary client has it. */
struct http_request {
    const char *method; /* NULL: GET, or POST with a body */
    const char *target; /* "/api/items?page=2", sent as it is */
    const char *token;
    const char *body;
    size_t body_length;         /* 0: strlen(body) */
    const char *content_type;   /* NULL: application/json with a body */
    const char *const *headers; /* NULL-terminated "Name: value" */
    bool chunked;
};

struct http_reply {
    int status;       /* 0: no answer */
    const char *head; /* status line and headers */
    const char *body;
    size_t body_length;
    struct json_object *json; /* NULL: the body is empty or no JSON */
};

void http_open(struct http *http, int port);
void http_close(struct http *http);

/* Gives back the memory of all replies so far. */
void http_forget(struct http *http);

/*
 * Sends it and receives the answer. False when there is none; asserts nothing, so any thread may
 * call it.
 */
bool http_send(struct http *http, const struct http_request *request, struct http_reply *reply);

/*
 * What is wrong with an answer, NULL where it is as the contract has it: the envelope's shape, a
 * code that goes with the status, the headers that go with it. `method` as it was sent. Asserts
 * nothing.
 */
const char *http_problem(struct http *http, const char *method, const struct http_reply *reply);

/* Sends a request and fails the test where there is no answer or http_problem() finds one. */
const struct http_reply *http_call(struct http *http, const struct http_request *request);

/*
 * The same for an ordinary request, and the test fails unless the answer has this status. `body`
 * may be NULL.
 */
const struct http_reply *http_expect(struct http *http, int status, const char *method,
                                     const char *target, const char *token, const char *body);

/* The answer has this status and this error code; else the test fails. */
void http_must_fail(const struct http_reply *reply, int status, const char *code);

/* A header's value in the client's memory, NULL where there is none. */
const char *http_header(struct http *http, const struct http_reply *reply, const char *name);

/*
 * What the answer's JSON holds, by JSON pointer: "/data/id". The test fails where it is not there.
 */
int64_t http_int(const struct http_reply *reply, const char *pointer);
const char *http_text(const struct http_reply *reply, const char *pointer);

/* printf into the client's memory. */
const char *http_format(struct http *http, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Signs in; the token, in the client's memory. */
const char *http_login(struct http *http, const char *email, const char *password);

/*
 * A connection for bytes of one's own; -1 where nobody listens. Reading waits at most 10 s. The
 * caller closes it.
 */
int http_connect(const struct http *http);

/* Claim: all of it was taken. */
bool http_write(int fd, const char *bytes, size_t length);

/*
 * Reads exactly one answer; `method` tells whether one without a body is meant. status 0 where the
 * server closed the connection instead.
 */
void http_read(struct http *http, int fd, const char *method, struct http_reply *reply);

/* http_connect(), http_write(), http_read(). */
const struct http_reply *http_raw(struct http *http, const char *method, const char *bytes,
                                  size_t length);

#endif
