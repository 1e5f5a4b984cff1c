/* doctor_http.h - requests to the program through the web server, as a client sends them */
#ifndef KEEL_CLI_DOCTOR_HTTP_H
#define KEEL_CLI_DOCTOR_HTTP_H

#include "doctor.h"
#include "keel/core/buffer.h"

#define DOCTOR_HEADERS_MAX 4

struct question {
    const char *method; /* NULL: GET */
    const char *path;   /* below doctor->url, as it is to be sent: "/version" */
    const char *headers[DOCTOR_HEADERS_MAX]; /* "Name: value" */
    int64_t body_length;                     /* so many blanks are its body; 0: none */
    /* A body is announced only (RFC 9110, 10.1.1): asks whether it would be taken; 0: none is. */
    int64_t announced_length;
};

/* Texts are in the check's scope. */
struct answer {
    long status;              /* 100: send what was announced; 0: nothing was said to that */
    struct buffer head, body; /* NUL-terminated; the head with all its lines */
    const char *code;         /* error.code of the envelope; "" where it is none, or no error */
    const char *message;      /* error.message */
    struct json_object *data; /* its data; NULL where there is none */
    bool is_envelope;
    double ms;
};

/* Sends it and takes the answer. False where there is none, which is added as a finding. */
bool doctor_ask(struct doctor *doctor, const struct question *question, struct answer *answer);

/* A header's value in the check's scope, "" where it is not there. */
const char *doctor_header(struct doctor *doctor, const struct answer *answer, const char *name);

#endif
