/* user_state.c - `keelctl user deactivate`, `activate` and `remove` */
#include "user.h"

#include "arguments.h"
#include "keel/db/db.h"
#include "keel/services/users.h"

static bool deactivate(struct scope *scope, int64_t id)
{
    return users_set_active(scope, id, false);
}

static bool activate(struct scope *scope, int64_t id)
{
    return users_set_active(scope, id, true);
}

/* Does something to the account that the command names, and says so. */
static bool change(struct cli *cli, bool (*work)(struct scope *scope, int64_t id), const char *what)
{
    const char *email = user_next_email(cli);
    struct scope *scope = &cli->scope;
    int64_t id = 0;

    if (!email || !arguments_end(cli) || !cli_connect(cli) || !db_begin(scope))
        return false;
    return cli_finish(cli, users_find(scope, email, &id) && work(scope, id)) &&
           cli_print_format(cli, "%s %s.\n", email, what);
}

bool user_run_deactivate(struct cli *cli)
{
    return change(cli, deactivate, "was deactivated, and its sessions have ended");
}

bool user_run_activate(struct cli *cli)
{
    return change(cli, activate, "may sign in");
}

bool user_run_remove(struct cli *cli)
{
    return change(cli, users_remove, "was removed; the address is free again");
}
