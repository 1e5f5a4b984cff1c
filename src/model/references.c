/* references.c - whose rows refer to a table's, and so keep them from being removed */
#include "references.h"

#include "keel/core/buffer.h"
#include "sql.h"

#include <inttypes.h>

/* Counting on would cost more than anybody learns from it. */
#define COUNT_MAX 1000

bool references_read(struct scope *scope, const struct model *model, struct rows *references)
{
    return db_query(scope, &sql_references_to, PARAMS(model->table), references);
}

static bool count_users(struct scope *scope, const struct model *model, int64_t id,
                        const struct rows *references, int row, int64_t *count)
{
    bool only_live = model->soft_delete && row_bool(references, row, REFERENCE_IS_SOFT);
    const char *text = scope_format(
        scope, "SELECT count(*) FROM (SELECT FROM %s WHERE %s = $1%s LIMIT %d) AS u",
        row_text(references, row, REFERENCE_TABLE), row_text(references, row, REFERENCE_COLUMN),
        only_live ? " AND is_active" : "", COUNT_MAX + 1);
    const struct sql sql = {"references_count", text, 1};
    struct rows rows;

    if (!text || !db_query(scope, &sql, PARAMS(param_int(scope, id)), &rows))
        return false;
    *count = row_int(&rows, 0, 0);
    return true;
}

/* The table's name is a plural: "order_lines" are "order lines". */
static void add_users(struct buffer *text, int64_t count, const char *table)
{
    if (count > COUNT_MAX)
        buffer_add_format(text, "more than %d ", COUNT_MAX);
    else if (count > 1)
        buffer_add_format(text, "%" PRId64 " ", count);
    else
        buffer_add_text(text, "one of the ");
    for (; *table; table++) {
        if (*table == '_')
            buffer_add_char(text, ' ');
        else
            buffer_add_char(text, *table);
    }
}

bool references_describe(struct scope *scope, const struct model *model, int64_t id,
                         const char **sentence)
{
    struct rows references;
    struct buffer text;

    *sentence = NULL;
    if (!references_read(scope, model, &references))
        return false;
    buffer_init(&text, &scope->arena);
    for (int row = 0; row < references.count; row++) {
        int64_t count;

        if (!count_users(scope, model, id, &references, row, &count))
            return false;
        if (count == 0)
            continue;
        if (text.length)
            buffer_add_text(&text, " and ");
        else
            buffer_add_format(&text, "%s is used by ", model->name);
        add_users(&text, count, row_text(&references, row, REFERENCE_NAME));
    }
    if (text.failed)
        return fail_memory(scope);
    *sentence = text.data;
    return true;
}
