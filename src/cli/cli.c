/* cli.c - what every command of keelctl has and may use */
#include "cli.h"

#include "keel/db/db.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool cli_misuse(struct cli *cli, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *sentence = arena_vformat(&cli->scope.arena, format, arguments);

    va_end(arguments);
    cli->misused = true;
    return sentence ? fail(&cli->scope, ERR_VALIDATION, "%s", sentence) : fail_memory(&cli->scope);
}

static bool connect_to(struct cli *cli, const char *url)
{
    if (!*url)
        return fail(&cli->scope, ERR_UNAVAILABLE,
                    "No database is configured: set KEEL_DATABASE_URL, or name a file that has it "
                    "in KEEL_CONFIG.");
    if (!db_open(&cli->scope, url, &cli->db))
        return false;
    cli->scope.db = cli->db;
    return db_ensure(&cli->scope);
}

bool cli_connect(struct cli *cli)
{
    return connect_to(cli, cli->config.database_url);
}

bool cli_connect_as_owner(struct cli *cli)
{
    return connect_to(cli, cli->config.migration_database_url);
}

static void lift_limits(struct config *config)
{
    config->db_statement_timeout_ms = 0;
    config->db_deadline_ms = INT32_MAX;
}

bool cli_connect_for_long(struct cli *cli)
{
    lift_limits(&cli->config);
    return cli_connect(cli);
}

bool cli_connect_as_owner_for_long(struct cli *cli)
{
    lift_limits(&cli->config);
    return cli_connect_as_owner(cli);
}

bool cli_finish(struct cli *cli, bool done)
{
    if (done && db_commit(&cli->scope))
        return true;
    if (db_in_transaction(cli->db))
        db_rollback(&cli->scope);
    return false;
}

bool cli_is_terminal(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

bool cli_print(struct cli *cli, const char *text)
{
    if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
        return true;
    return fail(&cli->scope, ERR_INTERNAL, "The output could not be written: %s.", strerror(errno));
}

bool cli_print_format(struct cli *cli, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vformat(&cli->scope.arena, format, arguments);

    va_end(arguments);
    return text ? cli_print(cli, text) : fail_memory(&cli->scope);
}

void cli_print_error(const struct cli *cli)
{
    const struct error *error = &cli->scope.error;
    size_t length = strlen(error->detail ? error->detail : "");

    fprintf(stderr, "keelctl: %s\n", error->message);
    for (const struct field_error *field = error->fields; field; field = field->next) {
        if (strcmp(field->message, error->message) != 0)
            fprintf(stderr, "  %s\n", field->message);
    }
    /* libpq ends its sentences with a newline of their own. */
    while (length && error->detail[length - 1] == '\n')
        length--;
    if (length)
        fprintf(stderr, "  %.*s\n", (int)length, error->detail);
}
