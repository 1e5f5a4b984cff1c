/* user.h - the forms of `keelctl user`, one or two to a file */
#ifndef KEEL_CLI_USER_H
#define KEEL_CLI_USER_H

#include "cli.h"

/* The next word, whose account it is; NULL, as misuse, where there is none. */
const char *user_next_email(struct cli *cli);

bool user_run_list(struct cli *cli);
bool user_run_show(struct cli *cli);
bool user_run_deactivate(struct cli *cli);
bool user_run_activate(struct cli *cli);
bool user_run_remove(struct cli *cli);

#endif
