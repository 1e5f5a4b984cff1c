/* import_model.c - imports as they are shown */
#include "keel/services/imports.h"

struct import_row {
    int64_t id;
    const char *resource;
    const char *format;
    const char *mode;
    const char *on_conflict;
    bool dry_run;
    const char *status;
    const char *error;
    struct decimal progress;
    int64_t rows_total;
    int64_t rows_accepted;
    int64_t rows_updated;
    int64_t rows_unchanged;
    int64_t rows_skipped;
    int64_t rows_rejected;
    struct maybe_int user_id;
    struct maybe_int job_id;
    struct instant created_at;
    struct instant started_at;
    struct instant finished_at;
};

/* A long transaction tells others how far it is only by its job. */
#define PROGRESS                                                                                   \
    "SELECT CASE WHEN imports.finished_at IS NOT NULL THEN 1 ELSE greatest(imports.progress, "     \
    "(SELECT jobs.progress FROM jobs WHERE jobs.id = imports.job_id)) END::numeric(5,4)"

static const struct column columns[] = {
    {INT(struct import_row, id), .uses = READ | SORT, .example = "31", .doc = "Identifier."},
    {TEXT(struct import_row, resource), .uses = READ | FILTER, .min = 1, .max = 63,
     .example = "\"items\"", .doc = "Of what rows."},
    {TEXT(struct import_row, format), .uses = READ, .choices = IMPORT_FORMATS, .example = "\"csv\"",
     .doc = "How the file is written."},
    {TEXT(struct import_row, mode), .uses = READ, .choices = IMPORT_MODES,
     .example = "\"all_or_nothing\"",
     .doc = "Whether one wrong row keeps all others out, or itself alone."},
    {TEXT(struct import_row, on_conflict), .uses = READ, .choices = IMPORT_CONFLICTS,
     .example = "\"error\"", .doc = "What becomes of a row whose id is there already."},
    {BOOL(struct import_row, dry_run), .uses = READ, .example = "false",
     .doc = "Everything is checked and nothing kept."},
    {TEXT(struct import_row, status), .uses = READ | FILTER,
     .choices = "queued|running|succeeded|failed|cancelled", .example = "\"succeeded\"",
     .doc = "Failed, too, where one wrong row keeps all others out and there was one."},
    {TEXT(struct import_row, error), .uses = READ, .nullable = true, .example = "null",
     .doc = "Why it failed, as a sentence."},
    {DECIMAL(struct import_row, progress), .uses = READ, .digits = 5, .scale = 4, .max = 1,
     .expression = PROGRESS, .example = "1.0000",
     .doc = "How much of it is done, 0 to 1; 1 when it has ended."},
    {INT(struct import_row, rows_total), .uses = READ, .example = "1000",
     .doc = "Rows of the file, as far as it is read."},
    {INT(struct import_row, rows_accepted), .uses = READ, .example = "990",
     .doc = "Of these, in the table now as the file has them; of a dry run, those that would be."},
    {INT(struct import_row, rows_updated), .uses = READ, .example = "40",
     .doc = "Of the accepted, rows that were there and were changed."},
    {INT(struct import_row, rows_unchanged), .uses = READ, .example = "12",
     .doc = "Of the accepted, rows that were there just so; those neither updated nor unchanged "
            "are new."},
    {INT(struct import_row, rows_skipped), .uses = READ, .example = "7",
     .doc = "Passed by, as their id was there already."},
    {INT(struct import_row, rows_rejected), .uses = READ, .example = "3",
     .doc = "Refused; the list of rejects says why."},
    {MAYBE_INT(struct import_row, user_id), .uses = READ | FILTER, .min = 1, .max = INT64_MAX,
     .example = "7", .doc = "Who sent it; null: an operator. The account may be gone since."},
    {MAYBE_INT(struct import_row, job_id), .uses = READ, .example = "4711",
     .doc = "The job that carries it out; null: keelctl does."},
    {TIME(struct import_row, created_at), .uses = READ | SORT | RANGE,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was ordered."},
    {TIME(struct import_row, started_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was first begun."},
    {TIME(struct import_row, finished_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T10:00:01Z\"", .doc = "When it ended."},
};

const struct model import_model = {
    .name = "Import",
    .plural = "imports",
    .table = "imports",
    COLUMNS(columns),
    .size = sizeof(struct import_row),
    .order = "-id",
};
