/* pooler.h - a PgBouncer in transaction mode in front of a PostgreSQL server */
#ifndef KEEL_TESTS_SUPPORT_POOLER_H
#define KEEL_TESTS_SUPPORT_POOLER_H

#include "folder.h"

#include <sys/types.h>

/* What it leads to. */
struct pooler_target {
    const char *host;
    const char *port;
    const char *user; /* of the server and of those who connect, who are asked for no password */
    const char *password;
    const char *database;
    int connections; /* to the server, for all clients */
};

struct pooler {
    char folder[FOLDER_PATH_SIZE]; /* where its socket is; the port is 6432 */
    pid_t pid;
};

/* Starts one where every user of this machine may connect; `database` is what it is called there.
 */
void pooler_open(struct pooler *pooler, const char *database, const struct pooler_target *target);

/*
 * In front of the temporary cluster, with a single server connection for all clients, so that what
 * one leaves in its session the next one meets. `database` is what it is called, `target` what it
 * leads to.
 */
void pooler_start(struct pooler *pooler, const char *database, const char *target);
void pooler_stop(struct pooler *pooler);

/* Ends it and lets it run again, at the same place. */
void pooler_halt(struct pooler *pooler);
void pooler_run(struct pooler *pooler);

#endif
