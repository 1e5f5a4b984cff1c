/* record.c - a model's C struct: filled from a body, written as JSON */
#include "keel/model/store.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"
#include "keel/core/text.h"

#include <string.h>

/* The text was checked when the body was decoded, so reading it cannot fail here. */
static void set_member(const struct column *column, const char *text, void *member)
{
    int64_t number = 0;

    switch (column->kind) {
    case KIND_INT:
        text_to_int(text, strlen(text), &number);
        if (column->nullable)
            *(struct maybe_int *)member = (struct maybe_int){false, number};
        else
            *(int64_t *)member = number;
        break;
    case KIND_TEXT:
        *(const char **)member = text;
        break;
    case KIND_DECIMAL:
        ((struct decimal *)member)->text = text;
        break;
    case KIND_BOOL:
        *(bool *)member = *text == 't';
        break;
    case KIND_TIME:
        clock_parse(text, strlen(text), &number);
        /* Zero says that no time was given: 1970 itself becomes the moment behind it. */
        ((struct instant *)member)->us = number == 0 && column->nullable ? 1 : number;
        break;
    case KIND_JSON:
        ((struct json_text *)member)->text = text;
        break;
    case KIND_TEXTS:
        ((struct texts *)member)->text = text;
        break;
    }
}

bool input_load(struct scope *scope, const struct input *input, void *record)
{
    if (scope->error.kind != ERR_NONE)
        return false;
    memset(record, 0, input->model->size);
    for (size_t i = 0; i < input->model->column_count; i++) {
        const struct column *column = &input->model->columns[i];
        void *member = (char *)record + column->offset;

        if (input->values[i].state == VALUE_SET)
            set_member(column, input->values[i].text, member);
        else if (column->kind == KIND_INT && column->nullable)
            ((struct maybe_int *)member)->is_null = true;
    }
    return true;
}

static void add_raw(struct buffer *buffer, const char *text)
{
    buffer_add_text(buffer, text ? text : "null");
}

/* As a body that leaves it out or says null is loaded: no time is zero. */
static void add_time(struct buffer *buffer, const struct column *column, int64_t us)
{
    char time[CLOCK_TEXT_SIZE];

    if (column->nullable && us == 0) {
        add_raw(buffer, NULL);
        return;
    }
    clock_format_us(us, time);
    json_add_text(buffer, time);
}

static void add_member(struct buffer *buffer, const struct column *column, const void *member)
{
    const struct maybe_int *maybe = member;

    switch (column->kind) {
    case KIND_INT:
        if (!column->nullable)
            buffer_add_int(buffer, *(const int64_t *)member);
        else if (maybe->is_null)
            add_raw(buffer, NULL);
        else
            buffer_add_int(buffer, maybe->value);
        break;
    case KIND_TEXT:
        json_add_text(buffer, *(const char *const *)member);
        break;
    case KIND_DECIMAL:
        add_raw(buffer, ((const struct decimal *)member)->text);
        break;
    case KIND_BOOL:
        add_raw(buffer, *(const bool *)member ? "true" : "false");
        break;
    case KIND_TIME:
        add_time(buffer, column, ((const struct instant *)member)->us);
        break;
    case KIND_JSON:
        add_raw(buffer, ((const struct json_text *)member)->text);
        break;
    case KIND_TEXTS:
        add_raw(buffer, ((const struct texts *)member)->text);
        break;
    }
}

void model_write_record(struct buffer *buffer, const struct model *model, const void *record)
{
    char separator = '{';

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!column_is_shown(column))
            continue;
        buffer_add_char(buffer, separator);
        json_add_key(buffer, column->name);
        add_member(buffer, column, (const char *)record + column->offset);
        separator = ',';
    }
    buffer_add_char(buffer, '}');
}
