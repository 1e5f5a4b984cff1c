/* import.c - `keelctl import`: a resource's rows from a file */
#include "commands.h"

#include "arguments.h"
#include "import_file.h"
#include "import_report.h"
#include "interrupt.h"
#include "keel/core/text.h"
#include "keel/pipeline/load.h"
#include "keel/services/imports.h"
#include "progress.h"
#include "resource.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

struct importing {
    struct cli *cli;
    const struct model *model;
    int64_t id;
    struct progress progress;
    const char *parts[2]; /* "items read", "items written" */
    bool is_writing;
    bool is_resumed; /* and nothing was told yet: where it goes on is not known */
};

/* What the command line asks for. */
struct wishes {
    const char *resource, *file;
    const char *format, *mode, *on_conflict;
    const char *resume;  /* an import's id; NULL: a new one */
    const char *rejects; /* where to write them; NULL: nowhere */
    bool dry_run, is_quiet;
};

static bool must_end(void *context)
{
    (void)context;
    return interrupt_came();
}

static void tell(void *context, const struct load_progress *now)
{
    struct importing *importing = context;

    if (importing->is_resumed || now->is_writing != importing->is_writing)
        progress_enter(&importing->progress, importing->parts[now->is_writing], now->rows,
                       now->fraction);
    importing->is_resumed = false;
    importing->is_writing = now->is_writing;
    progress_show(&importing->progress, now->rows, now->rows_rejected, now->fraction);
}

static bool run_load(struct importing *importing, enum load_outcome *outcome)
{
    struct scope *scope = &importing->cli->scope;
    const struct load_watch watch = {.context = importing, .must_end = must_end, .progress = tell};
    bool done = load_run(scope, importing->model, importing->id, &watch, outcome);

    progress_wipe(&importing->progress);
    return done;
}

/* Which row of `imports` there is to go on with; what was concluded only tells how it ended. */
static bool find_import(struct importing *importing, const char *id)
{
    struct cli *cli = importing->cli;
    struct rows rows;

    if (!text_to_int(id, strlen(id), &importing->id) || importing->id < 1)
        return cli_misuse(cli, "--resume needs the number of an import.");
    if (!db_query(&cli->scope, &sql_imports_find, PARAMS(id), &rows))
        return false;
    if (rows.count == 0)
        return fail(&cli->scope, ERR_NOT_FOUND, "There is no import %s.", id);
    if (row_bool(&rows, 0, 1))
        return fail(&cli->scope, ERR_CONFLICT,
                    "Import %s is one that the runner of jobs carries out.", id);
    importing->model = resource_find(cli, row_text(&rows, 0, 0), imports_fit);
    return importing->model != NULL;
}

static bool order(struct importing *importing, const struct wishes *wishes)
{
    struct import_order wanted = {.resource = importing->model->plural,
                                  .format = wishes->format,
                                  .mode = wishes->mode,
                                  .on_conflict = wishes->on_conflict,
                                  .dry_run = wishes->dry_run,
                                  .at_once = true};

    return import_file_find(importing->cli, wishes->file, &wanted) &&
           imports_create(&importing->cli->scope, &wanted, &importing->id);
}

/* One of these words, of an option. */
static bool take_choice(struct cli *cli, const char *option, const char *choices,
                        const char **value)
{
    if (!arguments_value(cli, option, value))
        return false;
    if (*value && !import_takes(choices, *value))
        return cli_misuse(cli, "%s is one of %s.", option, choices);
    return true;
}

