/* row.c - a result's row as the model's struct */
#include "keel/model/store.h"

#include "keel/core/clock.h"
#include "keel/core/text.h"
#include "row.h"

#include <string.h>

size_t row_rewrite_time(const char *text, size_t length, char rewritten[ROW_TIME_SIZE])
{
    if (length <= 13 || length >= ROW_TIME_SIZE || memcmp(text + length - 3, "+00", 3) != 0)
        return 0;
    memcpy(rewritten, text, length - 3);
    rewritten[10] = 'T';
    rewritten[length - 3] = 'Z';
    rewritten[length - 2] = '\0';
    return length - 2;
}

static bool load_time(const char *text, struct instant *instant)
{
    char rewritten[ROW_TIME_SIZE];
    size_t size = row_rewrite_time(text, strlen(text), rewritten);

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
    case KIND_TEXTS:
        ((struct texts *)member)->text = is_null ? NULL : text;
        return true;
    }
    return false;
}

bool selection_load(struct scope *scope, const struct selection *selection, const struct rows *rows,
                    int row, void *record)
{
    memset(record, 0, selection->model->size);
    for (size_t i = 0; i < selection->column_count; i++) {
        const struct column *column = selection->columns[i];

        if (!load_value(column, rows, row, (int)i, (char *)record + column->offset)) {
            fail(scope, ERR_INTERNAL, "Something went wrong on our side");
            return fail_detail(scope, "%s.%s: PostgreSQL gave a value that cannot be read",
                               selection->model->plural, column->name);
        }
    }
    return true;
}
