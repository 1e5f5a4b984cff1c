/* exchange.h - one request on its way through the stages, with everything it may use */
#ifndef KEEL_HTTP_EXCHANGE_H
#define KEEL_HTTP_EXCHANGE_H

#include "keel/core/config.h"
#include "keel/core/log.h"
#include "keel/core/notify.h"
#include "keel/db/db.h"
#include "keel/http/request.h"
#include "keel/http/response.h"
#include "keel/http/route.h"
#include "keel/http/stream.h"
#include "keel/http/upload.h"
#include "keel/model/bulk.h"
#include "keel/model/input.h"

struct limiter;
struct metrics;
struct standby;
struct token_keys;

/* What a process has once; lives on main's stack. */
struct app {
    struct config config;
    struct log log;
    struct notify notify; /* whoever supervises this process */
    struct db *db;
    struct standby *standby;       /* NULL: all reads go to `db` */
    struct limiter *limiter;       /* NULL: no rate limits */
    struct metrics *metrics;       /* NULL: nothing is counted */
    struct token_keys *token_keys; /* NULL: as in struct scope */
    struct modules modules;
    bool short_of_memory; /* a request found none; fastcgi_serve() asks and forgets */
};

/*
 * What the audit log is to say of a write beyond what its row, its caller and its body tell; noted
 * by the handler.
 */
struct audit_note {
    const char *table;   /* of the row that it was about; NULL: the one that the path names */
    int64_t row_id;      /* 0: no single one */
    const char *changes; /* as JSON, see model/changes.h; NULL: what the body says */
    int64_t user_id;     /* who it was, where nobody is signed in yet: at a login; 0: unknown */
    int64_t session_id;
};

struct exchange {
    struct app *app;
    struct transport *transport;
    struct scope scope;
    struct request request;
    struct match match;           /* module, row and path values */
    const struct route *route;    /* match.route; NULL until found */
    bool is_monitor;              /* may read a ROUTE_MONITOR row without being signed in */
    struct input input;           /* the decoded body, where the row names a model */
    const char *idempotency_hash; /* of what is asked, where an Idempotency-Key counts; else NULL */
    struct bulk bulk;             /* the decoded body of a ROUTE_BULK row */
    struct upload upload;         /* the body of a row with uploads */
    struct audit_note audit;
    struct response response;
    struct stream stream; /* an answer that is written piece by piece instead */
};

#endif
