/* role.c - `keelctl role`: roles and what they permit */
#include "commands.h"

#include "arguments.h"
#include "forms.h"
#include "keel/services/roles.h"
#include "table.h"
#include "words.h"

static const char *next_role(struct cli *cli)
{
    const char *role = arguments_next(cli);

    if (!role)
        cli_misuse(cli, "Say which role.");
    return role;
}

static bool run_list(struct cli *cli)
{
    static const char *const headings[] = {"ROLE", "SUMMARY", "PERMISSIONS", NULL};
    struct table table;
    struct rows rows;

    if (!arguments_end(cli) || !cli_connect(cli) || !roles_list(&cli->scope, &rows))
        return false;
    table_begin(&table, &cli->scope, headings);
    for (int i = 0; i < rows.count; i++) {
        const char *const cells[] = {row_text(&rows, i, 0), row_text(&rows, i, 1),
                                     words_of_names(&cli->scope, row_text(&rows, i, 2))};

        if (!cells[2] || !table_add(&table, cells))
            return false;
    }
    return table_print(cli, &table);
}

static bool run_create(struct cli *cli)
{
    const char *summary;

    if (!arguments_value(cli, "--summary", &summary))
        return false;
    const char *role = next_role(cli);

    return role && arguments_end(cli) && cli_connect(cli) &&
           roles_create(&cli->scope, role, summary ? summary : "") &&
           cli_print_format(cli, "The role %s was added; it permits nothing yet.\n", role);
}

static bool run_delete(struct cli *cli)
{
    const char *role = next_role(cli);

    return role && arguments_end(cli) && cli_connect(cli) && roles_delete(&cli->scope, role) &&
           cli_print_format(cli, "The role %s was deleted.\n", role);
}

/* What became of one permission, told once all are kept. */
static bool change_one(struct cli *cli, const char *role, const char *permission, bool grants,
                       struct buffer *told)
{
    bool changed = false;

    if (grants ? !roles_grant(&cli->scope, role, permission, &changed)
               : !roles_revoke(&cli->scope, role, permission, &changed))
        return false;
    buffer_add_format(told, "%s %s %s.\n", role,
                      grants ? (changed ? "now has" : "already has")
                             : (changed ? "no longer has" : "does not have"),
                      permission);
    return !told->failed || fail_memory(&cli->scope);
}

static bool change_each(struct cli *cli, const char *role, bool grants, struct buffer *told)
{
    const char *permission;

    while ((permission = arguments_next(cli))) {
        if (!change_one(cli, role, permission, grants, told))
            return false;
    }
    return (told->length > 0 || cli_misuse(cli, "Say which permissions.")) && arguments_end(cli);
}

/* All that are named, or, where one is wrong, none. */
static bool change(struct cli *cli, bool grants)
{
    const char *role = next_role(cli);
    struct buffer told;

    buffer_init(&told, &cli->scope.arena);
    if (!role || !cli_connect(cli) || !db_begin(&cli->scope))
        return false;
    return cli_finish(cli, change_each(cli, role, grants, &told)) && cli_print(cli, told.data);
}

static bool run_grant(struct cli *cli)
{
    return change(cli, true);
}

static bool run_revoke(struct cli *cli)
{
    return change(cli, false);
}

static bool run(struct cli *cli)
{
    static const struct form forms[] = {
        {"list", run_list},   {"create", run_create}, {"delete", run_delete},
        {"grant", run_grant}, {"revoke", run_revoke},
    };

    return FORMS_RUN(cli, "role", forms);
}

const struct command role_command = {
    .name = "role",
    .run = run,
    .usage = "list\n"
             "create ROLE [--summary TEXT]\n"
             "delete ROLE\n"
             "grant ROLE PERMISSION...\n"
             "revoke ROLE PERMISSION...",
    .summary = "Lists roles, adds and deletes them, and says what they permit",
};
