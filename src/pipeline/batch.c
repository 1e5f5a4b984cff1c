/* batch.c - some rows on their way through a pipeline */
#include "keel/pipeline/batch.h"

#include <string.h>

int batch_find(const struct batch_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

bool batch_begin(struct batch *batch, const struct scope *parent,
                 const struct batch_columns *columns)
{
    *batch = (struct batch){.columns = *columns};
    scope_begin(&batch->scope, parent->config, parent->db, parent->log);
    batch->scope.token_keys = parent->token_keys;
    batch->scope.caller = parent->caller;
    batch->scope.request_id = parent->request_id;
    batch->scope.route = parent->route;
    batch->rows = scope_alloc(&batch->scope, BATCH_ROWS * sizeof *batch->rows);
    return batch->rows != NULL;
}

void batch_end(struct batch *batch)
{
    scope_end(&batch->scope);
}

struct batch_row *batch_add(struct batch *batch, int64_t line)
{
    struct batch_row *row = &batch->rows[batch->count];

    *row = (struct batch_row){.line = line};
    row->cells = scope_alloc(&batch->scope, batch->columns.count * sizeof *row->cells);
    if (!row->cells)
        return NULL;
    for (size_t i = 0; i < batch->columns.count; i++)
        row->cells[i].text = "";
    batch->count++;
    return row;
}

bool batch_set(struct batch *batch, struct cell *cell, enum cell_kind kind, const char *text,
               size_t length)
{
    const char *copy = kind == CELL_NULL ? "" : scope_copy(&batch->scope, text, length);

    *cell = (struct cell){kind, copy, kind == CELL_NULL ? 0 : length};
    return copy != NULL;
}
