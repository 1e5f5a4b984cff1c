/* report_command.c - `keelctl report`: what an endpoint, a migration or a fix consists of */
#include "commands.h"

#include "arguments.h"
#include "report_call.h"
#include "source.h"

#include <string.h>

static const struct kind {
    const char *name;
    bool (*run)(struct report_call *call);
    bool needs_source;
} kinds[] = {
    {"endpoint", report_of_endpoint, true},
    {"migration", report_of_migration, false},
    {"fix", report_of_fix, true},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; name && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

static bool run(struct cli *cli)
{
    struct report_call call = {.cli = cli, .as_json = arguments_flag(cli, "--json")};
    const char *results;

    if (!arguments_value(cli, "--source", &call.source) ||
        !arguments_value(cli, "--results", &results))
        return false;
    if (!call.source)
        call.source = ".";
    const char *name = arguments_next(cli);
    const struct kind *kind = find_kind(name);

    if (!kind)
        return name ? cli_misuse(cli, "report does not know %s.", name)
                    : cli_misuse(cli, "Say of what: an endpoint, a migration or a fix.");
    if (kind->needs_source && (!source_require(&cli->scope, call.source) ||
                               !results_open(&cli->scope, call.source, results, &call.results)))
        return false;
    return kind->run(&call);
}

const struct command report_command = {
    .name = "report",
    .run = run,
    .usage = "endpoint ID-OR-MODULE [--json] [--source FOLDER] [--results FILE]\n"
             "migration VERSION [--json]\n"
             "fix [--json] [--source FOLDER] [--results FILE]",
    .summary = "Says what an endpoint, a migration or the last commit's fix consists of",
};
