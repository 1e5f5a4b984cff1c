/* placement.h - keeping a process on the processor that its PostgreSQL process runs on */
#ifndef KEEL_DB_PLACEMENT_H
#define KEEL_DB_PLACEMENT_H

#include <libpq-fe.h>
#include <sched.h>
#include <stdbool.h>

struct placement {
    unsigned units;     /* of work on this connection so far */
    bool known;         /* `allowed` was read */
    cpu_set_t allowed;  /* the processors that the operator left us */
    int processor_next; /* one more than the processor that we are on by choice; 0: none */
};

/*
 * A worker and its server process take turns, never at the same time. On one processor a turn costs
 * a context switch; on two it costs an interrupt to the other one and cold caches as well, about
 * twice as much in all (docs/ARCHITECTURE.md has the figures). Called once per unit of work; looks
 * now and then, and moves this process where the other one is, within the processors that it was
 * started with. Does nothing where the server is on another machine, behind a pooler or out of
 * sight.
 */
void placement_follow(struct placement *placement, PGconn *connection);

/* The text of /proc/PID/stat taken apart, see proc(5). False: that is not what it holds. */
bool placement_read(const char *stat, int *parent, int *processor);

#endif
