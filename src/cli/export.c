/* export.c - `keelctl export`: all rows of a resource, or those that a list would have, as a file
 */
#include "commands.h"

#include "arguments.h"
#include "interrupt.h"
#include "keel/core/stream.h"
#include "keel/model/export.h"
#include "new_file.h"
#include "progress.h"
#include "resource.h"

#include <string.h>

/* Every parameter of a list, and a format. */
#define WORD_MAX (LIST_FILTER_MAX + 8)

struct exporting {
    struct cli *cli;
    struct export export;
    struct new_file file;
    struct progress progress;
    struct sink sink; /* of the file */
    int64_t expected; /* rows */
};

/* `price=5` as a pair. */
static bool take_condition(struct cli *cli, const char *word, struct pair *pair)
{
    const char *equals = strchr(word, '=');

    if (!equals || equals == word)
        return cli_misuse(cli, "--where takes name=value, as a list's query has it, not %s.", word);
    pair->name = scope_copy(&cli->scope, word, (size_t)(equals - word));
    pair->value = equals + 1;
    return pair->name != NULL;
}

static bool take_conditions(struct cli *cli, struct pair *pairs, size_t *count)
{
    const char *word;

    for (;;) {
        if (!arguments_value(cli, "--where", &word))
            return false;
        if (!word)
            return true;
        if (*count == WORD_MAX)
            return cli_misuse(cli, "There are more than %d conditions.", WORD_MAX);
        if (!take_condition(cli, word, &pairs[*count]))
            return false;
        (*count)++;
    }
}

/* An option that is a parameter of its own name. */
static bool take_option(struct cli *cli, const char *option, struct pair *pairs, size_t *count)
{
    const char *value;

    if (!arguments_value(cli, option, &value))
        return false;
    if (value)
        pairs[(*count)++] = (struct pair){option + 2, value};
    return true;
}

static bool decode(struct cli *cli, const struct model *model, struct pairs query,
                   struct export *export)
{
    cli->misused = !export_decode(&cli->scope, model, query, export);
    return !cli->misused;
}

static bool write_piece(void *to, const char *data, size_t length)
{
    struct exporting *exporting = to;
    int64_t rows = exporting->export.rows;
    double fraction = exporting->expected > 0 ? (double)rows / (double)exporting->expected : -1;

    if (interrupt_came())
        return fail(&exporting->cli->scope, ERR_UNAVAILABLE, "Interrupted.");
    progress_show(&exporting->progress, rows, -1, fraction);
    return exporting->sink.write(exporting->sink.to, data, length);
}

/* A file that is not whole is worse than none; what went into a pipe is gone. */
static bool give_up(struct exporting *exporting)
{
    struct cli *cli = exporting->cli;
    bool has_left = exporting->export.rows && !exporting->file.beside;

    progress_wipe(&exporting->progress);
    new_file_drop(&exporting->file);
    fprintf(stderr, "keelctl: %s\n",
            has_left ? "What was written so far is not all of it."
                     : "No file was written; what was there before is as it was.");
    return cli->scope.error.kind == ERR_NONE;
}

static bool run_export(struct exporting *exporting, const char *path, bool is_quiet)
{
    struct cli *cli = exporting->cli;
    struct scope *scope = &cli->scope;
    const char *name = exporting->export.list.model->plural;
    bool is_exact;

    progress_begin(&exporting->progress, name, is_quiet);
    if (!export_count(scope, &exporting->export, &exporting->expected, &is_exact) ||
        !new_file_open(scope, path, &exporting->file))
        return false;
    struct stream_file file = {scope, exporting->file.fd, strcmp(path, "-") ? path : "stdout"};

    exporting->sink = stream_sink(&file);
    if (!model_export(scope, &exporting->export, (struct sink){write_piece, exporting}) ||
        !new_file_keep(scope, &exporting->file))
        return give_up(exporting);
    progress_end(&exporting->progress, exporting->export.rows, -1);
    return true;
}

static bool run(struct cli *cli)
{
    struct exporting exporting = {.cli = cli};
    struct pair pairs[WORD_MAX + 2];
    struct pairs query = {.list = pairs};
    bool is_quiet = arguments_flag(cli, "--quiet");

    if (!take_conditions(cli, pairs, &query.count) ||
        !take_option(cli, "--format", pairs, &query.count) ||
        !take_option(cli, "--sort", pairs, &query.count))
        return false;
    const char *name = arguments_next(cli);
    const char *path = arguments_next(cli);

    if (!arguments_end(cli))
        return false;
    const struct model *model = resource_find(cli, name, NULL);

    if (!model)
        return false;
    /* A reader behind a pipe may take its time. */
    cli->config.db_idle_transaction_timeout_ms = 0;
    interrupt_hold();
    return decode(cli, model, query, &exporting.export) && cli_connect_for_long(cli) &&
           run_export(&exporting, path ? path : "-", is_quiet);
}

const struct command export_command = {
    .name = "export",
    .run = run,
    .usage = "RESOURCE [--format csv|ndjson|json] [--where NAME=VALUE]... [--sort=COLUMNS] "
             "[--quiet] [FILE|-]",
    .summary = "Writes a resource's rows as CSV, NDJSON or JSON, as an import takes them back",
};
