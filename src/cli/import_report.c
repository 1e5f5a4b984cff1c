/* import_report.c - what became of an import, for people */
#include "import_report.h"

#include "keel/core/stream.h"
#include "keel/services/imports.h"
#include "new_file.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

/* Refused rows that are told; the others a file can have. */
#define TOLD_MAX 10

static const char *text_of(struct scope *scope, const struct rows *rows, int column)
{
    const char *text = row_text(rows, 0, column);

    return row_is_null(rows, 0, column) ? NULL : scope_copy(scope, text, strlen(text));
}

bool import_report_read(struct cli *cli, int64_t id, struct import_report *report)
{
    struct scope *scope = &cli->scope;
    struct rows rows;

    if (!db_query(scope, &sql_imports_report, PARAMS(param_int(scope, id)), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "There is no import %" PRId64 ".", id);
    *report = (struct import_report){.id = param_int(scope, id),
                                     .status = text_of(scope, &rows, 0),
                                     .error = text_of(scope, &rows, 1),
                                     .dry_run = row_bool(&rows, 0, 2),
                                     .rows = row_int(&rows, 0, 3),
                                     .accepted = row_int(&rows, 0, 4),
                                     .updated = row_int(&rows, 0, 5),
                                     .unchanged = row_int(&rows, 0, 6),
                                     .skipped = row_int(&rows, 0, 7),
                                     .rejected = row_int(&rows, 0, 8)};
    return scope->error.kind == ERR_NONE;
}

bool import_report_rejects(struct cli *cli, int64_t id, const char *path)
{
    struct scope *scope = &cli->scope;
    struct new_file made;

    if (!new_file_open(scope, path, &made))
        return false;
    struct stream_file file = {scope, made.fd, strcmp(path, "-") == 0 ? "stdout" : path};

    if (imports_write_rejects(scope, id, stream_sink(&file)) && new_file_keep(scope, &made))
        return true;
    new_file_drop(&made);
    return false;
}

static bool print_first_rejects(struct cli *cli, const struct import_report *report)
{
    struct scope *scope = &cli->scope;
    struct rows rows;

    if (!db_query(scope, &sql_imports_rejects,
                  PARAMS(report->id, "0", "0", param_int(scope, TOLD_MAX)), &rows))
        return false;
    for (int row = 0; row < rows.count; row++) {
        fprintf(stderr, "line %s: %s", row_text(&rows, row, 0), row_text(&rows, row, 4));
        if (!row_is_null(&rows, row, 5))
            fprintf(stderr, " (%s)", row_text(&rows, row, 5));
        fputc('\n', stderr);
    }
    if (report->rejected > rows.count)
        fprintf(stderr, "... `keelctl import --resume %s --rejects FILE` writes them all.\n",
                report->id);
    return true;
}

bool import_report_print(struct cli *cli, const struct import_report *report, bool with_rejects)
{
    const char *may = report->dry_run ? "would be " : "";

    if (!cli_print_format(
            cli,
            "Import %s %s: %" PRId64 " rows; %" PRId64 " %sadded, %" PRId64 " %supdated, %" PRId64
            " unchanged, %" PRId64 " skipped, %" PRId64 " refused.\n",
            report->id, report->status, report->rows,
            report->accepted - report->updated - report->unchanged, may, report->updated, may,
            report->unchanged, report->skipped, report->rejected))
        return false;
    if (report->rejected && with_rejects && !print_first_rejects(cli, report))
        return false;
    if (report->error)
        return fail(&cli->scope, ERR_CONFLICT, "%s.", report->error);
    if (strcmp(report->status, "cancelled") == 0)
        return fail(&cli->scope, ERR_CONFLICT, "The import was cancelled.");
    return !report->rejected ||
           fail(&cli->scope, ERR_CONFLICT, "%" PRId64 " of %" PRId64 " rows %s refused.",
                report->rejected, report->rows, report->rejected == 1 ? "was" : "were");
}
