/* new.c - `keelctl new`: the files of a resource, an endpoint, a job, a pipeline or a migration */
#include "commands.h"

#include "arguments.h"
#include "migrate_call.h"
#include "new.h"

#include <string.h>

/* The same as `migrate new`, below the checkout. */
static bool new_migration(struct new_call *call)
{
    struct migrate_call migration = {.cli = call->cli};

    migration.folder = scope_format(&call->cli->scope, "%s/sql/migrations", call->source);
    return migration.folder && migrate_new(&migration);
}

static const struct kind {
    const char *name;
    bool (*run)(struct new_call *call);
    bool takes_back; /* knows --remove */
} kinds[] = {
    {"resource", new_resource, true}, {"endpoint", new_endpoint, true},    {"job", new_job, true},
    {"pipeline", new_pipeline, true}, {"migration", new_migration, false},
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
    struct new_call call = {.cli = cli, .takes_back = arguments_flag(cli, "--remove")};

    if (!arguments_value(cli, "--source", &call.source))
        return false;
    if (!call.source)
        call.source = ".";
    const char *name = arguments_next(cli);
    const struct kind *kind = find_kind(name);

    if (!kind)
        return name ? cli_misuse(cli, "new does not know %s.", name)
                    : cli_misuse(cli, "Say what shall be made.");
    if (call.takes_back && !kind->takes_back)
        return cli_misuse(cli, "--remove is for all but migrations.");
    return kind->run(&call);
}

const struct command new_command = {
    .name = "new",
    .run = run,
    .usage = "resource NAME FIELD... [--one WORD] [--remove] [--source FOLDER]\n"
             "endpoint MODULE.NAME METHOD PATH [--permission NAME] [--remove] [--source FOLDER]\n"
             "job NAME [--schedule EXPRESSION] [--remove] [--source FOLDER]\n"
             "pipeline NAME [--remove] [--source FOLDER]\n"
             "migration NAME [--source FOLDER]",
    .summary = "Writes the files of a resource, an endpoint, a job, a pipeline or a migration; "
               "overwrites nothing",
};
