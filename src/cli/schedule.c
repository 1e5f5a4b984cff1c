/* schedule.c - `keelctl schedule`: what comes again by the clock is listed, paused, changed, run */
#include "commands.h"

#include "arguments.h"
#include "forms.h"
#include "keel/core/json.h"
#include "keel/core/json_build.h"
#include "keel/db/db.h"
#include "keel/services/schedules.h"
#include "sql.h"
#include "table.h"

#include <inttypes.h>

static bool run_list(struct cli *cli)
{
    static const char *const headings[] = {"NAME",     "EXPRESSION", "ZONE",       "KIND",
                                           "CATCH UP", "NEXT (UTC)", "LAST (UTC)", "LAST JOB",
                                           "NOTE",     NULL};
    struct rows rows;

    return arguments_end(cli) && cli_connect(cli) &&
           db_query(&cli->scope, &sql_schedules_list, NO_PARAMS, &rows) &&
           table_print_rows(cli, headings, &rows);
}

static const char *next_name(struct cli *cli)
{
    const char *name = arguments_next(cli);

    if (!name)
        cli_misuse(cli, "Say which schedule: its name.");
    return name;
}

/* The body of PATCH /schedules/{name} is read by the same rules. */
static bool decode(struct cli *cli, const struct buffer *body, struct input *input)
{
    struct json_object *json;

    if (body->failed)
        return fail_memory(&cli->scope);
    return json_parse(&cli->scope, body->data, body->length, &json) &&
           input_decode(&cli->scope, &schedule_model, UPDATE | PARTIAL, json, input);
}

static bool change(struct cli *cli, const char *name, const struct buffer *body, const char *what)
{
    struct scope *scope = &cli->scope;
    struct input input;
    struct rows rows;
    const char *changes;
    int64_t id;

    if (!decode(cli, body, &input) || !cli_connect(cli) || !db_begin(scope))
        return false;
    return cli_finish(cli, schedules_find(scope, name, &id) &&
                               schedules_change(scope, id, &input, &rows, &changes)) &&
           cli_print_format(cli, "%s %s.\n", name, what);
}

static bool set_paused(struct cli *cli, bool paused, const char *what)
{
    const char *name = next_name(cli);
    struct buffer body;

    buffer_init(&body, &cli->scope.arena);
    json_open_object(&body, NULL);
    json_put_bool(&body, "paused", paused);
    json_close_object(&body);
    return name && arguments_end(cli) && change(cli, name, &body, what);
}

static bool run_pause(struct cli *cli)
{
    return set_paused(cli, true, "is paused");
}

static bool run_resume(struct cli *cli)
{
    return set_paused(cli, false, "goes on with its next time");
}

static bool run_set(struct cli *cli)
{
    static const char *const options[][2] = {
        {"--cron", "expression"}, {"--zone", "time_zone"}, {"--catch-up", "catch_up"}};
    const char *value;
    struct buffer body;
    bool says_something = false;

    buffer_init(&body, &cli->scope.arena);
    json_open_object(&body, NULL);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (!arguments_value(cli, options[i][0], &value))
            return false;
        if (value)
            json_put_text(&body, options[i][1], value);
        says_something = says_something || value;
    }
    json_close_object(&body);
    const char *name = next_name(cli);

    if (!name)
        return false;
    if (!says_something)
        return cli_misuse(cli, "Say what to change: --cron, --zone, --catch-up.");
    return arguments_end(cli) && change(cli, name, &body, "was changed");
}

static bool run_now(struct cli *cli)
{
    const char *name = next_name(cli);
    struct scope *scope = &cli->scope;
    bool is_new = false;
    int64_t id, job = 0;

    if (!name || !arguments_end(cli) || !cli_connect(cli) || !db_begin(scope))
        return false;
    return cli_finish(cli, schedules_find(scope, name, &id) &&
                               schedules_run(scope, id, &job, &is_new)) &&
           cli_print_format(cli,
                            is_new ? "Job %" PRId64 " was enqueued.\n"
                                   : "Job %" PRId64 " of this schedule is not over: none was "
                                     "enqueued.\n",
                            job);
}

static bool run(struct cli *cli)
{
    static const struct form forms[] = {{"list", run_list},
                                        {"pause", run_pause},
                                        {"resume", run_resume},
                                        {"run", run_now},
                                        {"set", run_set}};

    return FORMS_RUN(cli, "schedule", forms);
}

const struct command schedule_command = {
    .name = "schedule",
    .run = run,
    .usage = "list\n"
             "pause NAME\n"
             "resume NAME\n"
             "run NAME\n"
             "set NAME [--cron EXPRESSION] [--zone ZONE] [--catch-up none|once|all]",
    .summary = "Lists what comes again by the clock; pauses, changes and runs it",
};
