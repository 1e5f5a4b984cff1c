/* changes.h - what a write changed in a row, as JSON for the audit log */
#ifndef KEEL_MODEL_CHANGES_H
#define KEEL_MODEL_CHANGES_H

#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/model/input.h"

/*
 * {"price": {"from": 34.95, "to": 19.99}, ...} with one member per column, without those that are
 * secret. "from" is missing where there was nothing before, or nobody looked.
 */

/* Of a longer text so many characters are told, and an ellipsis. */
#define CHANGES_TEXT_MAX 1000

/* What a body says, each column as "to"; "{}" where it says nothing. NULL: failed, recorded. */
const char *changes_of_input(struct scope *scope, const struct input *input);

/*
 * Of one field, its values in JSON; `from` NULL is not told. The second takes texts as they are.
 * NULL: failed, recorded.
 */
const char *changes_of_one(struct scope *scope, const char *name, const char *from, const char *to);
const char *changes_of_text(struct scope *scope, const char *name, const char *from,
                            const char *to);

/*
 * An UPDATE tells what it changed by columns behind its own. The row is joined as it was, under
 * names that no column has: `id AS "before.id", price AS "before.price"`. RETURNING then takes for
 * each column that the input sets whether it changed, its value before and its value now; `table`
 * is what the UPDATE calls its table. With `replace`, absent columns are set too.
 */
void changes_add_before(struct buffer *text, const struct input *input, bool replace);
void changes_add_returning(struct buffer *text, const struct input *input, bool replace,
                           const char *table);

/*
 * Reads them out of a row, where they begin at `first`; what is as it was before is left out. NULL:
 * failed, recorded.
 */
const char *changes_of_row(struct scope *scope, const struct input *input, bool replace,
                           const struct rows *rows, int row, int first);

#endif
