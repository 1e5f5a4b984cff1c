/* step_decode.c - values as the model's columns take them, and those that it requires */
#include "keel/core/json.h"
#include "keel/model/export.h"
#include "keel/model/input.h"
#include "keel/pipeline/builtin.h"

#include <string.h>

/* The model's column of each of the batch's; NULL: of none, it is left as it is. */
struct decoding {
    const struct column *columns[BATCH_COLUMN_MAX];
    size_t count;
};

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    const struct model *model = arguments;
    struct decoding *decoding = scope_alloc(flow->scope, sizeof *decoding);

    *state = decoding;
    if (!decoding)
        return false;
    decoding->count = flow->columns.count;
    for (size_t i = 0; i < decoding->count; i++) {
        const struct column *column = model_find(model, flow->columns.names[i]);

        if (!column || !export_has_column(column))
            fail_field(flow->scope, flow->columns.names[i], "unknown_field",
                       "%s is no column of %s that can be set", flow->columns.names[i],
                       model->plural);
        decoding->columns[i] = column;
    }
    return flow->scope->error.kind == ERR_NONE;
}

/* Claim: of what is no text for everything, it is what the column takes. */
static bool has_type(const struct column *column, enum cell_kind kind)
{
    static const enum cell_kind kinds[] = {
        [KIND_INT] = CELL_NUMBER, [KIND_TEXT] = CELL_STRING, [KIND_DECIMAL] = CELL_NUMBER,
        [KIND_BOOL] = CELL_BOOL,  [KIND_TIME] = CELL_STRING, [KIND_JSON] = CELL_ABSENT,
        [KIND_TEXTS] = CELL_LIST,
    };

    return kind == CELL_TEXT || kind == kinds[column->kind];
}

/* A list of texts is JSON, in CSV too. */
static bool decode_list(struct scope *scope, const struct column *column, struct cell *cell)
{
    struct json_object *list;
    struct value value = {0};

    if (!json_parse(scope, cell->text, cell->length, &list)) {
        if (scope->error.kind == ERR_MALFORMED) {
            scope_clear_error(scope);
            value_fail_type(scope, column);
        }
        return false;
    }
    if (!value_decode(scope, column, list, &value))
        return false;
    *cell = value.state == VALUE_SET ? (struct cell){CELL_TEXT, value.text, strlen(value.text)}
                                     : (struct cell){CELL_NULL, "", 0};
    return true;
}

static bool decode(struct scope *scope, const struct column *column, struct cell *cell)
{
    if (cell->kind == CELL_ABSENT)
        return true;
    if (cell->kind == CELL_NULL)
        return column->nullable ||
               fail_field(scope, column->name, "not_null", "%s must not be null", column->name);
    if (!has_type(column, cell->kind))
        return value_fail_type(scope, column);
    if (column->kind == KIND_TEXTS)
        return decode_list(scope, column, cell);
    if (!input_check_text(scope, column, column->name, cell->text))
        return false;
    cell->kind = CELL_TEXT;
    return true;
}

/* A value that is wrong is the row's error, and lack of memory the run's. */
static bool reject(struct flow *flow, struct batch *batch, struct batch_row *row, const char *value)
{
    const struct field_error *field = batch->scope.error.fields;

    if (batch->scope.error.kind != ERR_VALIDATION || !field)
        return false;
    scope_clear_error(&batch->scope);
    return flow_reject(flow, row, field->field, field->code, field->message, value);
}

static bool run(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct decoding *decoding = state;

    (void)arguments;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_row *row = &batch->rows[i];

        for (size_t c = 0; c < decoding->count && !row->is_out; c++) {
            if (!decode(&batch->scope, decoding->columns[c], &row->cells[c]) &&
                !reject(flow, batch, row, row->cells[c].text))
                return false;
        }
    }
    return true;
}

const struct step decode_step = {"decode", .begin = begin, .run = run};

/* The required columns that the rows do not have: told of each row, or nobody would know why. */
static bool require(struct flow *flow, const void *arguments, void *state, struct batch *batch)
{
    const struct model *model = arguments;

    (void)state;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_row *row = &batch->rows[i];

        for (size_t c = 0; c < model->column_count && !row->is_out; c++) {
            const struct column *column = &model->columns[c];
            int place = column->uses & REQUIRE ? batch_find(&batch->columns, column->name) : 0;

            if (column->uses & REQUIRE && (place < 0 || row->cells[place].kind == CELL_ABSENT) &&
                !flow_reject(flow, row, column->name, "required", "The row has no such value",
                             NULL))
                return false;
        }
    }
    return true;
}

const struct step require_step = {"require", .run = require};
