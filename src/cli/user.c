/* user.c - `keelctl user`: accounts, for operators */
#include "commands.h"

#include "arguments.h"
#include "keel/db/db.h"
#include "keel/model/input.h"
#include "keel/services/password.h"
#include "keel/services/throttle.h"
#include "keel/services/users.h"
#include "password_input.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define ROLE_MAX 16

struct wanted_roles {
    const char *list[ROLE_MAX];
    size_t count;
};

/* The same rules as over HTTP: they stand in the column table. */
static bool check(struct cli *cli, const char *field, const char *value)
{
    return !value ||
           input_check_text(&cli->scope, model_find(&registration_model, field), field, value);
}

static const char *next_email(struct cli *cli)
{
    const char *email = arguments_next(cli);

    if (!email)
        cli_misuse(cli, "Say whose account: an address.");
    return email;
}

static bool read_roles(struct cli *cli, struct wanted_roles *roles)
{
    const char *role;

    do {
        if (!arguments_value(cli, "--role", &role))
            return false;
        if (role && roles->count == ROLE_MAX)
            return cli_misuse(cli, "An account is created with at most %d roles.", ROLE_MAX);
        if (role)
            roles->list[roles->count++] = role;
    } while (role);
    if (roles->count == 0)
        roles->list[roles->count++] = cli->config.default_role;
    return true;
}

static bool add_account(struct cli *cli, const struct registration *registration,
                        const struct wanted_roles *roles)
{
    struct scope *scope = &cli->scope;
    bool changed;
    int64_t id;

    if (!users_create(scope, registration, roles->list[0], &id))
        return false;
    for (size_t i = 1; i < roles->count; i++) {
        if (!users_add_role(scope, registration->email, roles->list[i], &changed))
            return false;
    }
    return db_commit(scope) && cli_print_format(cli, "%s was added with the id %" PRId64 ".\n",
                                                registration->email, id);
}

static bool run_create(struct cli *cli)
{
    struct registration registration = {0};
    struct wanted_roles roles = {.count = 0};
    int64_t fd = -1;

    if (!arguments_value(cli, "--name", &registration.name) || !read_roles(cli, &roles) ||
        !arguments_number(cli, "--password-fd", 0, INT_MAX, &fd))
        return false;
    registration.email = next_email(cli);
    if (!registration.email || !arguments_end(cli) || !check(cli, "email", registration.email) ||
        !check(cli, "name", registration.name) ||
        !password_input(cli, fd, &registration.password) ||
        !password_check_new(&cli->scope, "password", registration.password, registration.email) ||
        !cli_connect(cli) || !db_begin(&cli->scope))
        return false;
    bool done = add_account(cli, &registration, &roles);

    if (db_in_transaction(cli->db))
        db_rollback(&cli->scope);
    return done;
}

static bool run_role(struct cli *cli)
{
    const char *email = next_email(cli);
    const char *verb = email ? arguments_next(cli) : NULL;
    const char *role = verb ? arguments_next(cli) : NULL;
    bool adds = verb && strcmp(verb, "add") == 0;
    bool changed;

    if (!email)
        return false;
    if (!role || (!adds && strcmp(verb, "remove") != 0))
        return cli_misuse(cli, "Say add or remove, and which role.");
    if (!arguments_end(cli) || !cli_connect(cli))
        return false;
    if (adds ? !users_add_role(&cli->scope, email, role, &changed)
             : !users_remove_role(&cli->scope, email, role, &changed))
        return false;
    return cli_print_format(cli, "%s %s the role %s.\n", email,
                            adds ? (changed ? "now has" : "already has")
                                 : (changed ? "no longer has" : "does not have"),
                            role);
}

static bool run_password(struct cli *cli)
{
    const char *password;
    int64_t fd = -1;

    if (!arguments_number(cli, "--password-fd", 0, INT_MAX, &fd))
        return false;
    const char *email = next_email(cli);

    return email && arguments_end(cli) && password_input(cli, fd, &password) &&
           password_check_new(&cli->scope, "password", password, email) && cli_connect(cli) &&
           users_set_password(&cli->scope, email, password) &&
           cli_print_format(cli, "%s has a new password.\n", email);
}

static bool run_unlock(struct cli *cli)
{
    const char *email = next_email(cli);
    bool counted;
    int64_t id;

    if (!email || !arguments_end(cli) || !cli_connect(cli) ||
        !users_find(&cli->scope, email, &id) || !throttle_unlock(&cli->scope, email, &counted))
        return false;
    return cli_print_format(cli,
                            counted ? "%s may sign in again; its failed attempts are forgotten.\n"
                                    : "%s has no failed attempts.\n",
                            email);
}

static bool run(struct cli *cli)
{
    const char *form = arguments_next(cli);

    if (form && strcmp(form, "create") == 0)
        return run_create(cli);
    if (form && strcmp(form, "role") == 0)
        return run_role(cli);
    if (form && strcmp(form, "password") == 0)
        return run_password(cli);
    if (form && strcmp(form, "unlock") == 0)
        return run_unlock(cli);
    return form ? cli_misuse(cli, "user does not know %s.", form)
                : cli_misuse(cli, "Say what user shall do.");
}

const struct command user_command = {
    .name = "user",
    .run = run,
    .usage = "create EMAIL [--name NAME] [--role ROLE]... [--password-fd N]\n"
             "role EMAIL add|remove ROLE\n"
             "password EMAIL [--password-fd N]\n"
             "unlock EMAIL",
    .summary = "Adds an account, changes its roles or its password (read from the terminal or "
               "stdin), lets it in again after too many failed attempts",
};
