/* seed.c - `keelctl seed`: demo or test data, and accounts to try them with */
#include "commands.h"

#include "arguments.h"
#include "embedded.h"
#include "keel/db/db.h"
#include "keel/services/users.h"

#include <string.h>

/* The passwords are no secret: they are printed by `make up`, and production refuses to seed. */
static const char *const roles[] = {"admin", "editor", "viewer"};
#define ROLE_COUNT (sizeof roles / sizeof roles[0])

static const struct embedded_file *find_seed(struct scope *scope, const char *name)
{
    const char *file = scope_format(scope, "%s.sql", name);

    for (size_t i = 0; file && i < embedded_seeds_count; i++) {
        if (strcmp(embedded_seeds[i].name, file) == 0)
            return &embedded_seeds[i];
    }
    return NULL;
}

static bool add_account(struct scope *scope, const char *role, bool *added)
{
    const char *email = scope_format(scope, "%s@example.com", role);
    const char *password = scope_format(scope, "%s-password-1", role);
    int64_t id;

    if (!email || !password)
        return false;
    *added = false;
    if (users_find(scope, email, &id))
        return true;
    if (scope->error.kind != ERR_NOT_FOUND)
        return false;
    scope_clear_error(scope);
    const struct registration registration = {.email = email, .password = password};

    *added = true;
    return users_create(scope, &registration, role, &id);
}

static bool add_all(struct scope *scope, const struct embedded_file *file, bool *added)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (!add_account(scope, roles[i], &added[i]))
            return false;
    }
    return db_script(scope, file->name, file->text) && db_commit(scope);
}

static bool seed(struct cli *cli, const struct embedded_file *file)
{
    bool added[ROLE_COUNT];

    if (!db_begin(&cli->scope))
        return false;
    if (!add_all(&cli->scope, file, added)) {
        db_rollback(&cli->scope);
        return false;
    }
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (!cli_print_format(cli, "%s@example.com %s.\n", roles[i],
                              added[i] ? "was added" : "is there already"))
            return false;
    }
    return cli_print_format(cli, "The data of %s is in the database.\n", file->name);
}

static bool run(struct cli *cli)
{
    const char *name = arguments_next(cli);
    const struct embedded_file *file = name ? find_seed(&cli->scope, name) : NULL;

    if (!file)
        return cli_misuse(cli, "Say which data: dev or test.");
    if (!arguments_end(cli))
        return false;
    if (cli->config.environment == ENV_PRODUCTION)
        return fail(
            &cli->scope, ERR_FORBIDDEN,
            "This is production: demo data and accounts with known passwords do not belong here.");
    return cli_connect_as_owner(cli) && seed(cli, file);
}

const struct command seed_command = {
    .name = "seed",
    .run = run,
    .usage = "dev | test",
    .summary = "Adds demo (dev) or test data and the accounts admin, editor, viewer@example.com",
};
