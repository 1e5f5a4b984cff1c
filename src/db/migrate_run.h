/* migrate_run.h - runs the statements of one migration file and says where one fails */
#ifndef KEEL_DB_MIGRATE_RUN_H
#define KEEL_DB_MIGRATE_RUN_H

#include "keel/core/scope.h"

struct migrate_script {
    const char *file;
    const char *text;
    bool in_transaction; /* the caller has opened one: the script may not end it */
};

/*
 * Runs the script on scope->db, for as long as it takes: the deadline for requests does not hold
 * here. Fails with ERR_CONFLICT and "file:line: what the server said", or ERR_UNAVAILABLE when the
 * connection broke.
 */
bool migrate_run(struct scope *scope, const struct migrate_script *script);

#endif
