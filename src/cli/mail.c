/* mail.c - `keelctl mail`: sends what waits in the outbox, and looks after it */
#include "commands.h"

#include "arguments.h"
#include "keel/core/text.h"
#include "keel/db/db.h"
#include "keel/mailer/mailer.h"
#include "sql.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

#define SEND_MAX 1000000
#define LIST_MAX 1000

static void print_failure(void *state, int64_t id, const char *what)
{
    (void)state;
    fprintf(stderr, "keelctl: mail %" PRId64 ": %s\n", id, what);
}

static bool send_once(struct cli *cli, int64_t limit)
{
    const struct mail_drain drain = {.limit = limit, .report = print_failure};
    struct mail_tally tally;

    if (!mail_send_due(&cli->scope, &drain, &tally) || !mail_tidy(&cli->scope) ||
        !cli_print_format(
            cli, "%" PRId64 " sent, %" PRId64 " to be tried again, %" PRId64 " given up.\n",
            tally.sent, tally.failed, tally.given_up))
        return false;
    return tally.failed + tally.given_up == 0 ||
           fail(&cli->scope, ERR_UNAVAILABLE,
                "Not every mail could be sent; `keelctl mail list --failed` shows them.");
}

static bool run_send(struct cli *cli)
{
    int64_t limit = SEND_MAX;

    return arguments_number(cli, "--limit", 1, SEND_MAX, &limit) && arguments_end(cli) &&
           cli_connect(cli) && send_once(cli, limit);
}

static bool print_mails(struct cli *cli, const struct rows *rows)
{
    static const char *const headings[] = {"ID",      "KIND", "RECIPIENT", "STATE", "ATTEMPTS",
                                           "CREATED", "AT",   "ERROR",     NULL};

    return table_print_rows(cli, headings, rows);
}

static bool run_list(struct cli *cli)
{
    bool only_failed = arguments_flag(cli, "--failed");
    int64_t limit = 50;
    struct rows rows;

    return arguments_number(cli, "--limit", 1, LIST_MAX, &limit) && arguments_end(cli) &&
           cli_connect(cli) &&
           db_query(&cli->scope, &sql_mail_list,
                    PARAMS(param_bool(only_failed), param_int(&cli->scope, limit)), &rows) &&
           print_mails(cli, &rows);
}

static bool retry_one(struct cli *cli, int64_t id)
{
    struct rows rows;

    if (!db_query(&cli->scope, &sql_mail_retry, PARAMS(param_int(&cli->scope, id)), &rows))
        return false;
    if (rows.affected == 0)
        return fail(&cli->scope, ERR_NOT_FOUND,
                    "No mail %" PRId64 " waits, or its text is gone: it was sent, or given up more "
                    "than mail_retry_s ago.",
                    id);
    return mail_order_sending(&cli->scope, 0) &&
           cli_print_format(cli, "Mail %" PRId64 " is due now.\n", id);
}

static bool retry_failed(struct cli *cli)
{
    struct rows rows;

    return db_query(&cli->scope, &sql_mail_retry_failed, NO_PARAMS, &rows) &&
           (rows.affected == 0 || mail_order_sending(&cli->scope, 0)) &&
           cli_print_format(cli, "%" PRId64 " due now.\n", rows.affected);
}

static bool run_retry(struct cli *cli)
{
    bool all_failed = arguments_flag(cli, "--all-failed");
    const char *word = arguments_next(cli);
    int64_t id = 0;

    if (all_failed ? word != NULL : !word || !text_to_int(word, strlen(word), &id))
        return cli_misuse(cli, "Say which mail: its number, or --all-failed.");
    if (!arguments_end(cli) || !cli_connect(cli))
        return false;
    return all_failed ? retry_failed(cli) : retry_one(cli, id);
}

/* Values as they could be, so that each kind shows all that it can have. */
static bool render_sample(struct cli *cli, enum mail_kind kind, const char *to,
                          struct mail_text *text)
{
    const struct mail_value values[] = {
        {"name", "Ada Lovelace"},         {"link", mail_link(&cli->scope, "/sample", "sample")},
        {"new_email", "ada@example.com"}, {"expires", "1 hour"},
        {"address", "192.0.2.1"},         {"agent", "Firefox on Linux"},
    };

    return mail_render(&cli->scope, kind, to, values, sizeof values / sizeof values[0], text);
}

static bool run_test(struct cli *cli)
{
    enum mail_kind kind = MAIL_TEST;
    struct mail_text text;
    const char *name;

    if (!arguments_value(cli, "--kind", &name))
        return false;
    const char *to = arguments_next(cli);

    if (!to)
        return cli_misuse(cli, "Say to whom: an address.");
    if (name && !mail_kind_from_name(name, &kind))
        return cli_misuse(cli, "There is no kind of mail %s.", name);
    return arguments_end(cli) && render_sample(cli, kind, to, &text) &&
           mail_send_now(&cli->scope, to, &text) &&
           cli_print_format(cli, "A mail to %s was handed over (%s).\n", to,
                            cli->config.mail_transport);
}

static bool run(struct cli *cli)
{
    static const struct {
        const char *name;
        bool (*run)(struct cli *cli);
    } forms[] = {{"send", run_send}, {"list", run_list}, {"retry", run_retry}, {"test", run_test}};
    const char *form = arguments_next(cli);

    for (size_t i = 0; form && i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].name, form) == 0)
            return forms[i].run(cli);
    }
    return form ? cli_misuse(cli, "mail does not know %s.", form)
                : cli_misuse(cli, "Say what mail shall do.");
}

const struct command mail_command = {
    .name = "mail",
    .run = run,
    .usage = "send [--limit N]\n"
             "list [--failed] [--limit N]\n"
             "retry ID | --all-failed\n"
             "test ADDRESS [--kind KIND]",
    .summary = "Sends the mails that wait, as the job mail.send does; lists them, tries one out",
};
