/* scope.h - what one unit of work owns and may use, and its first error */
#ifndef KEEL_CORE_SCOPE_H
#define KEEL_CORE_SCOPE_H

#include "keel/core/arena.h"

#include <stdint.h>

struct config;
struct db;
struct log;
struct metrics;
struct token_keys;

/* What went wrong, for the caller's eyes. http/error_map.c gives each its status and code. */
enum error_kind {
    ERR_NONE,
    ERR_VALIDATION,
    ERR_MALFORMED,
    ERR_UNAUTHORIZED,
    ERR_FORBIDDEN,
    ERR_NOT_FOUND,
    ERR_METHOD_NOT_ALLOWED,
    ERR_CONFLICT,
    ERR_PRECONDITION_FAILED,
    ERR_TOO_LARGE,
    ERR_MEDIA_TYPE,
    ERR_IDEMPOTENCY_MISMATCH,
    ERR_PRECONDITION_REQUIRED,
    ERR_RATE_LIMITED,
    ERR_INTERNAL,
    ERR_UNAVAILABLE,
    ERR_TIMEOUT,
    ERR_KIND_COUNT
};

/* One wrong field of the input; a list in the order they were found. */
struct field_error {
    struct field_error *next;
    const char *field;   /* as the client named it, e.g. "price" */
    const char *code;    /* machine-readable, e.g. "required" */
    const char *message; /* a sentence for a person */
};

/*
 * How many of them one error holds; more would help nobody, and a body can be wrong in many places.
 */
#define FIELD_ERROR_MAX 100

struct error {
    enum error_kind kind;
    const char *message;    /* for the caller */
    const char *detail;     /* for the log only: SQLSTATE, constraint, errno; may be NULL */
    const char *constraint; /* what in the database said no, for model/constraint.c; may be NULL */
    struct field_error *fields; /* ERR_VALIDATION only */
    struct field_error *last_field;
    unsigned field_count;
    const char *part; /* of the input, that a kind without fields is about; NULL: all of it */
    int retry_after;  /* seconds, 0 when nothing is to be said */
    bool locked;      /* somebody else's transaction holds what this one waited for */
    bool retryable;   /* a serialization failure or deadlock: safe to run the whole unit again */
    bool keeps;       /* what was written so far is to be committed although the unit failed */
};

/*
 * Who asks. Permissions come from the database with each request, so a changed role counts at once.
 */
struct identity {
    int64_t user_id;
    int64_t session_id; /* 0: came with an API key */
    int64_t api_key_id; /* 0: came with an access token */
    const char *email;
    const char *const *permissions;
    size_t permission_count;
};

struct scope {
    struct arena arena;
    struct error error;
    const struct config *config;
    struct db *db;
    struct log *log;
    struct metrics *metrics;       /* NULL: nothing is counted */
    struct token_keys *token_keys; /* NULL: the settings' own, read where they are needed */
    const struct identity *caller; /* NULL: nobody is signed in */
    const char *request_id;        /* NULL outside a request */
    const char *route;             /* the id of the request's row; NULL: it has none */
    const char *trace_id;          /* of the trace that the request is part of; NULL: of none */
    const char *client_address;    /* the client's IP address; NULL: unknown, or no request */
    const char *client_agent;      /* what the client calls itself, UTF-8; NULL: it does not say */
    const char *within;            /* part of the input that is being looked at; NULL: all of it */
    int64_t now;                   /* microseconds since 1970 UTC, read once when the unit began */
    unsigned queries;              /* statements run so far */
    int64_t database_us;           /* time spent waiting for them */
    bool short_of_memory;          /* fail_memory() was called, whatever became of that error */
};

/*
 * Begins a unit of work. Any pointer may be NULL where the unit does not need it. Ends with
 * scope_end().
 */
void scope_begin(struct scope *scope, const struct config *config, struct db *db, struct log *log);

/* Gives back everything obtained meanwhile. */
void scope_end(struct scope *scope);

/*
 * Records an error and returns false, so that a caller can `return fail(...)`. The first error
 * wins: later ones are consequences. `format` makes the sentence for the caller; it must hold no
 * secret and nothing of the database's.
 */
bool fail(struct scope *scope, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Adds a field error (kind ERR_VALIDATION) and returns false; all of them are reported together, up
 * to FIELD_ERROR_MAX. With scope->within "operations[3].data", `field` "price" is named
 * "operations[3].data.price".
 */
bool fail_field(struct scope *scope, const char *field, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Marks the error just recorded as one whose writes are to be kept: a stolen token's family is
 * revoked although the answer is an error. Returns false.
 */
bool fail_and_keep(struct scope *scope);

/* fail() for memory that is not there. */
bool fail_memory(struct scope *scope);

/*
 * Adds what only the log may know to an error just recorded; returns false. The first detail wins.
 */
bool fail_detail(struct scope *scope, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Says which part of the input an error just recorded is about, such as "operations[3]", where it
 * has no fields; returns false.
 */
bool fail_within(struct scope *scope, const char *part);

/*
 * Takes over the error of a part of the work that had a scope of its own, but for its fields;
 * returns false. A part without an error has none to take over.
 */
bool fail_as(struct scope *scope, const struct scope *part);

/* Forgets the error, e.g. before a unit is run again. */
void scope_clear_error(struct scope *scope);

/* The arena's allocations, with fail_memory() already called where they give NULL. */
void *scope_alloc(struct scope *scope, size_t size);
char *scope_copy(struct scope *scope, const char *text, size_t length);
char *scope_format(struct scope *scope, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Claim: the caller is signed in and has this permission. */
bool scope_may(const struct scope *scope, const char *permission);

#endif
