/* changes.c - what a write changed in a row, as JSON for the audit log */
#include "keel/model/changes.h"

#include "keel/core/json.h"
#include "keel/core/text.h"
#include "keel/model/array.h"
#include "row.h"

#include <stdio.h>
#include <string.h>

/* Columns of a result that tell about one of the row's: changed, before, now. */
#define TOLD_COLUMNS 3

/* Two identifiers of PostgreSQL's, at most 63 bytes each, with what stands around them. */
#define NAME_SIZE 160

/* `{"name":{...},"name":{...}}` in the making. */
struct changes {
    struct scope *scope;
    struct buffer text;
};

static void begin(struct changes *changes, struct scope *scope)
{
    changes->scope = scope;
    buffer_init(&changes->text, &scope->arena);
    buffer_add_char(&changes->text, '{');
}

static void begin_field(struct changes *changes, const char *name)
{
    if (changes->text.length > 1)
        buffer_add_char(&changes->text, ',');
    json_add_key(&changes->text, name);
}

static const char *end(struct changes *changes)
{
    buffer_add_char(&changes->text, '}');
    if (!changes->text.failed)
        return changes->text.data;
    fail_memory(changes->scope);
    return NULL;
}

/* Bytes of the first CHANGES_TEXT_MAX characters. */
static size_t measure(const char *text, size_t length)
{
    size_t at = 0;

    for (size_t count = 0; at < length && count < CHANGES_TEXT_MAX; count++)
        at += text_measure_character(text + at, length - at);
    return at;
}

/* A text as long as the log tells it. */
static void add_text(struct buffer *buffer, const char *text, size_t length)
{
    size_t told = measure(text, length);

    json_add_string(buffer, text, told);
    if (told == length || buffer->failed)
        return;
    buffer_cut(buffer, buffer->length - 1);
    buffer_add_text(buffer, "…\"");
}

/* Values of a body were checked by kind, so what is no text is written in JSON as it is. */
static void add_value(struct buffer *buffer, const struct column *column, const char *text)
{
    switch (column->kind) {
    case KIND_TEXT:
    case KIND_TIME:
        add_text(buffer, text, strlen(text));
        break;
    case KIND_TEXTS:
        array_add_json(buffer, text);
        break;
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_BOOL:
    case KIND_JSON:
        buffer_add_text(buffer, text);
        break;
    }
}

const char *changes_of_input(struct scope *scope, const struct input *input)
{
    struct changes changes;

    begin(&changes, scope);
    for (size_t i = 0; i < input->model->column_count; i++) {
        const struct column *column = &input->model->columns[i];

        if (input->values[i].state == VALUE_ABSENT || column_is_secret(input->model, column))
            continue;
        begin_field(&changes, column->name);
        buffer_add_text(&changes.text, "{\"to\":");
        if (input->values[i].state == VALUE_NULL)
            buffer_add_text(&changes.text, "null");
        else
            add_value(&changes.text, column, input->values[i].text);
        buffer_add_char(&changes.text, '}');
    }
    return end(&changes);
}

const char *changes_of_one(struct scope *scope, const char *name, const char *from, const char *to)
{
    struct changes changes;

    if (!to)
        return NULL;
    begin(&changes, scope);
    begin_field(&changes, name);
    if (from)
        buffer_add_format(&changes.text, "{\"from\":%s,\"to\":%s}", from, to);
    else
        buffer_add_format(&changes.text, "{\"to\":%s}", to);
    return end(&changes);
}

const char *changes_of_text(struct scope *scope, const char *name, const char *from, const char *to)
{
    struct buffer before, now;

    buffer_init(&before, &scope->arena);
    buffer_init(&now, &scope->arena);
    add_text(&before, from, strlen(from));
    add_text(&now, to, strlen(to));
    if (!before.failed && !now.failed)
        return changes_of_one(scope, name, before.data, now.data);
    fail_memory(scope);
    return NULL;
}

/* Claim: an UPDATE sets this column, and may tell what to. */
static bool is_told(const struct input *input, size_t i, bool replace)
{
    const struct column *column = &input->model->columns[i];

    return (input->values[i].state != VALUE_ABSENT || (replace && column->uses & UPDATE)) &&
           !column_is_secret(input->model, column);
}

void changes_add_before(struct buffer *text, const struct input *input, bool replace)
{
    buffer_add_text(text, "id AS \"before.id\"");
    for (size_t i = 0; i < input->model->column_count; i++) {
        const char *name = input->model->columns[i].name;

        if (is_told(input, i, replace))
            buffer_add_format(text, ", %s AS \"before.%s\"", name, name);
    }
}

/* Long texts are cut where they are: many rows of them would fill the worker's memory. */
static bool is_long(const struct column *column)
{
    return column->kind == KIND_TEXT && (column->max == 0 || column->max > CHANGES_TEXT_MAX);
}

/* `, items.price`, `, left(items.name, 1001)` or `, to_json(items.tags)`. */
static void add_told_value(struct buffer *text, const struct column *column, const char *value)
{
    if (is_long(column))
        buffer_add_format(text, ", left(%s, %d)", value, CHANGES_TEXT_MAX + 1);
    else
        buffer_add_format(text, column->kind == KIND_TEXTS ? ", to_json(%s)" : ", %s", value);
}

/* What is told of one column: whether it changed, before, now. */
static void add_told(struct buffer *text, const struct column *column, const char *before,
                     const char *now)
{
    buffer_add_format(text, ", %s IS DISTINCT FROM %s", before, now);
    add_told_value(text, column, before);
    add_told_value(text, column, now);
}

void changes_add_returning(struct buffer *text, const struct input *input, bool replace,
                           const char *table)
{
    char before[NAME_SIZE], now[NAME_SIZE];

    for (size_t i = 0; i < input->model->column_count; i++) {
        const struct column *column = &input->model->columns[i];

        if (!is_told(input, i, replace))
            continue;
        snprintf(before, sizeof before, "\"before.%s\"", column->name);
        snprintf(now, sizeof now, "%s.%s", table, column->name);
        add_told(text, column, before, now);
    }
}

static void add_row_value(struct buffer *buffer, const struct column *column,
                          const struct rows *rows, int row, int index)
{
    if (column->kind == KIND_TEXT && !row_is_null(rows, row, index))
        add_text(buffer, row_text(rows, row, index), (size_t)PQgetlength(rows->result, row, index));
    else
        row_write_value(buffer, column, rows, row, index);
}

const char *changes_of_row(struct scope *scope, const struct input *input, bool replace,
                           const struct rows *rows, int row, int first)
{
    struct changes changes;

    begin(&changes, scope);
    for (size_t i = 0; i < input->model->column_count; i++) {
        const struct column *column = &input->model->columns[i];

        if (!is_told(input, i, replace))
            continue;
        if (row_bool(rows, row, first)) {
            begin_field(&changes, column->name);
            buffer_add_text(&changes.text, "{\"from\":");
            add_row_value(&changes.text, column, rows, row, first + 1);
            buffer_add_text(&changes.text, ",\"to\":");
            add_row_value(&changes.text, column, rows, row, first + 2);
            buffer_add_char(&changes.text, '}');
        }
        first += TOLD_COLUMNS;
    }
    return end(&changes);
}
