/* replica.h - a streaming standby of the temporary cluster */
#ifndef KEEL_TESTS_SUPPORT_REPLICA_H
#define KEEL_TESTS_SUPPORT_REPLICA_H

#include "folder.h"

struct replica {
    char folder[FOLDER_PATH_SIZE]; /* where its socket is; the port is the cluster's */
};

/* Copies the cluster, starts the copy and waits until it can be read. */
void replica_make(struct replica *replica);
void replica_remove(struct replica *replica);

/* "stop" without a word to anybody, "start", "promote": waits until it is done. */
void replica_control(const struct replica *replica, const char *command);

/* Runs a statement on it, in a database; its first value (malloc'ed, "" for none). */
char *replica_ask(const struct replica *replica, const char *database, const char *statement);

#endif
