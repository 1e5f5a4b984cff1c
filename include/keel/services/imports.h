/* imports.h - rows from files: ordered with the caller's transaction, looked at, cancelled, swept
 */
#ifndef KEEL_SERVICES_IMPORTS_H
#define KEEL_SERVICES_IMPORTS_H

#include "keel/core/stream.h"
#include "keel/db/db.h"
#include "keel/model/model.h"

/* The imports, as GET /imports and GET /imports/{id} show them. */
extern const struct model import_model;

/* What each may be; the first is meant where nobody says. The format has no such. */
#define IMPORT_FORMATS   "csv|ndjson"
#define IMPORT_MODES     "all_or_nothing|best_effort"
#define IMPORT_CONFLICTS "error|skip|update"

/* The kind of job that an import is carried out by; its argument is {"import": id}. */
#define IMPORT_JOB "import"

struct import_order {
    const char *resource;    /* the model's plural */
    const char *file;        /* its path, which has to be the same for whoever runs the job */
    int64_t bytes;           /* of the file */
    bool is_upload;          /* the file is the import's own and goes with it */
    const char *format;      /* one of IMPORT_FORMATS */
    const char *mode;        /* of IMPORT_MODES; NULL: the first */
    const char *on_conflict; /* of IMPORT_CONFLICTS: a row with this id is there; NULL: the first */
    bool dry_run;            /* everything is checked, nothing is kept */
    bool at_once;            /* the caller carries it out itself: no job is ordered */
    int64_t user_id;         /* for whom, to be seen in lists; 0: nobody */
};

/*
 * Claim: rows of the model may come from files: those that somebody may add one by one, by a body
 * with nothing in it that a file cannot have.
 */
bool imports_fit(const struct model *model);

/* Claim: `value` is one of the "a|b|c" above. */
bool import_takes(const char *choices, const char *value);

/*
 * Adds the import and the job that carries it out, in the caller's transaction. ERR_VALIDATION, by
 * the names of the members, for what is no choice; else fails as db_query() does.
 */
bool imports_create(struct scope *scope, const struct import_order *order, int64_t *id);

/*
 * One that waits is cancelled at once. One that runs ends soon: of best_effort what is written
 * stays, of all_or_nothing nothing is. ERR_NOT_FOUND for no such import, ERR_CONFLICT for one that
 * is finished.
 */
bool imports_cancel(struct scope *scope, int64_t id);

/*
 * Writes the refused rows as CSV in the order of the file: line, column, code, message, value; some
 * at a time, in memory that does not grow with them. Fails as db_query() does, or with what the
 * sink recorded. Whether there is such an import, the caller finds out.
 */
bool imports_write_rejects(struct scope *scope, int64_t id, struct sink sink);

/* What a sweep took away. */
struct import_sweep {
    int64_t imports; /* finished ones that are old */
    int64_t files;   /* uploads that nobody needs any more */
};

/*
 * Forgets finished imports that are older than the setting import_keep_s, with the rows they
 * refused; ends those that a job left unfinished a day ago, or keelctl as long ago as that setting;
 * removes uploads that no import needs.
 */
bool imports_sweep(struct scope *scope, struct import_sweep *sweep);

#endif
