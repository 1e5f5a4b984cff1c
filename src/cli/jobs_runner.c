/* jobs_runner.c - `keelctl jobs run` and `keelctl jobs kinds`: carrying out what lies in the queue
 */
#include "jobs.h"

#include "arguments.h"
#include "keel/core/clock.h"
#include "keel/core/log.h"
#include "keel/core/metrics.h"
#include "keel/core/process.h"
#include "keel/core/text.h"
#include "keel/jobs/runner.h"
#include "keel/routes/modules.h"
#include "table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_MAX 31536000

/* "mail,imports": one after the other. */
static bool read_queues(struct cli *cli, struct runner_options *options)
{
    const char *rest, *piece, **queues;
    size_t length, count = 0;

    if (!arguments_value(cli, "--queue", &rest) || !rest)
        return cli->scope.error.kind == ERR_NONE;
    queues = scope_alloc(&cli->scope, (strlen(rest) + 1) * sizeof(const char *));
    while (queues && text_next(&rest, ',', &piece, &length)) {
        if (length == 0)
            return cli_misuse(cli, "--queue wants names with commas between them.");
        queues[count] = scope_copy(&cli->scope, piece, length);
        if (!queues[count++])
            return false;
    }
    options->queues = queues;
    options->queue_count = count;
    return queues != NULL;
}

static bool find_models(struct cli *cli, struct runner_options *options)
{
    const struct model **models =
        scope_alloc(&cli->scope, keel_modules.count * sizeof(const struct model *));

    if (!models)
        return false;
    for (size_t i = 0; i < keel_modules.count; i++) {
        if (keel_modules.list[i]->model)
            models[options->model_count++] = keel_modules.list[i]->model;
    }
    options->models = models;
    return true;
}

static bool read_options(struct cli *cli, struct runner_options *options)
{
    const struct config *config = &cli->config;

    *options = (struct runner_options){
        .kinds = job_kinds, .kind_count = job_kind_count, .processes = config->job_processes};
    options->once = arguments_flag(cli, "--once");
    /* What a pooler's session is told to listen to, nobody hears. */
    options->poll_only =
        arguments_flag(cli, "--poll-only") || !config->job_listen || !config->db_prepared;
    return arguments_number(cli, "--processes", 1, RUNNER_PROCESSES_MAX, &options->processes) &&
           arguments_number(cli, "--max-seconds", 1, SECONDS_MAX, &options->max_seconds) &&
           read_queues(cli, options) && arguments_end(cli) && find_models(cli, options);
}

static bool open_log(struct cli *cli, struct log *log)
{
    enum log_level level = LOG_LEVEL_INFO;

    (void)log_level_from_name(cli->config.log_level, &level);
    return log_open(log, cli->config.log, level) ||
           fail(&cli->scope, ERR_INTERNAL, "The log %s cannot be opened: %s", cli->config.log,
                strerror(errno));
}

/*
 * So that whoever watches the node sees whether a runner is there. Workers make the file: one made
 * here would be root's where root calls this, and keep them from starting.
 */
static struct metrics *enter_metrics(struct cli *cli)
{
    const char *path = cli->config.metrics_file;
    struct metrics *metrics = NULL;

    if (*path == '\0' || access(path, R_OK | W_OK) != 0)
        return NULL;
    if (!metrics_open(path, NULL, 0, &metrics))
        log_write(cli->scope.log, LOG_LEVEL_WARN, "The metrics' file %s cannot be used: %s", path,
                  strerror(errno));
    metrics_enter(metrics, "jobs", clock_now_us());
    return metrics;
}

bool jobs_run_runner(struct cli *cli)
{
    struct runner_options options;
    struct metrics *metrics;
    struct log log;

    if (!read_options(cli, &options))
        return false;
    if (!*cli->config.database_url)
        return fail(&cli->scope, ERR_UNAVAILABLE,
                    "No database is configured: set KEEL_DATABASE_URL, or name a file that has it "
                    "in KEEL_CONFIG.");
    if (!process_prepare())
        return fail(&cli->scope, ERR_INTERNAL, "The process cannot be made safe: %s",
                    strerror(errno));
    if (!open_log(cli, &log))
        return false;
    cli->scope.log = &log;
    metrics = enter_metrics(cli);
    bool done = runner_run(&cli->scope, &options);

    metrics_leave(metrics, METRICS_END_TOLD);
    metrics_close(metrics);
    cli->scope.log = NULL;
    log_close(&log);
    return done;
}

bool jobs_run_kinds(struct cli *cli)
{
    static const char *const headings[] = {"KIND", "ATTEMPTS", "TIMEOUT", "BACKOFF", "WHAT", NULL};
    struct table table;

    if (!arguments_end(cli))
        return false;
    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < job_kind_count; i++) {
        const struct job_kind *kind = &job_kinds[i];
        const char *const cells[] = {kind->name, scope_format(&cli->scope, "%d", kind->attempts),
                                     scope_format(&cli->scope, "%d s", kind->timeout_s),
                                     scope_format(&cli->scope, "%d s", kind->backoff_s),
                                     kind->summary};

        if (!cells[1] || !cells[2] || !cells[3] || !table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}
