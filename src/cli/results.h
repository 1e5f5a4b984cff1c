/* results.h - what the last runs of the tests gave, and how many a change added */
#ifndef KEEL_CLI_RESULTS_H
#define KEEL_CLI_RESULTS_H

#include "git.h"

/* What stands in a checkout and in the file that tests/run writes to KEEL_RESULTS. */
struct results {
    const char *source; /* the checkout */
    const char *text;   /* lines "api/orders_test passed failed skipped time"; NULL: no file */
};

/*
 * `path` NULL: build/test-results below the checkout. A file that is not there is no error: then
 * nothing was run.
 */
bool results_open(struct scope *scope, const char *source, const char *path,
                  struct results *results);

/* How a program's newest run ended. */
struct test_run {
    bool is_known; /* it was run, and its source has not changed since */
    int64_t passed, failed;
};
struct test_run results_find(struct scope *scope, const struct results *results, const char *file);

/* How many test cases a source has. */
size_t results_count_cases(const char *text);

/* How many cases the changes added, and how the programs that they are in ended. */
struct test_sum {
    size_t added;
    size_t files;
    size_t unknown; /* files that were not run since they were changed */
    int64_t failed;
};

/* Of the test sources among the changes, or of those that `wants` picks out of them. */
bool results_sum(struct scope *scope, const struct results *results,
                 const struct git_changes *changes,
                 bool (*wants)(const char *path, const char *text, const void *context),
                 const void *context, struct test_sum *sum);

/* "all passing", or why that cannot be said. NULL: no memory. */
const char *results_state(struct scope *scope, const struct test_sum *sum);

#endif
