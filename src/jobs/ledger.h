/* ledger.h - what the runner says to the table of jobs: mine, still mine, done */
#ifndef KEEL_JOBS_LEDGER_H
#define KEEL_JOBS_LEDGER_H

#include "keel/db/db.h"
#include "keel/jobs/runner.h"
#include "task.h"

struct ledger {
    const struct runner_options *options;
    const char *runner; /* in the rows */
    const char *lease;  /* seconds */
    const char *kinds;  /* PostgreSQL's text of the names */
    const char *queues; /* the same; NULL: all */
    bool has_bounds;    /* some queue has a bound, when last looked */
};

/* Makes its texts in the scope, which must outlive it. Fails for memory only. */
bool ledger_open(struct scope *scope, const struct runner_options *options, const char *runner,
                 struct ledger *ledger);

/*
 * Each in a scope of its own that is connected; they fail as db_query() does.
 *
 * Claims up to `count` jobs, behind those that are in the list, best first. `*found` counts.
 */
bool ledger_claim(struct scope *scope, struct ledger *ledger, size_t count, struct task_list *tasks,
                  size_t *found);

/* Looks whether queues have bounds. */
bool ledger_look(struct scope *scope, struct ledger *ledger);

/* Says how these ended, and which of them were not ours any more to the log. Empties the list. */
bool ledger_settle(struct scope *scope, const struct ledger *ledger, struct task_list *ended);

/* Puts back, or ends, what other runners have left behind; `*found` counts. */
bool ledger_expire(struct scope *scope, const struct ledger *ledger, int64_t *found);

/* A job in hand, whose lease is renewed. */
struct holding {
    int64_t id;
    int attempt;
    int progress;     /* ten-thousandths; -1: not known */
    bool is_ours;     /* set by the renewal */
    bool is_unwanted; /* the same: somebody has cancelled it */
};

bool ledger_renew(struct scope *scope, const struct ledger *ledger, struct holding *holdings,
                  size_t count);

#endif
