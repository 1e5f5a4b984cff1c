/* spool.h - files below the setting upload_folder, which only this user may read */
#ifndef KEEL_HTTP_SPOOL_H
#define KEEL_HTTP_SPOOL_H

#include "keel/core/scope.h"

/*
 * Makes a file and opens it for reading and writing; `*path` is in the scope's arena. Fails with
 * ERR_UNAVAILABLE where the disk is full or no folder is set, else with ERR_INTERNAL.
 */
bool spool_create(struct scope *scope, const char **path, int *fd);

/* Writes all of it. Fails as spool_create() does. */
bool spool_write(struct scope *scope, int fd, const char *bytes, size_t size);

/* Records what errno says of a `step` that failed ("sync"). Returns false. */
bool spool_fail(struct scope *scope, const char *step);

#endif
