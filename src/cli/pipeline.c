/* pipeline.c - `keelctl pipeline`: what pipelines there are, how one looks, and running it */
#include "commands.h"

#include "arguments.h"
#include "drawing.h"
#include "forms.h"
#include "interrupt.h"
#include "keel/core/stream.h"
#include "keel/pipeline/pipeline.h"
#include "new_file.h"
#include "progress.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Parameters that a pipeline may have. */
#define PARAMETER_MAX 8

struct running {
    struct cli *cli;
    struct progress progress;
    struct pipeline_watch watch;
};

static bool list_all(struct cli *cli)
{
    static const char *const headings[] = {"NAME", "PARTS", "SUMMARY", NULL};
    struct drawing *list;
    struct table table;
    size_t count;

    if (!arguments_end(cli) || !drawing_all(&cli->scope, &list, &count))
        return false;
    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < count; i++) {
        const char *const cells[] = {list[i].name, drawing_line(&cli->scope, &list[i]),
                                     list[i].summary};

        if (!cells[1] || !table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}

static bool find(struct cli *cli, const char *name, struct drawing *drawing)
{
    bool found;

    if (!name)
        return cli_misuse(cli, "Say which pipeline; `keelctl pipeline list` names them.");
    return drawing_find(&cli->scope, name, drawing, &found) &&
           (found ||
            fail(&cli->scope, ERR_NOT_FOUND,
                 "There is no pipeline %s; `keelctl pipeline list` names those that there are.",
                 name));
}

static bool show(struct cli *cli)
{
    const struct pipeline_parameter *parameter;
    struct drawing drawing = {0};
    struct buffer out;

    if (!find(cli, arguments_next(cli), &drawing) || !arguments_end(cli))
        return false;
    buffer_init(&out, &cli->scope.arena);
    drawing_add(&out, &drawing);
    parameter = drawing.pipeline ? drawing.pipeline->parameters : NULL;
    for (; parameter && parameter->name; parameter++)
        buffer_add_format(&out, "\n  --set %s=...  %s\n", parameter->name, parameter->doc);
    if (drawing.command)
        buffer_add_format(&out, "\n  %s  runs it\n", drawing.command);
    return out.failed ? fail_memory(&cli->scope) : cli_print(cli, out.data);
}

/* What a resource's own command does takes options that a pipeline does not have. */
static const struct pipeline *find_to_run(struct cli *cli, const char *name)
{
    struct drawing drawing = {0};

    if (!find(cli, name, &drawing))
        return NULL;
    if (!drawing.pipeline)
        fail(&cli->scope, ERR_CONFLICT, "%s is run by `%s`.", name, drawing.command);
    return drawing.pipeline;
}

/* Each `--set name=value`, at the place of its parameter. */
static bool take_parameters(struct cli *cli, const struct pipeline *pipeline, const char **values,
                            struct flow *flow)
{
    const struct pipeline_parameter *known = pipeline->parameters;
    const char *word;

    for (; known && known[flow->parameter_count].name; flow->parameter_count++)
        values[flow->parameter_count] = NULL;
    flow->parameters = values;
    for (;;) {
        int place = 0;

        if (!arguments_value(cli, "--set", &word))
            return false;
        if (!word)
            return true;
        size_t length = strcspn(word, "=");

        while (place < flow->parameter_count &&
               (strncmp(known[place].name, word, length) != 0 || known[place].name[length] != '\0'))
            place++;
        if (word[length] != '=' || place == flow->parameter_count)
            return cli_misuse(cli, "--set %s is no parameter of %s.", word, pipeline->name);
        values[place] = word + length + 1;
    }
}

static bool open_input(struct cli *cli, const char *path, struct stream_file *file,
                       struct flow *flow)
{
    struct stat found;

    *file = (struct stream_file){&cli->scope, STDIN_FILENO, "stdin"};
    if (path && strcmp(path, "-") != 0)
        *file = (struct stream_file){&cli->scope, open(path, O_RDONLY | O_CLOEXEC), path};
    if (file->fd < 0)
        return fail(&cli->scope, ERR_UNAVAILABLE, "%s cannot be read: %s.", path, strerror(errno));
    if (fstat(file->fd, &found) == 0 && S_ISREG(found.st_mode))
        flow->size = found.st_size;
    flow->source = stream_source(file);
    return true;
}

static void tell_progress(void *context, const struct pipeline_counts *counts, double fraction)
{
    struct running *running = context;

    progress_show(&running->progress, counts->read, counts->rejected, fraction);
}

static bool is_interrupted(void *context)
{
    (void)context;
    return interrupt_came();
}

static bool tell_reject(void *context, const struct row_fault *fault)
{
    struct running *running = context;

    progress_wipe(&running->progress);
    fprintf(stderr, "line %lld%s%s: %s\n", (long long)fault->line, *fault->column ? ", " : "",
            fault->column, fault->message);
    return true;
}

static bool run_all(struct running *running, const struct pipeline *pipeline, struct flow *flow,
                    struct new_file *output)
{
    struct cli *cli = running->cli;
    bool ended = false;

    running->watch = (struct pipeline_watch){.progress = tell_progress,
                                             .must_end = is_interrupted,
                                             .reject = tell_reject,
                                             .context = running};
    flow->watch = &running->watch;
    interrupt_hold();
    bool done = pipeline_run(pipeline, flow, &ended);

    progress_wipe(&running->progress);
    if (done && !ended)
        done = fail(&cli->scope, ERR_UNAVAILABLE, "Interrupted: %s",
                    pipeline->reader.reader->one_transaction
                        ? "nothing was changed."
                        : "the batches that were done are kept, the others are not begun.");
    if (!done || !new_file_keep(&cli->scope, output)) {
        new_file_drop(output);
        return false;
    }
    progress_end(&running->progress, flow->counts.written, flow->counts.rejected);
    return true;
}

static bool run_one(struct cli *cli)
{
    struct running running = {.cli = cli};
    struct flow flow = {.scope = &cli->scope};
    const char *in, *out, *values[PARAMETER_MAX];
    struct stream_file input, written;
    struct new_file output;
    bool is_quiet = arguments_flag(cli, "--quiet");

    if (!arguments_value(cli, "--in", &in) || !arguments_value(cli, "--out", &out))
        return false;
    const struct pipeline *pipeline = find_to_run(cli, arguments_next(cli));

    if (!pipeline || !take_parameters(cli, pipeline, values, &flow) || !arguments_end(cli) ||
        !cli_connect_for_long(cli) || !open_input(cli, in, &input, &flow) ||
        !new_file_open(&cli->scope, out ? out : "-", &output))
        return false;
    written = (struct stream_file){&cli->scope, output.fd, out ? out : "stdout"};
    flow.sink = stream_sink(&written);
    progress_begin(&running.progress, pipeline->name, is_quiet);
    bool done = run_all(&running, pipeline, &flow, &output);

    if (input.fd != STDIN_FILENO)
        close(input.fd);
    return done;
}

static const struct form pipeline_forms[] = {
    {"list", list_all},
    {"show", show},
    {"run", run_one},
};

static bool run(struct cli *cli)
{
    return FORMS_RUN(cli, "pipeline", pipeline_forms);
}

const struct command pipeline_command = {
    .name = "pipeline",
    .run = run,
    .usage = "list\n"
             "show NAME\n"
             "run NAME [--set PARAMETER=VALUE]... [--in FILE|-] [--out FILE|-] [--quiet]",
    .summary = "Lists pipelines, draws the parts of one, runs it",
};
