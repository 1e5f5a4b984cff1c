/* builtin.h - the parts that every pipeline can be made of */
#ifndef KEEL_PIPELINE_BUILTIN_H
#define KEEL_PIPELINE_BUILTIN_H

#include "keel/db/sql.h"
#include "keel/model/model.h"
#include "keel/pipeline/parts.h"

/*
 * Readers of flow->source. CSV names its columns in its first line; NDJSON has the columns that an
 * import of the model takes (model/export.h), and a member that is none of them rejects its line.
 * Their position is "offset line": the source is then read from its beginning, up to there without
 * looking at it.
 */
extern const struct reader csv_reader_part;    /* no arguments */
extern const struct reader ndjson_reader_part; /* a struct model */

/*
 * A query, which takes flow->parameters. The first reads it by a cursor, all in one transaction,
 * and cannot be taken up again. For the second it takes the key of the row given last as one more
 * parameter behind the others (NULL at the beginning), and gives at most BATCH_ROWS rows behind
 * that one in the key's order: the key is the position, and each batch a transaction of its own.
 */
struct query_reader {
    const struct sql *sql;
    const char *const *columns; /* as the query gives them; ends with NULL */
    const char *key;            /* one of them; NULL where it is read by a cursor */
};
extern const struct reader query_reader_part;
extern const struct reader keyed_query_reader_part;

/* Values of the model's columns become what PostgreSQL takes; a wrong one rejects its row. */
extern const struct step decode_step; /* a struct model */

/* Rejects rows without a value for what the model REQUIREs. */
extern const struct step require_step; /* a struct model */

/* Rejects rows that `check` has something against: it says code and message, or gives true. */
struct row_check {
    bool (*check)(const struct batch *batch, const struct batch_row *row, const char **code,
                  const char **message);
    const char *column; /* that it is about; "" for the row as a whole */
};
extern const struct step validate_step;

/* Puts a column behind the others, with what `make` gives; NULL is NULL where nothing failed. */
struct derivation {
    const char *column;
    const char *(*make)(struct scope *scope, const struct batch *batch,
                        const struct batch_row *row);
};
extern const struct step derive_step;

/* Leaves out rows for which `wants` is false. */
struct row_filter {
    bool (*wants)(const struct batch *batch, const struct batch_row *row);
};
extern const struct step filter_step;

/*
 * Leaves out rows whose value in this column came before; NULL is never the same. The values seen
 * lie in a temporary table of the session, so memory does not grow; a run that is taken up again
 * knows only those that came since, and the writer has to bear the others (ON CONFLICT).
 */
struct row_key {
    const char *column;
};
extern const struct step deduplicate_step;

/*
 * Finds the id that a name stands for: `sql` takes names as text[] and gives (name, id) of those
 * that there are. What it finds goes into `into`, put behind the others; a name that is not found
 * rejects its row, and NULL gives NULL. One query for the names of a batch that are not known yet;
 * at most LOOKUP_KNOWN_MAX of them are remembered.
 */
#define LOOKUP_KNOWN_MAX 4096
struct row_lookup {
    const char *column; /* with the name */
    const char *into;
    const struct sql *sql;
};
extern const struct step lookup_step;

/* Categories by path from the root: "Kitchen > Kettles". */
extern const struct row_lookup category_by_path;

/* Writers to flow->sink, of all columns that there are at the end; as model/export.h has them. */
extern const struct writer csv_writer_part;    /* no arguments */
extern const struct writer ndjson_writer_part; /* no arguments: all values are texts, or a model */
extern const struct writer json_writer_part;   /* the same */

/*
 * A statement for each batch, that takes one array of texts for each of the columns: INSERT ...
 * SELECT ... FROM unnest($1::date[], ...) ON CONFLICT ... DO UPDATE. What it did for a batch it
 * must be able to do again.
 */
struct statement_writer {
    const struct sql *sql;
    const char *const *columns; /* in the order of its parameters; ends with NULL */
};
extern const struct writer statement_writer_part;

#endif
