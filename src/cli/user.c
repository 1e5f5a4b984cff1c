/* user.c - `keelctl user`: accounts, for operators */
#include "commands.h"

#include "arguments.h"
#include "forms.h"
#include "keel/db/db.h"
#include "keel/model/input.h"
#include "keel/services/password.h"
#include "keel/services/second_factor.h"
#include "keel/services/throttle.h"
#include "keel/services/users.h"
#include "password_input.h"
#include "user.h"

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

const char *user_next_email(struct cli *cli)
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
    return cli_finish(cli, true) && cli_print_format(cli, "%s was added with the id %" PRId64 ".\n",
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
    registration.email = user_next_email(cli);
    if (!registration.email || !arguments_end(cli) || !check(cli, "email", registration.email) ||
        !check(cli, "name", registration.name) ||
        !password_input(cli, fd, &registration.password) ||
        !password_check_new(&cli->scope, "password", registration.password, registration.email) ||
        !cli_connect(cli) || !db_begin(&cli->scope))
        return false;
    return add_account(cli, &registration, &roles) || cli_finish(cli, false);
}

static bool run_role(struct cli *cli)
{
    const char *email = user_next_email(cli);
    const char *verb = email ? arguments_next(cli) : NULL;
    const char *role = verb ? arguments_next(cli) : NULL;
    bool adds = verb && strcmp(verb, "add") == 0;
    bool changed;

    if (!email)
        return false;
    if (!role || (!adds && strcmp(verb, "remove") != 0))
        return cli_misuse(cli, "Say add or remove, and which role.");
    if (!arguments_end(cli) || !cli_connect(cli) || !db_begin(&cli->scope))
        return false;
    if (!cli_finish(cli, adds ? users_add_role(&cli->scope, email, role, &changed)
                              : users_remove_role(&cli->scope, email, role, &changed)))
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
    const char *email = user_next_email(cli);

    return email && arguments_end(cli) && password_input(cli, fd, &password) &&
           password_check_new(&cli->scope, "password", password, email) && cli_connect(cli) &&
           users_set_password(&cli->scope, email, password) &&
           cli_print_format(cli, "%s has a new password.\n", email);
}

static bool run_unlock(struct cli *cli)
{
    const char *email = user_next_email(cli);
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

/* For who has lost the app and the recovery codes, and has proved that to somebody. */
static bool run_totp_off(struct cli *cli)
{
    const char *email = user_next_email(cli);
    int64_t id = 0;
    bool was_there = false;

    if (!email || !arguments_end(cli) || !cli_connect(cli) || !db_begin(&cli->scope))
        return false;
    bool done =
        users_find(&cli->scope, email, &id) && second_factor_remove(&cli->scope, id, &was_there);

    return cli_finish(cli, done) && cli_print_format(cli, "%s %s second factor.\n", email,
                                                     was_there ? "no longer has a" : "has no");
}

static bool run(struct cli *cli)
{
    static const struct form forms[] = {
        {"create", run_create},
        {"list", user_run_list},
        {"show", user_run_show},
        {"role", run_role},
        {"password", run_password},
        {"unlock", run_unlock},
        {"deactivate", user_run_deactivate},
        {"activate", user_run_activate},
        {"remove", user_run_remove},
        {"totp-off", run_totp_off},
    };

    return FORMS_RUN(cli, "user", forms);
}

const struct command user_command = {
    .name = "user",
    .run = run,
    .usage = "create EMAIL [--name NAME] [--role ROLE]... [--password-fd N]\n"
             "list [WORDS] [--role ROLE] [--inactive]\n"
             "show EMAIL\n"
             "role EMAIL add|remove ROLE\n"
             "password EMAIL [--password-fd N]\n"
             "unlock EMAIL\n"
             "deactivate EMAIL\n"
             "activate EMAIL\n"
             "remove EMAIL\n"
             "totp-off EMAIL",
    .summary = "Adds, shows, changes and removes accounts; a password is read from the terminal or "
               "stdin",
};
