/* commands.h - the commands of keelctl; main.c has the table of them */
#ifndef KEEL_CLI_COMMANDS_H
#define KEEL_CLI_COMMANDS_H

#include "cli.h"

extern const struct command migrate_command;
extern const struct command seed_command;
extern const struct command user_command;
extern const struct command role_command;
extern const struct command keys_command;
extern const struct command mail_command;
extern const struct command config_command;
extern const struct command routes_command;
extern const struct command check_command;
extern const struct command recount_command;
extern const struct command purge_command;
extern const struct command audit_command;
extern const struct command export_command;
extern const struct command jobs_command;
extern const struct command schedule_command;
extern const struct command pipeline_command;
extern const struct command docs_command;
extern const struct command openapi_command;
extern const struct command new_command;
extern const struct command report_command;
extern const struct command import_command;
extern const struct command workers_command;
extern const struct command doctor_command;

#endif
