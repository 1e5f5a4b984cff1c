/* pipeline.c - `keelctl pipeline`: what pipelines there are, how one looks, and running it */
#include "commands.h"

#include "arguments.h"
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

static size_t count_steps(const struct pipeline *pipeline)
{
    size_t count = 0;

    while (count < PIPELINE_STEP_MAX && pipeline->steps[count].step)
        count++;
    return count;
}

/* "query > filter > upsert" */
static const char *describe(struct scope *scope, const struct pipeline *pipeline)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, pipeline->reader.reader->name);
    for (size_t i = 0; i < count_steps(pipeline); i++)
        buffer_add_format(&text, " > %s", pipeline->steps[i].step->name);
    buffer_add_format(&text, " > %s", pipeline->writer.writer->name);
    if (text.failed)
        fail_memory(scope);
    return text.failed ? NULL : text.data;
}

static bool list_all(struct cli *cli)
{
    static const char *const headings[] = {"NAME", "PARTS", "SUMMARY", NULL};
    struct table table;

    if (!arguments_end(cli))
        return false;
    table_begin(&table, &cli->scope, headings);
    for (size_t i = 0; i < keel_pipelines.count; i++) {
        const struct pipeline *pipeline = keel_pipelines.list[i];
        const char *const cells[] = {pipeline->name, describe(&cli->scope, pipeline),
                                     pipeline->summary};

        if (!cells[1] || !table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}

static const struct pipeline *find(struct cli *cli, const char *name)
{
    const struct pipeline *pipeline = name ? pipeline_find(name) : NULL;

    if (!name)
        cli_misuse(cli, "Say which pipeline; `keelctl pipeline list` names them.");
    else if (!pipeline)
        fail(&cli->scope, ERR_NOT_FOUND,
             "There is no pipeline %s; `keelctl pipeline list` names those that there are.", name);
    return pipeline;
}

/* A box's line: the part's name, and what it does here. */
static void add_part(struct buffer *out, const char *name, const char *what)
{
    buffer_add_format(out, "  [ %-11s ]  %s\n", name, what);
}

static void add_arrow(struct buffer *out)
{
    buffer_add_text(out, "        |\n        v\n");
}

static bool show(struct cli *cli)
{
    const struct pipeline *pipeline = find(cli, arguments_next(cli));
    struct buffer out;

    if (!pipeline || !arguments_end(cli))
        return false;
    buffer_init(&out, &cli->scope.arena);
    buffer_add_format(&out, "%s: %s\n\n", pipeline->name, pipeline->summary);
    add_part(&out, pipeline->reader.reader->name, pipeline->reader.what);
    for (size_t i = 0; i < count_steps(pipeline); i++) {
        add_arrow(&out);
        add_part(&out, pipeline->steps[i].step->name, pipeline->steps[i].what);
    }
    add_arrow(&out);
    add_part(&out, pipeline->writer.writer->name, pipeline->writer.what);
    for (const struct pipeline_parameter *p = pipeline->parameters; p && p->name; p++)
        buffer_add_format(&out, "\n  --set %s=...  %s\n", p->name, p->doc);
    return out.failed ? fail_memory(&cli->scope) : cli_print(cli, out.data);
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
    const struct pipeline *pipeline = find(cli, arguments_next(cli));

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
