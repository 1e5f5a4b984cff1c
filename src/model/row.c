/* row.c - a result's row as JSON, or as the model's struct */
#include "keel/model/store.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"
#include "keel/core/text.h"

#include <string.h>

void model_add_columns(struct buffer *buffer, const struct model *model)
{
    const char *separator = "";

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!(column->uses & READ))
            continue;
        buffer_add_text(buffer, separator);
        if (column->expression)
            buffer_add_format(buffer, "(%s) AS ", column->expression);
        buffer_add_text(buffer, column->name);
        separator = ", ";
    }
}

const struct column *model_read_column(const struct model *model, int index)
{
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & READ && index-- == 0)
            return &model->columns[i];
    }
    return NULL;
}

/* More than any time that PostgreSQL writes. */
#define TIME_SIZE 40

/*
 * "2026-01-12 10:00:00.5+00" as PostgreSQL says it in UTC becomes RFC 3339 by two characters.
 * Returns its length; 0 for what has no such form ("infinity"). `rewritten` takes TIME_SIZE bytes.
 */
static size_t rewrite_time(const char *text, size_t length, char *rewritten)
{
    if (length <= 13 || length >= TIME_SIZE || strcmp(text + length - 3, "+00") != 0)
        return 0;
    memcpy(rewritten, text, length - 3);
    rewritten[10] = 'T';
    rewritten[length - 3] = 'Z';
    rewritten[length - 2] = '\0';
    return length - 2;
}

static void add_time(struct buffer *buffer, const char *text, size_t length)
{
    char rewritten[TIME_SIZE];
    size_t size = rewrite_time(text, length, rewritten);

    buffer_add_char(buffer, '"');
    buffer_add(buffer, size ? rewritten : text, size ? size : length);
    buffer_add_char(buffer, '"');
}

static void add_value(struct buffer *buffer, const struct column *column, const char *text,
                      size_t length)
{
    switch (column->kind) {
    case KIND_TEXT:
        json_add_string(buffer, text, length);
        break;
    case KIND_BOOL:
        buffer_add_text(buffer, *text == 't' ? "true" : "false");
        break;
    case KIND_TIME:
        add_time(buffer, text, length);
        break;
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_JSON:
        buffer_add(buffer, text, length);
        break;
    }
}

void model_write_row(struct buffer *buffer, const struct model *model, const struct rows *rows,
                     int row)
{
    int index = 0;

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!(column->uses & READ))
            continue;
        buffer_add_char(buffer, index ? ',' : '{');
        json_add_key(buffer, column->name);
        if (row_is_null(rows, row, index))
            buffer_add_text(buffer, "null");
        else
            add_value(buffer, column, row_text(rows, row, index),
                      (size_t)PQgetlength(rows->result, row, index));
        index++;
    }
    buffer_add_char(buffer, '}');
}

static bool load_time(const char *text, struct instant *instant)
{
    char rewritten[TIME_SIZE];
    size_t size = rewrite_time(text, strlen(text), rewritten);

    return size && clock_parse(rewritten, size, &instant->us);
}

/* Puts one value where the struct has its member. */
static bool load_value(const struct column *column, const struct rows *rows, int row, int index,
                       void *member)
{
    const char *text = row_text(rows, row, index);
    bool is_null = row_is_null(rows, row, index);

    switch (column->kind) {
    case KIND_INT:
        if (column->nullable)
            *(struct maybe_int *)member = (struct maybe_int){is_null, row_int(rows, row, index)};
        else
            *(int64_t *)member = row_int(rows, row, index);
        return true;
    case KIND_TEXT:
        *(const char **)member = is_null ? NULL : text;
        return true;
    case KIND_DECIMAL:
        ((struct decimal *)member)->text = is_null ? NULL : text;
        return true;
    case KIND_BOOL:
        *(bool *)member = row_bool(rows, row, index);
        return true;
    case KIND_TIME:
        return is_null || load_time(text, member);
    case KIND_JSON:
        ((struct json_text *)member)->text = is_null ? NULL : text;
        return true;
    }
    return false;
}

bool model_load(struct scope *scope, const struct model *model, const struct rows *rows, int row,
                void *record)
{
    int index = 0;

    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!(column->uses & READ))
            continue;
        if (!load_value(column, rows, row, index, (char *)record + column->offset)) {
            fail(scope, ERR_INTERNAL, "Something went wrong on our side");
            return fail_detail(scope, "%s.%s: PostgreSQL gave a value that cannot be read",
                               model->plural, column->name);
        }
        index++;
    }
    return true;
}
