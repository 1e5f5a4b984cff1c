/* jobs.h - the forms of `keelctl jobs` that stand in files of their own */
#ifndef KEEL_CLI_JOBS_H
#define KEEL_CLI_JOBS_H

#include "cli.h"

/* Takes the next word as a job's id; misuse where there is none. */
bool jobs_next_id(struct cli *cli, int64_t *id);

bool jobs_run_runner(struct cli *cli);
bool jobs_run_kinds(struct cli *cli);
bool jobs_run_list(struct cli *cli);
bool jobs_run_show(struct cli *cli);
bool jobs_run_stats(struct cli *cli);
bool jobs_run_queues(struct cli *cli);
bool jobs_run_queue(struct cli *cli);

#endif
