/* recount.c - `keelctl recount`: kept totals against what is there */
#include "commands.h"

#include "arguments.h"
#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/routes/modules.h"
#include "sql.h"
#include "table.h"

#include <string.h>

enum total_part { TOTAL_COLUMN, TOTAL_KEY, TOTAL_KEPT, TOTAL_ACTUAL };

struct recount {
    const char *only; /* this table; NULL: all */
    bool dry_run;
    size_t tables;
    size_t wrong;
    struct table report;
};

/* The COUNTED columns as an array in PostgreSQL's text form; their names need no quotes. */
static const char *counted_columns(struct scope *scope, const struct model *model)
{
    const char *separator = "";
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_char(&text, '{');
    for (size_t i = 0; i < model->column_count; i++) {
        if (!(model->columns[i].uses & COUNTED))
            continue;
        buffer_add_format(&text, "%s%s", separator, model->columns[i].name);
        separator = ",";
    }
    buffer_add_text(&text, "}");
    if (!text.failed)
        return text.data;
    fail_memory(scope);
    return NULL;
}

static bool add_total(struct cli *cli, struct recount *recount, const struct model *model,
                      const struct rows *totals, int row)
{
    const char *kept = row_text(totals, row, TOTAL_KEPT);
    const char *actual = row_text(totals, row, TOTAL_ACTUAL);
    const char *column = row_text(totals, row, TOTAL_COLUMN);
    const char *key =
        *column ? scope_format(&cli->scope, "%s %s", column, row_text(totals, row, TOTAL_KEY))
                : "all";
    const char *const cells[] = {model->table, key, kept, actual};

    recount->wrong += strcmp(kept, actual) != 0;
    return key && table_add(&recount->report, cells);
}

static bool recount_table(struct cli *cli, struct recount *recount, const struct model *model)
{
    struct scope *scope = &cli->scope;
    const struct sql *sql = recount->dry_run ? &sql_totals_compare : &sql_totals_mend;
    const char *columns = counted_columns(scope, model);
    struct rows totals, ignored;

    if (!db_query(scope, sql, PARAMS(model->table, columns), &totals))
        return false;
    for (int row = 0; row < totals.count; row++) {
        if (!add_total(cli, recount, model, &totals, row))
            return false;
    }
    recount->tables++;
    return recount->dry_run || db_query(scope, &sql_totals_fold, PARAMS(model->table), &ignored);
}

static bool recount_all(struct cli *cli, struct recount *recount)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = keel_modules.list[i]->model;

        if (!model || !model->counted ||
            (recount->only && strcmp(recount->only, model->table) != 0))
            continue;
        if (!recount_table(cli, recount, model))
            return false;
    }
    return recount->tables > 0 || !recount->only ||
           fail(&cli->scope, ERR_NOT_FOUND, "There is no table %s whose rows are counted.",
                recount->only);
}

static bool conclude(struct cli *cli, const struct recount *recount)
{
    if (!table_print(cli, &recount->report))
        return false;
    if (recount->wrong == 0)
        return cli_print(cli, "All totals are true.\n");
    if (!recount->dry_run)
        return cli_print_format(cli, "Wrong and mended: %zu.\n", recount->wrong);
    return fail(&cli->scope, ERR_CONFLICT, "Wrong: %zu. Without --dry-run they are mended.",
                recount->wrong);
}

static bool run(struct cli *cli)
{
    static const char *const headings[] = {"TABLE", "ROWS", "KEPT", "TRUE", NULL};
    struct recount recount = {.dry_run = arguments_flag(cli, "--dry-run"),
                              .only = arguments_next(cli)};

    table_begin(&recount.report, &cli->scope, headings);
    return arguments_end(cli) && cli_connect_for_long(cli) && recount_all(cli, &recount) &&
           conclude(cli, &recount);
}

const struct command recount_command = {
    .name = "recount",
    .run = run,
    .usage = "[TABLE] [--dry-run]",
    .summary = "Compares kept totals with the rows that are there, and mends those that differ",
};
