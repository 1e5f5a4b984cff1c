/* route.h - the handler table: one row says everything about an endpoint */
#ifndef KEEL_HTTP_ROUTE_H
#define KEEL_HTTP_ROUTE_H

#include "keel/http/request.h"
#include "keel/model/parameter.h"

struct exchange;

/*
 * Who may call it. Zero is refused at start: forgetting is an error, never an open door. Signed in
 * is who has an access token: an API key, which lies in files of programs, must not reach what
 * makes sessions, passwords and keys. ACCESS_ACCOUNT lets it in too; so does ACCESS_PERMISSION,
 * where the permission is among its scopes.
 */
enum access { ACCESS_UNSET, ACCESS_PUBLIC, ACCESS_ACCOUNT, ACCESS_SIGNED_IN, ACCESS_PERMISSION };

/*
 * Which bucket of the client's a call is taken from. Zero is refused at start. RATE_AUTH is for
 * what hands out or checks secrets: no answer of such a row is ever kept.
 */
enum rate_class { RATE_UNSET, RATE_FREE, RATE_READ, RATE_WRITE, RATE_AUTH, RATE_CLASS_COUNT };

enum route_flag {
    ROUTE_ANY_QUERY = 1 << 0,   /* unknown query parameters are let pass (probes add their own) */
    ROUTE_NO_DATABASE = 1 << 1, /* answers without a connection */
    ROUTE_NO_TRANSACTION = 1 << 2, /* a write that opens none, e.g. as it computes for long */
    ROUTE_NO_CREDENTIALS = 1 << 3, /* Authorization is not looked at (login with an old token) */
    ROUTE_LIST = 1 << 4,           /* takes the parameters of its reply model's lists, or exports */
    ROUTE_MAY_OMIT_BODY = 1 << 6,  /* no body reads as {} */
    /*
     * A POST whose body is {"operations": [...]} on rows of its body model, which is CREATE |
     * UPDATE, and whose reply says what became of each; no reply model. Both shapes: model/bulk.h.
     */
    ROUTE_BULK = 1 << 5,
    ROUTE_LOCATION = 1 << 7, /* a success names the new row's address, as that of crud_create */
    /*
     * A GET for monitoring systems. Who asks from a network of the setting metrics_networks, or
     * with the metrics_token, needs neither the row's permission nor a database that answers.
     */
    ROUTE_MONITOR = 1 << 8,
    ROUTE_MAY_BE_STALE = 1 << 9, /* a GET that a standby may answer, by what it knew a moment ago */
};

/* What may keep an answer of a GET; an answer to somebody signed in is never kept by others. */
enum cache {
    CACHE_NONE,    /* nobody: no-store */
    CACHE_CHECK,   /* whoever asks again with If-None-Match before each use: no-cache */
    CACHE_PUBLIC,  /* the same, and the web server for a moment where its configuration says so */
    CACHE_MINUTES, /* anybody for five minutes without asking: public, and seldom another */
};

/* A body or a reply: which columns of which model. A NULL model is none: data is then null. */
struct shape {
    const struct model *model;
    unsigned use; /* enum column_use */
};

/* A format of uploads or of streamed answers, as a query and as headers call it. */
struct media {
    const char *format; /* "csv" */
    const char *type;   /* "text/csv" */
};

/* A query parameter beyond those that the row takes by its kind, see route_parameters(). */
struct query_parameter {
    const char *name;
    const char *doc;
    const char
        *choices; /* all that it may be, "a|b|c", the first where it is not given; NULL: any */
};

struct route {
    const char *id; /* "items.get": unique, for logs and documents */
    enum method method;
    const char *path; /* below the base; {id} is a positive 64-bit integer, other {name}s texts */
    bool (*handler)(struct exchange *exchange);
    enum access access;
    const char *permission; /* ACCESS_PERMISSION only */
    enum rate_class rate;
    struct shape body;
    const struct query_parameter *query; /* ends with a NULL name; NULL: none */
    struct shape reply;
    int success;            /* status of success */
    int discreet;           /* of one that tells nothing, data null, by a setting; 0: none */
    const char *message;    /* what a success says; NULL: nothing */
    const char *media_type; /* a success is a document of this type, in no envelope; NULL: it is */
    /* What a body may be that is streamed to a file; ends with a NULL type. NULL: it is not. */
    const struct media *uploads;
    /* What a success may be that is streamed out of one transaction, likewise. */
    const struct media *streams;
    unsigned errors;         /* ERROR_BIT()s that the handler adds to what the row implies */
    unsigned flags;          /* enum route_flag */
    int64_t body_limit;      /* bytes; 0: the setting max_body_bytes */
    enum cache cache;        /* of a GET */
    const char *see_deleted; /* ROUTE_LIST: permission for `deleted`; NULL: nobody has it */
    const char *summary;     /* one line for documents */
};

#define ERROR_BIT(kind) (1u << (kind))

/* The routes and models of one resource. */
struct module {
    const char *name;
    const char *doc; /* one sentence, for documents */
    const struct route *routes;
    size_t route_count;
    const struct model *model; /* NULL: it has none */
};

#define ROUTES(array) .routes = (array), .route_count = sizeof(array) / sizeof((array)[0])

struct modules {
    const struct module *const *list;
    size_t count;
};

/* What a path's {names} stood for, in order. */
#define ROUTE_PARAMETER_MAX 4
struct path_values {
    const char *text[ROUTE_PARAMETER_MAX];
    int64_t id; /* of {id}; 0: the path has none */
};

/* What a request was found to be. */
struct match {
    const struct module *module;
    const struct route *route; /* NULL: nothing is there for this method */
    size_t number;             /* of the row in the whole table, from 0 */
    struct path_values values;
    unsigned allowed; /* methods that the path knows, as 1u << GET ...; 0: no such path */
};

/* The row for the request's path and method, or what the path would have answered to. */
struct match route_find(struct modules modules, const struct request *request);

/*
 * Every error a row can give: what it declares and what it implies (a body can be malformed, a rate
 * exceeded ...).
 */
unsigned route_errors(const struct route *route);

/*
 * Claim: a GET of one row of a table. It takes `fields` and `include` without saying so: its
 * handler answers by crud_get(), which reads them.
 */
bool route_selects(const struct route *route);

/* Adds every query parameter that the row takes. */
bool route_parameters(struct scope *scope, const struct route *route,
                      struct parameters *parameters);

/*
 * Claim: a request may carry an Idempotency-Key, so that it can be repeated safely. Those that add
 * something or take a step (POST) in a transaction, signed in, as a key counts per account; not
 * those around signing in, whose answers hold secrets and must not be kept.
 */
bool route_takes_idempotency_key(const struct route *route);

/* Visible ASCII characters that such a key has at most. */
#define IDEMPOTENCY_KEY_MAX 255

/*
 * Claim: a success has an ETag, so that GET honours If-None-Match. It is the version of the row
 * that it shows, or stands for the content of a document that may be kept.
 */
bool route_has_etag(const struct route *route);

/*
 * Refuses a table with a forgotten access or rate, two rows for one path, a body without a model
 * and so on; names the row. ERR_INTERNAL.
 */
bool routes_check(struct scope *scope, struct modules modules);

#endif
