/* jobs.c - `keelctl jobs`: what is done in the background is ordered, run again, taken back */
#include "commands.h"

#include "arguments.h"
#include "forms.h"
#include "jobs.h"
#include "keel/core/json.h"
#include "keel/core/text.h"
#include "keel/jobs/job.h"
#include "keel/services/jobs.h"

#include <inttypes.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

bool jobs_next_id(struct cli *cli, int64_t *id)
{
    const char *word = arguments_next(cli);

    return (word && text_to_int(word, strlen(word), id) && *id > 0) ||
           cli_misuse(cli, "Say which job: its number.");
}

/* One that nobody runs would lie there for ever. */
static bool check_kind(struct cli *cli, const char *kind)
{
    const char *names = "";

    for (size_t i = 0; i < job_kind_count; i++) {
        if (strcmp(job_kinds[i].name, kind) == 0)
            return true;
        names = scope_format(&cli->scope, "%s%s%s", names, i ? ", " : "", job_kinds[i].name);
        if (!names)
            return false;
    }
    return cli_misuse(cli, "There is no kind of job %s, but %s.", kind, names);
}

/* Here, with a sentence about its place, rather than by the database. */
static bool check_args(struct cli *cli, const char *args)
{
    struct json_object *ignored;

    cli->misused = !json_parse(&cli->scope, args, strlen(args), &ignored);
    return !cli->misused &&
           (args[strspn(args, " \t\r\n")] == '{' ||
            cli_misuse(cli, "The arguments of a job are a JSON object, such as '{\"id\": 7}'."));
}

static bool read_order(struct cli *cli, struct job_order *order)
{
    int64_t priority = 0, seconds = 0;

    *order = (struct job_order){0};
    if (!arguments_value(cli, "--queue", &order->queue) ||
        !arguments_value(cli, "--unique", &order->unique_key) ||
        !arguments_number(cli, "--priority", -JOB_PRIORITY_MAX, JOB_PRIORITY_MAX, &priority) ||
        !arguments_number(cli, "--in", 0, JOB_SNOOZE_MAX, &seconds))
        return false;
    order->kind = arguments_next(cli);
    if (!order->kind)
        return cli_misuse(cli, "Say what kind of job.");
    order->args = arguments_next(cli);
    order->priority = (int)priority;
    order->run_at = seconds ? cli->scope.now + seconds * SECOND_US : 0;
    return arguments_end(cli) && check_kind(cli, order->kind) &&
           (!order->args || check_args(cli, order->args));
}

static bool run_enqueue(struct cli *cli)
{
    struct job_order order;
    bool is_new;
    int64_t id;

    return read_order(cli, &order) && cli_connect(cli) &&
           jobs_enqueue(&cli->scope, &order, &id, &is_new) &&
           cli_print_format(cli,
                            is_new ? "Job %" PRId64 " was enqueued.\n"
                                   : "Job %" PRId64 " has this key and is not over: none was "
                                     "enqueued.\n",
                            id);
}

static bool retry_one(struct cli *cli)
{
    int64_t id = 0;

    return jobs_next_id(cli, &id) && arguments_end(cli) && cli_connect(cli) &&
           jobs_retry(&cli->scope, id) &&
           cli_print_format(cli, "Job %" PRId64 " is due now.\n", id);
}

static bool retry_failed(struct cli *cli)
{
    const char *kind;
    int64_t count;

    return arguments_value(cli, "--kind", &kind) && arguments_end(cli) && cli_connect(cli) &&
           jobs_retry_failed(&cli->scope, kind, &count) &&
           cli_print_format(cli, "%" PRId64 " %s due now.\n", count,
                            count == 1 ? "job is" : "jobs are");
}

static bool run_retry(struct cli *cli)
{
    return arguments_flag(cli, "--all-failed") ? retry_failed(cli) : retry_one(cli);
}

static bool run_cancel(struct cli *cli)
{
    int64_t id = 0;

    return jobs_next_id(cli, &id) && arguments_end(cli) && cli_connect(cli) &&
           jobs_cancel(&cli->scope, id) &&
           cli_print_format(cli, "Job %" PRId64 " is cancelled, or ends soon where it runs.\n", id);
}

static bool run_snooze(struct cli *cli)
{
    int64_t id = 0, seconds;

    if (!jobs_next_id(cli, &id))
        return false;
    const char *word = arguments_next(cli);

    if (!word || !text_to_int(word, strlen(word), &seconds) || seconds < 0 ||
        seconds > JOB_SNOOZE_MAX)
        return cli_misuse(cli, "Say for how many seconds, 0 to %d.", JOB_SNOOZE_MAX);
    return arguments_end(cli) && cli_connect(cli) && jobs_snooze(&cli->scope, id, seconds) &&
           cli_print_format(cli, "Job %" PRId64 " is due in %" PRId64 " seconds.\n", id, seconds);
}

static bool run(struct cli *cli)
{
    static const struct form forms[] = {
        {"run", jobs_run_runner},    {"kinds", jobs_run_kinds}, {"list", jobs_run_list},
        {"show", jobs_run_show},     {"enqueue", run_enqueue},  {"retry", run_retry},
        {"cancel", run_cancel},      {"snooze", run_snooze},    {"stats", jobs_run_stats},
        {"queues", jobs_run_queues}, {"queue", jobs_run_queue},
    };

    return FORMS_RUN(cli, "jobs", forms);
}

const struct command jobs_command = {
    .name = "jobs",
    .run = run,
    .usage = "run [--processes N] [--once] [--max-seconds N] [--poll-only] [--queue NAME,...]\n"
             "kinds\n"
             "list [--state STATE] [--kind KIND] [--queue NAME] [--limit N]\n"
             "show ID [--json]\n"
             "enqueue KIND [ARGS] [--queue NAME] [--priority N] [--in SECONDS] [--unique KEY]\n"
             "retry ID | --all-failed [--kind KIND]\n"
             "cancel ID\n"
             "snooze ID SECONDS\n"
             "stats\n"
             "queues\n"
             "queue NAME [--max-running N | --unbounded] [--pause | --resume]",
    .summary = "Does what is to be done in the background; shows it, orders it, takes it back",
};
