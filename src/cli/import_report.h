/* import_report.h - what became of an import, for people */
#ifndef KEEL_CLI_IMPORT_REPORT_H
#define KEEL_CLI_IMPORT_REPORT_H

#include "cli.h"

struct import_report {
    const char *id;
    const char *status;
    const char *error; /* NULL: none */
    bool dry_run;
    int64_t rows, accepted, updated, unchanged, skipped, rejected;
};

bool import_report_read(struct cli *cli, int64_t id, struct import_report *report);

/* Writes the refused rows into a file ("-": standard output). */
bool import_report_rejects(struct cli *cli, int64_t id, const char *path);

/*
 * Prints one line, and fails where the import did or rows were refused; then, if `with_rejects`,
 * the first of them stand on stderr.
 */
bool import_report_print(struct cli *cli, const struct import_report *report, bool with_rejects);

#endif
