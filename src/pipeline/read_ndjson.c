/* read_ndjson.c - reads lines of JSON: the columns are those that an import of the model takes */
#include "position.h"

#include "keel/core/json.h"
#include "keel/core/ndjson.h"
#include "keel/model/export.h"
#include "keel/pipeline/builtin.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static bool begin(struct flow *flow, const void *arguments, void **state)
{
    const struct model *model = arguments;
    struct ndjson_reader *reader = scope_alloc(flow->scope, sizeof *reader);
    struct position position;

    *state = reader;
    if (!reader || !position_read(flow, &position))
        return false;
    for (size_t i = 0; i < model->column_count; i++) {
        if (export_has_column(&model->columns[i]))
            flow->columns.names[flow->columns.count++] = model->columns[i].name;
    }
    /* Whether it is an array shows in its first byte that is no space; a comma does no harm. */
    ndjson_reader_begin(reader, flow->scope, flow->source, 0, 1, false);
    if (!position.offset)
        return true;
    reader->line = position.line;
    reader->is_array = true;
    return stream_window_skip(&reader->window, position.offset);
}

static const enum cell_kind cell_kinds[] = {
    [json_type_null] = CELL_NULL,     [json_type_boolean] = CELL_BOOL,
    [json_type_double] = CELL_NUMBER, [json_type_int] = CELL_NUMBER,
    [json_type_object] = CELL_LIST,   [json_type_array] = CELL_LIST,
    [json_type_string] = CELL_STRING,
};

/* Numbers keep the digits that they were written with. */
static bool set_member(struct batch *batch, struct cell *cell, struct json_object *member)
{
    enum json_type type = json_object_get_type(member);
    size_t length = 0;
    const char *text = "";

    if (type == json_type_string) {
        text = json_object_get_string(member);
        length = (size_t)json_object_get_string_len(member);
    } else if (type != json_type_null) {
        text = json_object_to_json_string_length(member, JSON_C_TO_STRING_PLAIN, &length);
    }
    return text ? batch_set(batch, cell, cell_kinds[type], text, length)
                : fail_memory(&batch->scope);
}

static bool take_members(struct flow *flow, struct batch *batch, struct batch_row *row,
                         struct json_object *object)
{
    json_object_object_foreach(object, name, member)
    {
        int place = batch_find(&batch->columns, name);

        if (place < 0)
            return flow_reject(flow, row, name, "unknown_field", "There is no such field", NULL);
        if (!set_member(batch, &row->cells[place], member))
            return false;
    }
    return true;
}

/* Parses in a unit of its own, whose tree of objects is many times as large as the line. */
static bool take_line(struct flow *flow, struct batch *batch, const struct ndjson_line *line)
{
    struct batch_row *row = batch_add(batch, line->line);
    struct json_object *object = NULL;
    struct scope parsing;
    bool done;

    if (!row)
        return false;
    if (line->fault.code)
        return flow_reject(flow, row, "", line->fault.code, line->fault.message, NULL);
    scope_begin(&parsing, NULL, NULL, NULL);
    if (!json_parse(&parsing, line->text, line->length, &object))
        done = parsing.error.kind == ERR_MALFORMED
                   ? flow_reject(flow, row, "", "malformed", parsing.error.message, NULL)
                   : fail_memory(&batch->scope);
    else if (!json_object_is_type(object, json_type_object))
        done = flow_reject(flow, row, "", "not_an_object", "The line is not a JSON object", NULL);
    else
        done = take_members(flow, batch, row, object);
    scope_end(&parsing);
    return done;
}

static bool read_rows(struct flow *flow, void *state, struct batch *batch)
{
    struct ndjson_reader *reader = state;
    int64_t begin_at = reader->window.offset;
    struct ndjson_line line;

    while (batch->count < BATCH_ROWS && reader->window.offset - begin_at < POSITION_BYTES_MAX) {
        enum stream_outcome outcome = ndjson_read(reader, &line);

        if (outcome == STREAM_END)
            break;
        if (outcome == STREAM_FAILED || !take_line(flow, batch, &line))
            return false;
    }
    return position_keep(flow, batch, reader->window.offset, reader->line);
}

const struct reader ndjson_reader_part = {"ndjson", .begin = begin, .read = read_rows};
