/* jobs_queues.c - `keelctl jobs queues` and `keelctl jobs queue` */
#include "jobs.h"

#include "arguments.h"
#include "keel/db/db.h"
#include "keel/services/jobs.h"
#include "sql.h"
#include "table.h"

#define RUNNING_MAX 1000

bool jobs_run_queues(struct cli *cli)
{
    static const char *const headings[] = {"QUEUE", "AT MOST", "STATE", "QUEUED", "RUNNING", NULL};
    struct rows rows;

    return arguments_end(cli) && cli_connect(cli) &&
           db_query(&cli->scope, &sql_jobs_list_queues, NO_PARAMS, &rows) &&
           table_print_rows(cli, headings, &rows);
}

/* What is to be changed; NULL leaves alone. */
struct change {
    const char *name;
    const char *bound;
    bool unbounded;
    const char *paused;
};

static bool read_change(struct cli *cli, struct change *change)
{
    bool pauses = arguments_flag(cli, "--pause"), resumes = arguments_flag(cli, "--resume");
    int64_t bound = 0;

    *change = (struct change){.unbounded = arguments_flag(cli, "--unbounded")};
    if (!arguments_number(cli, "--max-running", 1, RUNNING_MAX, &bound))
        return false;
    change->name = arguments_next(cli);
    if (!change->name)
        return cli_misuse(cli, "Say which queue.");
    if ((pauses && resumes) || (bound && change->unbounded) ||
        !(pauses || resumes || bound || change->unbounded))
        return cli_misuse(cli, "Say --max-running N or --unbounded, --pause or --resume.");
    if (pauses || resumes)
        change->paused = param_bool(pauses);
    if (bound)
        change->bound = param_int(&cli->scope, bound);
    return arguments_end(cli);
}

bool jobs_run_queue(struct cli *cli)
{
    struct change change;
    struct rows rows;

    return read_change(cli, &change) && cli_connect(cli) &&
           db_query(&cli->scope, &sql_jobs_set_queue,
                    PARAMS(change.name, change.bound, param_bool(change.unbounded), change.paused),
                    &rows) &&
           cli_print_format(cli, "The queue %s was changed.\n", change.name);
}
