/* audit.c - `keelctl audit`: who did what to which row, for operators */
#include "commands.h"

#include "arguments.h"
#include "keel/core/text.h"
#include "keel/db/db.h"
#include "keel/services/audit.h"
#include "keel/services/users.h"
#include "sql.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

#define ENTRIES_USUAL 50
#define ENTRIES_MAX   100000

/* What to list; NULL: any. */
struct wanted {
    const char *user; /* address, or an id: the account may be gone */
    const char *table;
    const char *row_id;
    const char *since;
    int64_t count;
};

/* "items/5" is a row, "items" a table. */
static bool read_row(struct cli *cli, const char *text, struct wanted *wanted)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    int64_t id;

    wanted->table = text;
    if (!slash)
        return true;
    wanted->table = scope_copy(&cli->scope, text, (size_t)(slash - text));
    wanted->row_id = slash + 1;
    return wanted->table && ((text_to_int(slash + 1, strlen(slash + 1), &id) && id > 0) ||
                             cli_misuse(cli, "--row needs a table and an id, such as items/5."));
}

static bool read_wanted(struct cli *cli, struct wanted *wanted)
{
    const char *row;

    *wanted = (struct wanted){.count = ENTRIES_USUAL};
    return arguments_value(cli, "--user", &wanted->user) && arguments_value(cli, "--row", &row) &&
           read_row(cli, row, wanted) && arguments_value(cli, "--since", &wanted->since) &&
           arguments_number(cli, "--count", 1, ENTRIES_MAX, &wanted->count) && arguments_end(cli);
}

/* The id of an account said by its address. */
static bool find_user(struct cli *cli, struct wanted *wanted)
{
    int64_t id;

    if (!wanted->user || !strchr(wanted->user, '@'))
        return true;
    if (!users_find(&cli->scope, wanted->user, &id))
        return false;
    wanted->user = param_int(&cli->scope, id);
    return wanted->user;
}

static bool print_entries(struct cli *cli, const struct rows *rows)
{
    static const char *const headings[] = {"TIME (UTC)", "USER",    "KEY",     "ROUTE", "STATUS",
                                           "ROW",        "ADDRESS", "CHANGES", NULL};

    return table_print_rows(cli, headings, rows);
}

static bool run_list(struct cli *cli)
{
    struct wanted wanted;
    struct rows rows;

    if (!read_wanted(cli, &wanted) || !cli_connect_for_long(cli) || !find_user(cli, &wanted))
        return false;
    return db_query_once(&cli->scope, &sql_audit_list,
                         PARAMS(wanted.user, wanted.table, wanted.row_id, wanted.since,
                                param_int(&cli->scope, wanted.count)),
                         &rows) &&
           print_entries(cli, &rows);
}

static bool run_purge(struct cli *cli)
{
    int64_t days = cli->config.audit_days, removed;

    if (!arguments_number(cli, "--days", 1, PURGE_DAYS_MAX, &days) || !arguments_end(cli))
        return false;
    if (days == 0)
        return cli_print(cli, "Nothing is removed: KEEL_AUDIT_DAYS is 0, which means never. "
                              "--days N says otherwise.\n");
    return cli_connect_as_owner_for_long(cli) && audit_purge(&cli->scope, days, &removed) &&
           cli_print_format(cli, "%" PRId64 " entries older than %" PRId64 " days were removed.\n",
                            removed, days);
}

static bool run(struct cli *cli)
{
    const char *form = arguments_next(cli);

    if (form && strcmp(form, "list") == 0)
        return run_list(cli);
    if (form && strcmp(form, "purge") == 0)
        return run_purge(cli);
    return form ? cli_misuse(cli, "audit does not know %s.", form)
                : cli_misuse(cli, "Say list or purge.");
}

const struct command audit_command = {
    .name = "audit",
    .run = run,
    .usage = "list [--user EMAIL|ID] [--row TABLE[/ID]] [--since TIME] [--count N]\n"
             "purge [--days N]",
    .summary = "Shows who did what to which row, newest first; removes old entries",
};
