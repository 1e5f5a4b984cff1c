/* load_row.c - one row of a file: checked, and written as COPY takes it, or refused */
#include "load_row.h"

#include "keel/core/json.h"
#include "keel/core/text.h"
#include "keel/db/copy.h"
#include "keel/model/export.h"
#include "keel/model/input.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

/* What is being looked at: a record of CSV or an object of JSON. */
struct row {
    struct load *load;
    const struct csv_record *record;
    struct json_object *object;
};

/* The cell or member as the file has it. */
static const char *value_of(void *context, const char *column)
{
    const struct row *row = context;
    size_t place = load_plan_find(&row->load->plan, column);
    struct json_object *member;

    if (row->record)
        return place == SIZE_MAX || row->record->cells[row->load->plan.cells[place]].is_null
                   ? NULL
                   : row->record->cells[row->load->plan.cells[place]].text;
    if (!json_object_object_get_ex(row->object, column, &member) || !member)
        return NULL;
    if (json_object_is_type(member, json_type_string))
        return json_object_get_string(member);
    return json_object_to_json_string_ext(member, JSON_C_TO_STRING_PLAIN);
}

/* The table's own ids; where a file brings them along, they must leave room for those to come. */
static bool check_id(struct scope *scratch, const char *text)
{
    int64_t id;

    if (!text_to_int(text, strlen(text), &id) || id < 1)
        return fail_field(scratch, "id", "not_an_id", "id must be a positive whole number");
    if (id > LOAD_ID_MAX)
        return fail_field(scratch, "id", "too_large", "id must be at most %" PRId64, LOAD_ID_MAX);
    return true;
}

static bool is_id(const struct column *column)
{
    return strcmp(column->name, "id") == 0;
}

/* JSON in a cell: a list of texts, or whatever a column of JSON holds. */
static bool check_json(struct scope *scratch, const struct column *column, const char *text,
                       size_t length, const char **checked)
{
    struct json_object *json;
    struct value value;

    if (!json_parse(scratch, text, length, &json)) {
        scope_clear_error(scratch);
        return fail_field(scratch, column->name, "not_json", "%s must be JSON", column->name);
    }
    *checked = text;
    if (column->kind == KIND_JSON)
        return true;
    if (!value_decode(scratch, column, json, &value))
        return false;
    *checked = value.text;
    return true;
}

/* A cell's text as PostgreSQL takes it. */
static bool check_cell(struct scope *scratch, const struct column *column,
                       const struct csv_cell *cell, const char **checked)
{
    *checked = cell->text;
    if (is_id(column))
        return check_id(scratch, cell->text);
    if (column->kind == KIND_TEXTS || column->kind == KIND_JSON)
        return check_json(scratch, column, cell->text, cell->length, checked);
    return input_check_text(scratch, column, column->name, cell->text);
}

static void add_head(struct buffer *text, int64_t line, uint64_t given)
{
    buffer_add_int(text, line);
    buffer_add_char(text, '\t');
    buffer_add_int(text, line);
    buffer_add_char(text, '\t');
    buffer_add_int(text, (int64_t)given);
}

static void add_null(struct buffer *text)
{
    buffer_add_char(text, '\t');
    copy_add_null(text);
}

static void add_cell(struct row *row, struct scope *scratch, size_t place, struct buffer *text)
{
    const struct load_plan *plan = &row->load->plan;
    const struct column *column = plan->columns[place];
    const struct csv_cell *cell = &row->record->cells[plan->cells[place]];
    const char *checked;

    if (cell->is_null) {
        if (!column->nullable && load_plan_requires(plan, column))
            fail_field(scratch, column->name, "required", "%s is required", column->name);
        add_null(text);
    } else if (check_cell(scratch, column, cell, &checked)) {
        buffer_add_char(text, '\t');
        copy_add_text(text, checked, checked == cell->text ? cell->length : strlen(checked));
    }
}

/* Takes the row's line back where something is wrong with it, and tells what. */
static bool conclude(struct row *row, struct scope *scratch, int64_t line, size_t start,
                     struct buffer *text)
{
    buffer_add_char(text, '\n');
    if (scratch->error.kind == ERR_NONE)
        return true;
    if (!text->failed)
        buffer_cut(text, start);
    load_reject_error(row->load, line, &scratch->error, value_of, row);
    return false;
}

bool load_row_csv(struct load *load, struct scope *scratch, const struct csv_record *record,
                  struct buffer *text)
{
    struct row row = {.load = load, .record = record};
    size_t start = text->length;

    add_head(text, record->line, 0);
    for (size_t i = 0; i < load->plan.count; i++)
        add_cell(&row, scratch, i, text);
    return conclude(&row, scratch, record->line, start, text);
}

/* A JSON column takes anything, the others what a body may have. */
static bool decode_member(struct scope *scratch, const struct column *column,
                          struct json_object *member, struct value *value)
{
    if (column->kind == KIND_JSON && member) {
        *value = (struct value){VALUE_SET,
                                json_object_to_json_string_ext(member, JSON_C_TO_STRING_PLAIN)};
        return value->text || fail_memory(scratch);
    }
    return value_decode(scratch, column, member, value) &&
           (!is_id(column) || value->state != VALUE_SET || check_id(scratch, value->text));
}

static void decode_members(struct row *row, struct scope *scratch, struct value *values)
{
    const struct load_plan *plan = &row->load->plan;

    json_object_object_foreach(row->object, name, member)
    {
        size_t place = load_plan_find(plan, name);

        if (place != SIZE_MAX)
            decode_member(scratch, plan->columns[place], member, &values[place]);
        else if (model_find(row->load->model, name))
            fail_field(scratch, name, "read_only", "%s cannot be set here", name);
        else
            fail_field(scratch, name, "unknown_field", "There is no field %s here", name);
    }
}

/* Which columns the row has, as bits; those that it must have and has not are told. */
static uint64_t find_given(struct row *row, struct scope *scratch, const struct value *values)
{
    const struct load_plan *plan = &row->load->plan;
    uint64_t given = 0;

    for (size_t i = 0; i < plan->count; i++) {
        if (values[i].state != VALUE_ABSENT)
            given |= UINT64_C(1) << i;
        else if (load_plan_requires(plan, plan->columns[i]) &&
                 !json_object_object_get_ex(row->object, plan->columns[i]->name, NULL))
            fail_field(scratch, plan->columns[i]->name, "required", "%s is required",
                       plan->columns[i]->name);
    }
    return given;
}

static void add_members(struct row *row, struct scope *scratch, int64_t line, struct buffer *text)
{
    struct value values[SELECTION_COLUMN_MAX] = {{0}};

    decode_members(row, scratch, values);
    add_head(text, line, find_given(row, scratch, values));
    for (size_t i = 0; i < row->load->plan.count; i++) {
        if (values[i].text) {
            buffer_add_char(text, '\t');
            copy_add_text(text, values[i].text, strlen(values[i].text));
        } else {
            add_null(text);
        }
    }
}

bool load_row_ndjson(struct load *load, struct scope *scratch, const struct ndjson_line *line,
                     struct buffer *text)
{
    struct row row = {.load = load};
    size_t start = text->length;

    if (json_parse(scratch, line->text, line->length, &row.object)) {
        if (json_object_is_type(row.object, json_type_object))
            add_members(&row, scratch, line->line, text);
        else
            fail(scratch, ERR_MALFORMED, "The line must be a JSON object");
    }
    return conclude(&row, scratch, line->line, start, text);
}
