/* migrate_lock.h - one migrator at a time */
#ifndef KEEL_DB_MIGRATE_LOCK_H
#define KEEL_DB_MIGRATE_LOCK_H

#include "keel/core/scope.h"

/*
 * Takes the lock for this session, polling for at most `wait_s` seconds (0: one look). Fails with
 * ERR_CONFLICT saying who has it.
 */
bool migrate_lock(struct scope *scope, int wait_s);

/* Gives it back, whatever the scope has come to. */
void migrate_unlock(struct scope *scope);

/* Runs a script although the scope may have failed. The end of the session would do the same. */
void migrate_quietly(struct scope *scope, const char *name, const char *text);

#endif
