/* runner.h - runners of jobs as processes of their own, with kinds that tests need */
#ifndef KEEL_TESTS_SUPPORT_RUNNER_H
#define KEEL_TESTS_SUPPORT_RUNNER_H

#include "database.h"
#include "keel/jobs/runner.h"

#include <sys/types.h>

/*
 * What tests have done, in tables that test_runner_make() adds:
 *   mark      inserts args.key into `marks`, which has each key once
 *   long      args.batches transactions of args.ms each into `marks`, resumed where it stopped
 *   alone     JOB_LONG; writes into `seen_active` how many of it ran at once, args.ms each
 *   sleep     args.ms in the transaction, heeding nobody
 *   wait      until it is told to end
 *   fail      inserts a mark, then fails
 *   crash     SIGSEGV while it failed less than args.times; then as mark
 *   leave     ends its process with status 3
 *   size      its result says how many bytes its arguments had
 *   broken    gives a result that is no JSON
 */
extern const struct job_kind test_kinds[];
extern const size_t test_kind_count;

/* Setup and teardown for cmocka: a migrated database with those tables; *state as in database.h. */
int test_runner_make(void **state);
int test_runner_drop(void **state);

/* The kinds above, and two processes. */
struct runner_options test_runner_options(void);

/* Begins a runner; what it logs is in the file that KEEL_TEST_LOG names. */
pid_t test_runner_start(const struct test_database *database, const struct runner_options *options);

/* Sends the signal (0: none) and waits. The exit status, or 128 and the signal that ended it. */
int test_runner_end(pid_t runner, int signal_number);

/* A runner that ends when nothing is due; it must do so well. */
void test_runner_once(const struct test_database *database, struct runner_options options);

/* Orders a job with these arguments; its id. */
int64_t test_runner_order(struct test_database *database, const char *kind, const char *args);

/* Waits, up to so many seconds, until the statement's first value is this one. */
void test_runner_until(const struct test_database *database, int seconds, const char *statement,
                       const char *value);

#endif
