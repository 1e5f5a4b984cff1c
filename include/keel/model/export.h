/* export.h - all rows of a list, however many, as CSV, NDJSON or JSON */
#ifndef KEEL_MODEL_EXPORT_H
#define KEEL_MODEL_EXPORT_H

#include "keel/core/stream.h"
#include "keel/model/list.h"

/*
 * An export is a file that an import takes back: a row has every column that answers show and the
 * table stores, under its name, and nothing that is computed. So this is what a file may have for
 * an import, whatever its columns' order (export_has_column() is the rule for both):
 * - A row that is added gets all of it as the file says, the id, is_active, version, created_at and
 *   updated_at too, as if it had never been away; a column that the file lacks gets its default.
 *   The ids given out afterwards begin behind the largest one.
 * - A row that is there by its id (on_conflict=update) gets the columns that a body may change, and
 *   is_active, as far as the file has them. Where nothing of that differs, the row is not touched.
 *   Where something does, version and updated_at rise as with every change; created_at, and those
 *   two of the file, count for nothing.
 * So export, import, export gives the same bytes twice: in a table that was emptied, as all is
 * kept, and in one that was not, as nothing differs.
 *
 * In CSV, NULL is a cell with nothing in it and an empty text is ""; the first line names the
 * columns, lines end in LF. Truth is true or false, a time is RFC 3339 in UTC, and a list of texts
 * is a JSON array, everywhere. NDJSON has an object in each line; JSON is an array of them, one in
 * each line, so that it can be read like NDJSON (core/ndjson.h).
 */
enum export_format { EXPORT_CSV, EXPORT_NDJSON, EXPORT_JSON, EXPORT_FORMAT_COUNT };

struct export
{
    enum export_format format;
    struct list_query list;
    int64_t rows; /* given so far; a sink may look */
};

/* "csv", "text/csv; charset=utf-8; header=present" and so on. */
const char *export_format_name(enum export_format format);
const char *export_media_type(enum export_format format);

/* Claim: exports have the column, and imports take it. */
bool export_has_column(const struct column *column);

/*
 * Checks a query string: `format`, and of a list's parameters those that say which rows and in
 * which order; without a word about it, the order is that of the ids. Fails with ERR_VALIDATION,
 * all wrong parameters at once. Who may ask for deleted rows, the caller of this decides.
 */
bool export_decode(struct scope *scope, const struct model *model, struct pairs query,
                   struct export *export);

/* Adds each parameter that export_decode() takes. */
bool export_parameters(struct scope *scope, const struct model *model,
                       struct parameters *parameters);

/* Claim: this name is taken by exports alone, so that no column can be filtered by it. */
bool export_reserves(const char *name);

/*
 * How many rows there are to give: exactly where that is cheap, else the planner's estimate. Fails
 * as db_query() does.
 */
bool export_count(struct scope *scope, const struct export *export, int64_t *count, bool *is_exact);

/*
 * Gives all rows to the sink, in pieces of about 64 KiB, as of one moment: the caller's transaction
 * where one is open, else one that this begins and ends. Memory does not grow with the number of
 * rows; the sink must run no statement. Fails as db_query() does, or as the sink did, which has
 * been given a part then.
 */
bool model_export(struct scope *scope, struct export *export, struct sink sink);

#endif
