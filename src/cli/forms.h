/* forms.h - commands of several forms: `keelctl user create`, `keelctl user list` ... */
#ifndef KEEL_CLI_FORMS_H
#define KEEL_CLI_FORMS_H

#include "cli.h"

struct form {
    const char *name;
    bool (*run)(struct cli *cli);
};

/* Runs the form that the next word names; `command` is for the misuse of another or no word. */
bool forms_run(struct cli *cli, const char *command, const struct form *forms, size_t count);

#define FORMS_RUN(cli, command, forms)                                                             \
    forms_run((cli), (command), (forms), sizeof(forms) / sizeof(forms)[0])

#endif