static bool read_wishes(struct cli *cli, struct wishes *wishes)
{
    wishes->dry_run = arguments_flag(cli, "--dry-run");
    wishes->is_quiet = arguments_flag(cli, "--quiet");
    if (!take_choice(cli, "--format", IMPORT_FORMATS, &wishes->format) ||
        !take_choice(cli, "--mode", IMPORT_MODES, &wishes->mode) ||
        !take_choice(cli, "--on-conflict", IMPORT_CONFLICTS, &wishes->on_conflict) ||
        !arguments_value(cli, "--rejects", &wishes->rejects) ||
        !arguments_value(cli, "--resume", &wishes->resume))
        return false;
    wishes->resource = arguments_next(cli);
    wishes->file = arguments_next(cli);
    if (!arguments_end(cli))
        return false;
    if (wishes->resume && (wishes->resource || wishes->dry_run || wishes->format || wishes->mode ||
                           wishes->on_conflict))
        return cli_misuse(cli,
                          "--resume goes on with what was asked for: it takes --rejects alone.");
    if (!wishes->resume && wishes->resource && !wishes->file)
        return cli_misuse(cli, "A file is needed, or - for standard input.");
    return true;
}

static bool begin(struct importing *importing, const struct wishes *wishes)
{
    struct cli *cli = importing->cli;

    if (wishes->resume)
        return cli_connect_for_long(cli) && find_import(importing, wishes->resume);
    importing->model = resource_find(cli, wishes->resource, imports_fit);
    return importing->model && cli_connect_for_long(cli) && order(importing, wishes);
}

/* What is read is not written yet: the two are counted one after the other. */
static bool begin_progress(struct importing *importing, const struct wishes *wishes)
{
    struct scope *scope = &importing->cli->scope;
    const char *name = importing->model->plural;

    importing->is_resumed = wishes->resume != NULL;
    importing->parts[false] = scope_format(scope, "%s read", name);
    importing->parts[true] = scope_format(scope, "%s written", name);
    if (!importing->parts[false] || !importing->parts[true])
        return false;
    progress_begin(&importing->progress, name, wishes->is_quiet);
    progress_enter(&importing->progress, importing->parts[false], 0, 0);
    return true;
}

static bool conclude(struct importing *importing, const struct wishes *wishes)
{
    struct import_report report;

    if (!import_report_read(importing->cli, importing->id, &report))
        return false;
    if (wishes->rejects && !import_report_rejects(importing->cli, importing->id, wishes->rejects))
        return false;
    /* Who goes on with something has not done all of it in this time. */
    if (!wishes->resume)
        progress_end(&importing->progress, report.rows, report.rejected);
    return import_report_print(importing->cli, &report, wishes->rejects == NULL);
}

/* What is saved stays, so nothing but time is lost. */
static bool fail_interrupted(const struct importing *importing)
{
    return fail(&importing->cli->scope, ERR_UNAVAILABLE,
                "Interrupted; `keelctl import --resume %" PRId64 "` goes on where it is.",
                importing->id);
}

static void say_how_to_go_on(const struct importing *importing)
{
    fprintf(stderr,
            "keelctl: What is done is kept; `keelctl import --resume %" PRId64 "` goes on.\n",
            importing->id);
}

static bool run(struct cli *cli)
{
    struct importing importing = {.cli = cli};
    struct wishes wishes = {0};
    enum load_outcome outcome;

    if (!read_wishes(cli, &wishes))
        return false;
    interrupt_hold();
    if (!begin(&importing, &wishes) || !begin_progress(&importing, &wishes))
        return false;
    if (!run_load(&importing, &outcome)) {
        say_how_to_go_on(&importing);
        return false;
    }
    return outcome == LOAD_INTERRUPTED ? fail_interrupted(&importing)
                                       : conclude(&importing, &wishes);
}

const struct command import_command = {
    .name = "import",
    .run = run,
    .usage =
        "RESOURCE FILE|- [--format csv|ndjson] [--dry-run] [--mode all_or_nothing|best_effort] "
        "[--on-conflict error|skip|update] [--rejects FILE] [--quiet]\n"
        "--resume IMPORT [--rejects FILE] [--quiet]",
    .summary = "Adds or changes rows from a file of CSV or NDJSON, as an export has them",
};
