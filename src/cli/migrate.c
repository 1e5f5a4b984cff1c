/* migrate.c - `keelctl migrate`: brings the schema to a version, and says where it is */
#include "commands.h"

#include "arguments.h"
#include "keel/core/text.h"
#include "keel/db/db.h"
#include "migrate_call.h"

#include <inttypes.h>
#include <string.h>

#define LOCK_WAIT_S 60

/* A version or a count that stands as a word; `*number` keeps its value where there is none. */
static bool next_number(struct cli *cli, const char *what, int64_t min, int64_t *number)
{
    const char *word = arguments_next(cli);

    if (!word)
        return true;
    if (!text_to_int(word, strlen(word), number) || *number < min)
        return cli_misuse(cli, "%s is no %s.", word, what);
    return true;
}

static bool read_set(struct migrate_call *call)
{
    struct scope *scope = &call->cli->scope;

    if (call->folder)
        return migrations_read(scope, call->folder, &call->set);
    return migrations_embedded(scope, &call->set);
}

static bool begin(struct migrate_call *call)
{
    return arguments_end(call->cli) && read_set(call) && cli_connect_as_owner(call->cli);
}

static bool finish(struct migrate_call *call)
{
    struct cli *cli = call->cli;
    int64_t version;

    if (call->reported && call->dry_run)
        return cli_print(cli, "Dry run: nothing was changed.\n");
    if (call->reported)
        return true;
    return migrate_version(&cli->scope, &version) &&
           cli_print_format(cli, "Nothing to do: database %s is at version %" PRId64 ".\n",
                            PQdb(db_connection(cli->db)), version);
}

static bool go_up(struct migrate_call *call, int64_t target)
{
    const struct migrate_observer reporter = migrate_reporter(call);

    return migrate_up(&call->cli->scope, &call->set, target, call->dry_run, (int)call->wait_s,
                      &reporter) &&
           finish(call);
}

static bool go_down(struct migrate_call *call, int64_t target)
{
    const struct migrate_observer reporter = migrate_reporter(call);

    return migrate_down(&call->cli->scope, &call->set, target, call->dry_run, (int)call->wait_s,
                        &reporter) &&
           finish(call);
}

static bool run_up(struct migrate_call *call)
{
    return begin(call) && go_up(call, -1);
}

/* The version that is the newest when `steps` were taken back. */
static bool target_below(struct migrate_call *call, int64_t steps, int64_t *target)
{
    struct applied_migration *list;
    size_t count;

    if (!migrate_applied(&call->cli->scope, &list, &count))
        return false;
    *target = (uint64_t)steps < count ? list[count - (size_t)steps - 1].version : 0;
    return true;
}

static bool run_down(struct migrate_call *call)
{
    int64_t steps = 1, target;

    return next_number(call->cli, "number of migrations", 1, &steps) && begin(call) &&
           target_below(call, steps, &target) && go_down(call, target);
}

static bool run_to(struct migrate_call *call)
{
    int64_t target = -1, version;

    if (!next_number(call->cli, "version", 0, &target))
        return false;
    if (target < 0)
        return cli_misuse(call->cli, "Say which version to go to; 0 is before the first.");
    if (!begin(call) || !migrate_version(&call->cli->scope, &version))
        return false;
    return target < version ? go_down(call, target) : go_up(call, target);
}

static bool run_baseline(struct migrate_call *call)
{
    int64_t target = -1;
    size_t marked;

    return next_number(call->cli, "version", 1, &target) && begin(call) &&
           migrate_baseline(&call->cli->scope, &call->set, target, (int)call->wait_s, &marked) &&
           cli_print_format(call->cli, "%zu migration%s marked as applied, without running %s.\n",
                            marked, marked == 1 ? "" : "s", marked == 1 ? "it" : "them");
}

static bool run_verify(struct migrate_call *call)
{
    struct applied_migration *list;
    size_t count;

    return begin(call) && migrate_verify(&call->cli->scope, &call->set) &&
           migrate_applied(&call->cli->scope, &list, &count) &&
           cli_print_format(call->cli, "The %zu applied migrations are the ones in %s.\n", count,
                            call->folder ? call->folder : "this program");
}

static bool run_status(struct migrate_call *call)
{
    return begin(call) && migrate_status(call);
}

static bool run_history(struct migrate_call *call)
{
    return begin(call) && migrate_history(call);
}

struct form {
    const char *name;
    bool (*run)(struct migrate_call *call);
    bool tries; /* knows --dry-run */
};

static const struct form forms[] = {
    {"status", run_status, false}, {"up", run_up, true},
    {"down", run_down, true},      {"to", run_to, true},
    {"new", migrate_new, false},   {"history", run_history, false},
    {"verify", run_verify, false}, {"baseline", run_baseline, false},
};

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; name && i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    }
    return NULL;
}

static bool run(struct cli *cli)
{
    struct migrate_call call = {.cli = cli, .wait_s = LOCK_WAIT_S};

    call.dry_run = arguments_flag(cli, "--dry-run");
    if (!arguments_value(cli, "--dir", &call.folder) ||
        !arguments_number(cli, "--wait", 0, 86400, &call.wait_s))
        return false;
    const char *name = arguments_next(cli);
    const struct form *form = find_form(name);

    if (!form)
        return name ? cli_misuse(cli, "migrate does not know %s.", name)
                    : cli_misuse(cli, "Say what migrate shall do.");
    if (call.dry_run && !form->tries)
        return cli_misuse(cli, "--dry-run is for up, down and to.");
    return form->run(&call);
}

const struct command migrate_command = {
    .name = "migrate",
    .run = run,
    .usage = "status | history | verify [--dir FOLDER]\n"
             "up [--dry-run] [--dir FOLDER] [--wait SECONDS]\n"
             "down [N] [--dry-run] [--dir FOLDER] [--wait SECONDS]\n"
             "to VERSION [--dry-run] [--dir FOLDER] [--wait SECONDS]\n"
             "baseline [VERSION] [--dir FOLDER]\n"
             "new NAME [--dir FOLDER]",
    .summary = "Brings the database's schema to a version, and says where it is",
};
