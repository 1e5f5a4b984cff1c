/* workers.c - `keelctl workers`: replaces them one by one, without a failed request */
#include "commands.h"

#include "arguments.h"
#include "multiwatch.h"
#include "program.h"

#include <string.h>
#include <unistd.h>

/* Beyond the time that a request may take: what a worker needs to end after its last one. */
#define END_EXTRA_S 5

#define POOLS_MAX 16
#define UNITS_MAX 1024

/* Where deploy/spawn-fcgi/keel-workers leaves them. */
static const char *const usual_files[] = {"/run/keel/workers.pid", "/run/keel/auth.pid"};

/* Pid files of multiwatch; none of them means systemd. */
struct supervisors {
    const char *files[POOLS_MAX];
    size_t count;
};

static bool find_supervisors(struct cli *cli, struct supervisors *supervisors)
{
    const char *file;

    *supervisors = (struct supervisors){0};
    while ((file = arguments_next(cli))) {
        if (supervisors->count == POOLS_MAX)
            return cli_misuse(cli, "These are more than %d pid files.", POOLS_MAX);
        supervisors->files[supervisors->count++] = file;
    }
    if (supervisors->count > 0)
        return arguments_end(cli);
    for (size_t i = 0; i < sizeof usual_files / sizeof usual_files[0]; i++) {
        if (access(usual_files[i], F_OK) == 0)
            supervisors->files[supervisors->count++] = usual_files[i];
    }
    return arguments_end(cli);
}

static bool restart_pool(struct cli *cli, const char *file)
{
    struct multiwatch *watch = scope_alloc(&cli->scope, sizeof *watch);
    int64_t patience_s = cli->config.request_timeout_s + END_EXTRA_S;

    if (!watch || !multiwatch_open(&cli->scope, file, watch))
        return false;
    for (size_t i = 0; i < watch->count; i++) {
        if (!multiwatch_replace(&cli->scope, watch, watch->workers[i], patience_s))
            return false;
    }
    return cli_print_format(cli, "%s: %zu replaced.\n", file, watch->count);
}

static bool restart_pools(struct cli *cli, const struct supervisors *supervisors)
{
    for (size_t i = 0; i < supervisors->count; i++) {
        if (!restart_pool(cli, supervisors->files[i]))
            return false;
    }
    return true;
}

/* Of those that run: the first word of each line that systemctl prints. */
static bool list_units(struct cli *cli, const char **units, size_t *count)
{
    static const char *const words[] = {"systemctl",
                                        "list-units",
                                        "--plain",
                                        "--no-legend",
                                        "--full",
                                        "--state=active",
                                        "keel-worker@*.service",
                                        "keel-auth@*.service",
                                        NULL};
    const char *text;
    int status;

    *count = 0;
    if (!program_read(&cli->scope, words, &text, &status))
        return false;
    if (status != 0)
        return fail(&cli->scope, ERR_UNAVAILABLE,
                    "systemd does not run here, and neither %s nor a pid file that was named "
                    "belongs to a multiwatch.",
                    usual_files[0]);
    while (*text && *count < UNITS_MAX) {
        size_t length = strcspn(text, " \n");
        const char *unit = scope_copy(&cli->scope, text, length);

        if (!unit)
            return false;
        if (length > 0)
            units[(*count)++] = unit;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return true;
}

/* Returns when the new one has said that it serves: the units are Type=notify. */
static bool restart_unit(struct cli *cli, const char *unit)
{
    const char *const words[] = {"systemctl", "restart", unit, NULL};
    const char *text;
    int status;

    if (!program_read(&cli->scope, words, &text, &status))
        return false;
    return status == 0 ||
           fail(&cli->scope, ERR_INTERNAL,
                "%s does not start again; `journalctl -u %s` says why. Those behind it were left "
                "alone.",
                unit, unit);
}

static bool restart_units(struct cli *cli)
{
    const char **units = scope_alloc(&cli->scope, UNITS_MAX * sizeof *units);
    size_t count;

    if (!units || !list_units(cli, units, &count))
        return false;
    if (count == 0)
        return fail(&cli->scope, ERR_NOT_FOUND,
                    "No worker runs; `systemctl start keel.target` starts them.");
    for (size_t i = 0; i < count; i++) {
        if (!restart_unit(cli, units[i]) || !cli_print_format(cli, "%s replaced.\n", units[i]))
            return false;
    }
    return true;
}

static bool run(struct cli *cli)
{
    const char *verb = arguments_next(cli);
    struct supervisors supervisors;

    if (!verb || strcmp(verb, "restart") != 0)
        return cli_misuse(cli, "Say what to do with the workers: restart.");
    if (!find_supervisors(cli, &supervisors))
        return false;
    return supervisors.count > 0 ? restart_pools(cli, &supervisors) : restart_units(cli);
}

const struct command workers_command = {
    .name = "workers",
    .run = run,
    .usage = "restart [PIDFILE...]",
    .summary = "Replaces the workers one by one by the program as it is now; no request fails",
};
