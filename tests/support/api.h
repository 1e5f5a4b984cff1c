/* api.h - the whole program in process: its own database, each answer checked against its row */
#ifndef KEEL_TESTS_SUPPORT_API_H
#define KEEL_TESTS_SUPPORT_API_H

#include "folder.h"
#include "keel/http/exchange.h"
#include "unit.h"

struct json_object;

/*
 * Who asks. The accounts are in every test database: viewer@example.com with the password
 * "viewer-password-1" and so on, each with the role of its name.
 */
enum api_role { API_ANYBODY, API_VIEWER, API_EDITOR, API_ADMIN, API_ROLE_COUNT };

#define API_ADDRESS "192.0.2.1" /* where requests come from, unless they say REMOTE_ADDR */

struct api_secret;

struct api {
    struct app app;        /* a test may change app.config, app.limiter and app.token_keys */
    struct scope settings; /* owns the texts of app.config */
    struct scope scope;    /* owns replies and what api_ask() gives, until api_drop() */
    char name[64];
    char url[128];
    char folder[FOLDER_PATH_SIZE];
    char log_path[FOLDER_PATH_SIZE + 16];
    size_t log_at; /* where the next request's line is looked for */
    struct api_secret *secrets;
    const char *tokens[API_ROLE_COUNT]; /* NULL for API_ANYBODY */
    int64_t user_ids[API_ROLE_COUNT];
};

/* A request; what is zero is as an ordinary client has it. */
struct api_request {
    const char *method; /* NULL: GET */
    const char *target; /* "/api/items?page=2" */
    const char *token;
    const char *body;
    size_t body_length;           /* 0: strlen(body) */
    const char *content_type;     /* NULL: application/json with a body; "": none */
    const char *content_length;   /* NULL: the body's; "": none, as with a chunked body */
    const size_t *break_at;       /* the client goes away after so many bytes of the body */
    const char *const *variables; /* NULL-terminated "NAME=value"; these win over the usual ones */
    bool bare;                    /* nothing but `variables` */
};

struct api_reply {
    int status;
    const char *head; /* the header's lines */
    const char *body;
    size_t body_length;
    struct json_object *json;  /* the envelope; NULL where there is no body */
    struct json_object *line;  /* the request's line in the log */
    const struct route *route; /* NULL: no row was found */
};

/*
 * Setup and teardown for cmocka, of a test or of a group: *state becomes a struct api. Teardown
 * searches the log for every password, token, hash and key that was used.
 */
int api_make(void **state);
int api_drop(void **state);

/* Signs every role in anew, which ends no session; `tokens` are then the new ones. */
void api_sign_in_all(struct api *api);

/* A test that changes what others rely on: in a database of its own. */
#define api_unit_test(test) cmocka_unit_test_setup_teardown(test, api_make, api_drop)

/*
 * Sends a request and checks what every answer must be (api_check.h): the envelope, the headers,
 * the columns that the route's row promises, the log line. Appends "route status" to the file that
 * KEEL_SEEN names.
 */
const struct api_reply *api_send(struct api *api, const struct api_request *request);

/* The same for an ordinary request; `body` may be NULL. */
const struct api_reply *api_call(struct api *api, const char *method, const char *target,
                                 const char *token, const char *body);

/* The same, and the test fails unless the answer has this status. */
const struct api_reply *api_expect(struct api *api, int status, const char *method,
                                   const char *target, const char *token, const char *body);

/* Sends them all at once, each from a process and connection of its own. */
void api_race(struct api *api, const struct api_request *requests, size_t count,
              const struct api_reply **replies);

/*
 * What an answer holds, by JSON pointer: "/data/items/0/id". The test fails where it is not there
 * or of another type. api_raw() is the value as written, "19.99".
 */
int64_t api_int(const struct api_reply *reply, const char *pointer);
const char *api_text(const struct api_reply *reply, const char *pointer);
bool api_bool(const struct api_reply *reply, const char *pointer);
const char *api_raw(const struct api_reply *reply, const char *pointer);
size_t api_count(const struct api_reply *reply, const char *pointer);

/*
 * What the request's line in the log says: api_logged() of a number that must be there,
 * api_logged_text() NULL where there is none.
 */
int64_t api_logged(const struct api_reply *reply, const char *name);
const char *api_logged_text(const struct api_reply *reply, const char *name);
bool api_has_logged(const struct api_reply *reply, const char *name);

/* A header's value, or NULL. */
const char *api_header(struct api *api, const struct api_reply *reply, const char *name);

/* The answer is an error of this code. */
void api_must_fail(const struct api_reply *reply, const char *code);

/* The answer is a VALIDATION_ERROR that names this field with this code among its errors. */
void api_must_refuse(const struct api_reply *reply, const char *field, const char *code);

/* The answer's data has every member of this JSON object, with the value as it is written there. */
void api_must_hold(struct api *api, const struct api_reply *reply, const char *object);

/* Text in the memory of the test. */
const char *api_format(struct api *api, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Runs a statement on a connection of its own; gives its first value, "" for none. */
const char *api_ask(struct api *api, const char *statement);

/*
 * Ends the program's connection and lets the next request open another one, with the settings as
 * they are now.
 */
void api_reconnect(struct api *api);

/* A password or token that must not be in the log. Those in requests and answers are known. */
void api_keep_secret(struct api *api, const char *secret);

#endif
