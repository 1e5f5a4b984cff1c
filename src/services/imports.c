/* imports.c - rows from files: ordered, cancelled, and which of them were refused */
#include "keel/services/imports.h"

#include "keel/core/csv.h"
#include "keel/core/text.h"
#include "keel/model/export.h"
#include "keel/services/jobs.h"
#include "sql.h"

#include <string.h>

/* Refused rows that are read at once. */
#define REJECTS_AT_ONCE 500

enum reject_part {
    REJECT_LINE,
    REJECT_ID,
    REJECT_COLUMN,
    REJECT_CODE,
    REJECT_MESSAGE,
    REJECT_VALUE,
    REJECT_PARTS
};

bool imports_fit(const struct model *model)
{
    bool adds = false;

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!(column->uses & CREATE))
            continue;
        adds = export_has_column(column);
        if (!adds)
            return false;
    }
    /* Which columns a row has is told by the bits of a bigint, of which one is its sign. */
    return adds && model->table && model_find(model, "id") && model->column_count < 64;
}

bool import_takes(const char *choices, const char *value)
{
    const char *piece;
    size_t length;

    while (text_next(&choices, '|', &piece, &length)) {
        if (strlen(value) == length && memcmp(piece, value, length) == 0)
            return true;
    }
    return false;
}

/* The choice itself, or the first one where there is none. */
static const char *choose(struct scope *scope, const char *name, const char *choices,
                          const char *value)
{
    if (!value)
        return scope_copy(scope, choices, strcspn(choices, "|"));
    if (!import_takes(choices, value))
        fail_field(scope, name, "unknown", "%s must be one of %s", name, choices);
    return value;
}

static bool enqueue(struct scope *scope, const struct import_order *order, int64_t id)
{
    const char *key = param_int(scope, id);
    const char *args = scope_format(scope, "{\"import\":%s}", key);
    const struct job_order job = {
        .kind = IMPORT_JOB, .args = args, .unique_key = key, .user_id = order->user_id};
    int64_t job_id;
    struct rows ignored;

    return args && key && jobs_enqueue(scope, &job, &job_id, NULL) &&
           db_query(scope, &sql_imports_set_job, PARAMS(key, param_int(scope, job_id)), &ignored);
}

bool imports_create(struct scope *scope, const struct import_order *order, int64_t *id)
{
    const char *format = choose(scope, "format", IMPORT_FORMATS, order->format);
    const char *mode = choose(scope, "mode", IMPORT_MODES, order->mode);
    const char *on_conflict = choose(scope, "on_conflict", IMPORT_CONFLICTS, order->on_conflict);
    struct rows rows;

    if (!db_query(scope, &sql_imports_add,
                  PARAMS(order->user_id ? param_int(scope, order->user_id) : NULL, order->resource,
                         order->file, param_bool(order->is_upload), format, mode, on_conflict,
                         param_bool(order->dry_run), param_int(scope, order->bytes)),
                  &rows))
        return false;
    *id = row_int(&rows, 0, 0);
    return order->at_once || enqueue(scope, order, *id);
}

static bool refuse_cancel(struct scope *scope, int64_t id)
{
    struct rows rows;

    if (!db_query(scope, &sql_imports_find_status, PARAMS(param_int(scope, id)), &rows))
        return false;
    if (rows.count == 0)
        return fail(scope, ERR_NOT_FOUND, "Import not found");
    return fail(scope, ERR_CONFLICT, "The import is finished already: it has %s",
                strcmp(row_text(&rows, 0, 0), "cancelled") == 0 ? "been cancelled"
                                                                : row_text(&rows, 0, 0));
}

/* A job that has just ended has left the import in a state that says so. */
bool imports_cancel(struct scope *scope, int64_t id)
{
    struct rows rows;

    if (!db_query(scope, &sql_imports_cancel, PARAMS(param_int(scope, id)), &rows))
        return false;
    if (rows.count == 0)
        return refuse_cancel(scope, id);
    return row_is_null(&rows, 0, 0) || jobs_cancel(scope, row_int(&rows, 0, 0));
}

static void add_reject(struct buffer *text, const struct rows *rows, int row)
{
    buffer_add_text(text, row_text(rows, row, REJECT_LINE));
    for (int part = REJECT_COLUMN; part < REJECT_PARTS; part++) {
        buffer_add_char(text, ',');
        if (!row_is_null(rows, row, part))
            csv_add_text(text, row_text(rows, row, part), strlen(row_text(rows, row, part)));
    }
    buffer_add_char(text, '\n');
}

static bool write_rows(struct scope *part, const struct rows *rows, struct sink sink)
{
    struct buffer text;

    buffer_init(&text, &part->arena);
    for (int row = 0; row < rows->count; row++)
        add_reject(&text, rows, row);
    if (text.failed)
        return fail_memory(part);
    return !text.length || sink.write(sink.to, text.data, text.length);
}

/* Some rows behind the last one written; `*more` says whether there may be others. */
static bool write_some(struct scope *part, int64_t id, int64_t last[2], struct sink sink,
                       bool *more)
{
    struct rows rows;

    if (!db_query(part, &sql_imports_rejects,
                  PARAMS(param_int(part, id), param_int(part, last[0]), param_int(part, last[1]),
                         param_int(part, REJECTS_AT_ONCE)),
                  &rows))
        return false;
    *more = rows.count == REJECTS_AT_ONCE;
    if (*more) {
        last[0] = row_int(&rows, rows.count - 1, REJECT_LINE);
        last[1] = row_int(&rows, rows.count - 1, REJECT_ID);
    }
    return write_rows(part, &rows, sink);
}

bool imports_write_rejects(struct scope *scope, int64_t id, struct sink sink)
{
    static const char header[] = "line,column,code,message,value\n";
    int64_t last[2] = {0, 0};
    bool ok = sink.write(sink.to, header, strlen(header)), more = true;

    while (ok && more) {
        struct scope part;

        scope_begin(&part, scope->config, scope->db, scope->log);
        ok = write_some(&part, id, last, sink, &more) || fail_as(scope, &part);
        scope->queries += part.queries;
        scope->database_us += part.database_us;
        scope_end(&part);
    }
    return ok;
}
