/* cli.h - what every command of keelctl has and may use */
#ifndef KEEL_CLI_CLI_H
#define KEEL_CLI_CLI_H

#include "keel/core/config.h"
#include "keel/core/scope.h"

#include <stdio.h>

/* The words behind the command's name; each reader takes out what it reads (arguments.h). */
struct arguments {
    char **list;
    int count;
};

struct cli {
    struct scope scope;
    struct config config;
    struct config_entry *entries; /* one per setting */
    struct arguments arguments;
    struct db *db; /* NULL until cli_connect() */
    bool misused;  /* the error is about how the command was called: exit 2 */
};

struct command {
    const char *name;
    bool (*run)(struct cli *cli); /* false: cli->scope has failed */
    /* Called instead where the settings are wrong, as cli->scope says; NULL: that is the end. */
    bool (*run_without)(struct cli *cli);
    const char *usage;   /* what follows the name, one form per line */
    const char *summary; /* one line */
};

/* Records that the command was called wrongly; returns false. */
bool cli_misuse(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Connects scope->db, as the application or as the owner of the schema. */
bool cli_connect(struct cli *cli);
bool cli_connect_as_owner(struct cli *cli);

/* The same for statements that may take long: a limit of time for requests does not hold. */
bool cli_connect_for_long(struct cli *cli);
bool cli_connect_as_owner_for_long(struct cli *cli);

/* Ends the transaction that the command opened: keeps what is `done`, takes back what is not. */
bool cli_finish(struct cli *cli, bool done);

/* Claim: stdout is a terminal, so people are reading. */
bool cli_is_terminal(void);

/* Writes text to stdout. Fails when it cannot be written (a full disk, a closed pipe). */
bool cli_print(struct cli *cli, const char *text);
bool cli_print_format(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the recorded error to stderr: the sentence, every further one, and the detail. */
void cli_print_error(const struct cli *cli);

#endif
