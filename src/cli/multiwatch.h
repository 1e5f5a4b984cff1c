/* multiwatch.h - workers that multiwatch keeps alive: who they are, and how one is replaced */
#ifndef KEEL_CLI_MULTIWATCH_H
#define KEEL_CLI_MULTIWATCH_H

#include "keel/core/scope.h"

#include <sys/types.h>

#define MULTIWATCH_WORKERS_MAX 1024

struct multiwatch {
    const char *file; /* its pid file */
    pid_t pid;
    pid_t workers[MULTIWATCH_WORKERS_MAX];
    size_t count;
};

/*
 * The multiwatch of a pid file, "PID" or "PID START" (its start time, field 22 of /proc/PID/stat),
 * and its workers. Fails with ERR_NOT_FOUND where that very process is not there.
 */
bool multiwatch_open(struct scope *scope, const char *file, struct multiwatch *watch);

/*
 * Ends one of its workers by SIGTERM and waits until another one has taken its place and stays.
 * `patience_s`: how long a worker may take to end before it is killed. Fails where it may not, or
 * where the new one does not stay up.
 */
bool multiwatch_replace(struct scope *scope, const struct multiwatch *watch, pid_t worker,
                        int64_t patience_s);

#endif
