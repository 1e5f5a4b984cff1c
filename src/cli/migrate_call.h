/* migrate_call.h - what the forms of `keelctl migrate` share */
#ifndef KEEL_CLI_MIGRATE_CALL_H
#define KEEL_CLI_MIGRATE_CALL_H

#include "cli.h"
#include "keel/db/catalog.h"
#include "keel/db/migrate.h"

struct migrate_call {
    struct cli *cli;
    const char *folder; /* from --dir; NULL: the migrations in the program */
    bool dry_run;
    int64_t wait_s; /* for the lock */
    struct migration_set set;

    /* while migrations run (migrate_report.c) */
    struct catalog before;
    size_t reported;
};

/* Where a migration's files are, for messages. */
const char *migrate_call_folder(const struct migrate_call *call);

/* "0003_items" */
const char *migrate_label(struct scope *scope, int64_t version, const char *name);

/* "42 ms", "1.7 s" */
const char *migrate_duration(struct scope *scope, int64_t us);

/* The observer that prints one report per migration; `call` is its context. */
struct migrate_observer migrate_reporter(struct migrate_call *call);

bool migrate_status(struct migrate_call *call);
bool migrate_history(struct migrate_call *call);
bool migrate_new(struct migrate_call *call);

#endif
