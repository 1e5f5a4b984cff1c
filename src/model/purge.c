/* purge.c - deleted rows, removed for good */
#include "keel/model/purge.h"

#include "keel/core/buffer.h"
#include "references.h"

/* So few that nobody waits long for a lock of theirs. */
#define BATCH_MAX 1000

/* updated_at is when a deleted row was deleted: nothing else can happen to it but to come back. */
#define IS_OLD "NOT t.is_active AND t.updated_at < now() - make_interval(days => $1::integer)"

static bool run(struct scope *scope, const char *name, const struct buffer *text, int64_t days,
                struct rows *rows)
{
    if (text->failed)
        return fail_memory(scope);
    const struct sql sql = {name, text->data, 1};

    return db_query(scope, &sql, PARAMS(param_int(scope, days)), rows);
}

/*
 * Rows that somebody holds are passed by. A row that came back until its lock was taken is not
 * among them either: PostgreSQL looks at the condition again then.
 */
static bool build_batch(struct scope *scope, const struct model *model, struct buffer *text)
{
    struct rows references;

    if (!references_read(scope, model, &references))
        return false;
    buffer_init(text, &scope->arena);
    buffer_add_format(text, "DELETE FROM %s WHERE id IN (SELECT t.id FROM %s AS t WHERE " IS_OLD,
                      model->table, model->table);
    for (int row = 0; row < references.count; row++)
        buffer_add_format(text, " AND NOT EXISTS (SELECT FROM %s AS r WHERE r.%s = t.id)",
                          row_text(&references, row, REFERENCE_TABLE),
                          row_text(&references, row, REFERENCE_COLUMN));
    buffer_add_format(text, " LIMIT %d FOR UPDATE OF t SKIP LOCKED)", BATCH_MAX);
    return true;
}

static bool remove_all(struct scope *scope, const struct model *model, int64_t days,
                       int64_t *removed)
{
    struct buffer text;
    struct rows rows = {0};

    if (!build_batch(scope, model, &text))
        return false;
    do {
        if (!run(scope, "purge_remove", &text, days, &rows))
            return false;
        *removed += rows.affected;
    } while (rows.affected == BATCH_MAX);
    return true;
}

static bool count_kept(struct scope *scope, const struct model *model, int64_t days, int64_t *kept)
{
    struct rows rows;
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_format(&text, "SELECT count(*) FROM %s AS t WHERE " IS_OLD, model->table);
    if (!run(scope, "purge_count", &text, days, &rows))
        return false;
    *kept = row_int(&rows, 0, 0);
    return true;
}

/* A round may free what another row referred to; the last one finds nothing to remove. */
bool purge_deleted(struct scope *scope, const struct model *const *models, size_t count,
                   int64_t days, struct purge_count *counts)
{
    int64_t removed;

    for (size_t i = 0; i < count; i++)
        counts[i] = (struct purge_count){0};
    do {
        removed = 0;
        for (size_t i = 0; i < count; i++) {
            int64_t before = counts[i].removed;

            if (!remove_all(scope, models[i], days, &counts[i].removed))
                return false;
            removed += counts[i].removed - before;
        }
    } while (removed > 0);
    for (size_t i = 0; i < count; i++) {
        if (!count_kept(scope, models[i], days, &counts[i].kept))
            return false;
    }
    return true;
}
