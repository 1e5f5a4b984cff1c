/* audit.h - the log of who did what to which row: added to with each write, read, and purged */
#ifndef KEEL_SERVICES_AUDIT_H
#define KEEL_SERVICES_AUDIT_H

#include "keel/model/model.h"

/* One entry, as it is listed. */
struct audit_entry {
    int64_t id;
    struct instant at;
    struct maybe_int user_id;
    struct maybe_int session_id;
    struct maybe_int api_key_id;
    const char *route;
    const char *method;
    int64_t status;
    const char *table_name;
    struct maybe_int row_id;
    struct json_text changes;
    const char *address;
    const char *request_id;
};

extern const struct model audit_model;

/* What a request did, and for whom; an id that is 0 is none. */
struct audit_act {
    int64_t user_id, session_id, api_key_id;
    const char *route;
    const char *method;
    int status;
    const char *table; /* NULL: no row of a table was written */
};

/* A row that was written. */
struct audit_row {
    int64_t id;          /* 0: not known, or none */
    const char *changes; /* as JSON, without secrets (model/changes.h); NULL: nothing to be told */
};

/*
 * Adds an entry for each row, at least one, in one statement. Address and request id are the
 * scope's. Belongs into the transaction that wrote the rows.
 */
bool audit_add(struct scope *scope, const struct audit_act *act, const struct audit_row *rows,
               size_t count);

/*
 * Removes some of what is older than `days` days, as the application may: never what is younger
 * than the schema says (migration audit_trim). `*is_done`: there is no more of it. ERR_FORBIDDEN
 * for a role that may not add to the log, or that came later than the right to do this.
 */
bool audit_trim(struct scope *scope, int64_t days, int64_t *removed, bool *is_done);

/*
 * Removes what is older than `days` days, in statements that are transactions of their own unless
 * the caller has one open; `*removed` counts. ERR_FORBIDDEN for all but the owner of the schema,
 * the application among them.
 */
bool audit_purge(struct scope *scope, int64_t days, int64_t *removed);

#endif
