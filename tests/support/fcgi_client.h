/* fcgi_client.h - a raw FastCGI peer: records as they should be, or as they should not */
#ifndef KEEL_TESTS_SUPPORT_FCGI_CLIENT_H
#define KEEL_TESTS_SUPPORT_FCGI_CLIENT_H

#include "keel/core/buffer.h"

/* Record types and roles of the specification, section 8. */
enum {
    FCGI_BEGIN = 1,
    FCGI_ABORT = 2,
    FCGI_END = 3,
    FCGI_PARAMS = 4,
    FCGI_STDIN = 5,
    FCGI_STDOUT = 6,
};

enum { FCGI_RESPONDER = 1, FCGI_AUTHORIZER = 2, FCGI_FILTER = 3 };

/* One record of at most 65,535 bytes of content, and `padding` bytes (below 256) behind it. */
void fcgi_add_record(struct buffer *buffer, int type, int id, const void *content, size_t length,
                     size_t padding);

void fcgi_add_begin(struct buffer *buffer, int id, int role, bool keep);

/* A name and a value as the content of an FCGI_PARAMS stream. */
void fcgi_add_pair(struct buffer *buffer, const char *name, const char *value);

/* A whole stream in records of `step` bytes each, and the empty one that ends it. */
void fcgi_add_stream(struct buffer *buffer, int type, int id, const void *bytes, size_t length,
                     size_t step);

/* A request's head: FCGI_BEGIN and the variables ("NAME=value", NULL-terminated). */
void fcgi_add_head(struct buffer *buffer, char *const *environment, bool keep);

/* A whole request. */
void fcgi_add_request(struct buffer *buffer, char *const *environment, const void *body,
                      size_t length, bool keep);

/* A connection to a unix socket; -1 with errno. The caller closes it. */
int fcgi_connect(const char *path);

/* Claim: all of it was taken. */
bool fcgi_send(int fd, const struct buffer *buffer);

enum fcgi_outcome {
    FCGI_ANSWERED, /* up to its FCGI_END_REQUEST */
    FCGI_CLOSED,   /* the connection ended before */
    FCGI_SILENCE,  /* nothing came for the time that was given */
};

struct fcgi_answer {
    struct buffer output; /* what came on FCGI_STDOUT */
    unsigned char protocol_status;
};

/* Reads one answer into the arena, waiting at most `timeout_ms` for each piece. */
enum fcgi_outcome fcgi_receive(int fd, struct arena *arena, int timeout_ms,
                               struct fcgi_answer *answer);

/* Claim: the peer closes the connection within the time, saying nothing more. */
bool fcgi_is_closed(int fd, int timeout_ms);

#endif
