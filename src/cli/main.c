/* main.c - keelctl: finds the command, runs it, and turns its outcome into an exit status */
#include "commands.h"

#include "keel/db/db.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

/* One below the other, so that branches that add one each can be merged. */
/* clang-format off */
static const struct command *const commands[] = {
    &migrate_command,
    &seed_command,
    &user_command,
    &role_command,
    &keys_command,
    &mail_command,
    &config_command,
    &routes_command,
    &check_command,
    &recount_command,
    &purge_command,
    &audit_command,
    &export_command,
    &jobs_command,
    &schedule_command,
    &pipeline_command,
    &docs_command,
    &openapi_command,
    &new_command,
    &report_command,
    &import_command,
    &workers_command,
    &doctor_command,
};
/* clang-format on */
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static void print_overview(FILE *stream)
{
    fputs("Usage: keelctl COMMAND [WORDS]\n\nCommands:\n", stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
    fputs("  help      This list; `help COMMAND` says how one is called\n\n"
          "Settings come from the environment (KEEL_...) and the file that KEEL_CONFIG names.\n"
          "Exit status: 0 done, 1 failed, 2 called wrongly.\n",
          stream);
}

/* One line per form, each complete. */
static void print_usage(FILE *stream, const struct command *command)
{
    const char *form = command->usage;
    const char *label = "Usage:";

    for (;;) {
        size_t length = strcspn(form, "\n");

        fprintf(stream, "%-6s keelctl %s %.*s\n", label, command->name, (int)length, form);
        if (!form[length])
            return;
        form += length + 1;
        label = "";
    }
}

static enum exit_status help(int count, char **words)
{
    const struct command *command = count > 0 ? find_command(words[0]) : NULL;

    if (count > 0 && !command) {
        fprintf(stderr, "keelctl: There is no command %s.\n", words[0]);
        return EXIT_MISUSED;
    }
    if (command) {
        print_usage(stdout, command);
        printf("\n%s\n", command->summary);
    } else {
        print_overview(stdout);
    }
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static bool load_and_run(struct cli *cli, const struct command *command)
{
    if (!config_load(&cli->scope, environ, &cli->config, &cli->entries))
        return command->run_without && command->run_without(cli);
    /*
     * An operator's one hash takes no turn: it does not wait behind a crowd, and does not make a
     * file, as root, that the workers cannot open.
     */
    cli->config.hash_file = "";
    return command->run(cli);
}

static enum exit_status run(const struct command *command, int count, char **words)
{
    struct cli cli = {.arguments = {words, count}};
    enum exit_status status = EXIT_DONE;

    scope_begin(&cli.scope, &cli.config, NULL, NULL);
    if (!load_and_run(&cli, command)) {
        cli_print_error(&cli);
        if (cli.misused)
            print_usage(stderr, command);
        status = cli.misused ? EXIT_MISUSED : EXIT_FAILED;
    }
    db_close(cli.db);
    scope_end(&cli.scope);
    return status;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv)
{
    /* A closed pipe (| head) is an error of writing, which every command reports by itself. */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_MISUSED;
    }
    if (asks_for_help(argv[1]))
        return (int)help(argc - 2, argv + 2);
    const struct command *command = find_command(argv[1]);

    if (!command) {
        fprintf(stderr, "keelctl: There is no command %s.\n\n", argv[1]);
        print_overview(stderr);
        return EXIT_MISUSED;
    }
    if (argc == 3 && asks_for_help(argv[2]))
        return (int)help(1, argv + 1);
    return (int)run(command, argc - 2, argv + 2);
}
