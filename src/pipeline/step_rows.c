/* step_rows.c - steps that look at one row alone: validate, derive, filter */
#include "keel/pipeline/builtin.h"

#include <string.h>

static bool validate(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct row_check *rule = arguments;

    (void)state;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_row *row = &batch->rows[i];
        const char *code = "invalid", *message = "The row is wrong";
        int place = batch_find(&batch->columns, rule->column);

        if (row->is_out || rule->check(batch, row, &code, &message))
            continue;
        if (!flow_reject(flow, row, rule->column, code, message,
                         place < 0 ? NULL : row->cells[place].text))
            return false;
    }
    return true;
}

const struct step validate_step = {"validate", .run = validate};

bool flow_add_column(struct flow *flow, const char *name)
{
    if (batch_find(&flow->columns, name) >= 0)
        return fail_field(flow->scope, name, "duplicate", "There is a column %s already", name);
    if (flow->columns.count == BATCH_COLUMN_MAX)
        return fail_field(flow->scope, name, "too_many", "There are more than %d columns",
                          BATCH_COLUMN_MAX);
    flow->columns.names[flow->columns.count++] = name;
    return true;
}

static bool begin_derive(struct flow *flow, const void *arguments, void **state)
{
    const struct derivation *derivation = arguments;

    (void)state;
    return flow_add_column(flow, derivation->column);
}

static bool derive(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct derivation *derivation = arguments;
    int place = batch_find(&batch->columns, derivation->column);

    (void)flow;
    (void)state;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_row *row = &batch->rows[i];

        if (row->is_out)
            continue;
        const char *text = derivation->make(&batch->scope, batch, row);

        if (batch->scope.error.kind != ERR_NONE)
            return false;
        row->cells[place] =
            text ? (struct cell){CELL_TEXT, text, strlen(text)} : (struct cell){CELL_NULL, "", 0};
    }
    return true;
}

const struct step derive_step = {"derive", .begin = begin_derive, .run = derive};

static bool filter(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct row_filter *rule = arguments;

    (void)state;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_row *row = &batch->rows[i];

        if (!row->is_out && !rule->wants(batch, row))
            flow_drop(flow, row);
    }
    return true;
}

const struct step filter_step = {"filter", .run = filter};
