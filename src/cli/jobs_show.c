/* jobs_show.c - `keelctl jobs list`, `show` and `stats` */
#include "jobs.h"

#include "arguments.h"
#include "keel/db/db.h"
#include "keel/model/store.h"
#include "keel/services/jobs.h"
#include "sql.h"
#include "table.h"

#include <string.h>

#define LIST_USUAL 50
#define LIST_MAX   10000

static bool check_state(struct cli *cli, const char *state)
{
    const struct column *column = model_find(&job_model, "state");

    cli->misused = state && !input_check_text(&cli->scope, column, "--state", state);
    return !cli->misused;
}

bool jobs_run_list(struct cli *cli)
{
    static const char *const headings[] = {"ID",          "KIND",   "QUEUE", "STATE",
                                           "ATTEMPTS",    "FAILED", "DONE",  "DUE (UTC)",
                                           "ENDED (UTC)", "ERROR",  NULL};
    const char *state, *kind, *queue;
    int64_t limit = LIST_USUAL;
    struct rows rows;

    return arguments_value(cli, "--state", &state) && arguments_value(cli, "--kind", &kind) &&
           arguments_value(cli, "--queue", &queue) &&
           arguments_number(cli, "--limit", 1, LIST_MAX, &limit) && arguments_end(cli) &&
           check_state(cli, state) && cli_connect(cli) &&
           db_query_once(&cli->scope, &sql_jobs_list,
                         PARAMS(state, kind, queue, param_int(&cli->scope, limit)), &rows) &&
           table_print_rows(cli, headings, &rows);
}

static bool print_json(struct cli *cli, const struct rows *rows)
{
    struct buffer text;

    buffer_init(&text, &cli->scope.arena);
    model_write_row(&text, &job_model, rows, 0);
    buffer_add_char(&text, '\n');
    return text.failed ? fail_memory(&cli->scope) : cli_print(cli, text.data);
}

/* Errors have a table of their own below. */
static bool print_columns(struct cli *cli, const struct rows *rows)
{
    for (size_t i = 0; i < job_model.column_count; i++) {
        const char *name = job_model.columns[i].name;
        int column = PQfnumber(rows->result, name);

        if (row_is_null(rows, 0, column) || strcmp(name, "errors") == 0)
            continue;
        if (!cli_print_format(cli, "%-20s %s\n", name, row_text(rows, 0, column)))
            return false;
    }
    return true;
}

static bool print_errors(struct cli *cli, int64_t id)
{
    static const char *const headings[] = {"ATTEMPT", "AT", "ERROR", NULL};
    struct rows rows;

    if (!db_query(&cli->scope, &sql_jobs_list_errors, PARAMS(param_int(&cli->scope, id)), &rows))
        return false;
    return rows.count == 0 || (cli_print(cli, "\n") && table_print_rows(cli, headings, &rows));
}

bool jobs_run_show(struct cli *cli)
{
    bool as_json = arguments_flag(cli, "--json");
    struct rows rows;
    int64_t id;

    if (!jobs_next_id(cli, &id) || !arguments_end(cli) || !cli_connect(cli) ||
        !store_get(&cli->scope, &job_model, id, &rows))
        return false;
    return as_json ? print_json(cli, &rows) : print_columns(cli, &rows) && print_errors(cli, id);
}

bool jobs_run_stats(struct cli *cli)
{
    static const char *const headings[] = {"KIND",           "QUEUE",     "DUE",    "LATER",
                                           "RUNNING",        "SUCCEEDED", "FAILED", "CANCELLED",
                                           "OLDEST DUE (S)", NULL};
    struct rows rows;

    return arguments_end(cli) && cli_connect_for_long(cli) &&
           db_query(&cli->scope, &sql_jobs_count, NO_PARAMS, &rows) &&
           table_print_rows(cli, headings, &rows);
}
