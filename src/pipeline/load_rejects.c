/* load_rejects.c - rows that were refused, on their way to the database */
#include "keel/core/text.h"
#include "keel/db/copy.h"
#include "keel/model/store.h"
#include "load_parts.h"

#include <errno.h>
#include <string.h>

/* Characters that are kept of a value, with an ellipsis behind them. */
#define VALUE_MAX 200

/* What is sent at once of those that were put aside. */
#define PIECE_SIZE ((size_t)256 * 1024)

static const struct sql copy_rejects = {
    "load_rejects",
    "COPY import_rejects (import_id, line, column_name, code, message, value) FROM STDIN", 0};

static size_t measure(const char *text, size_t length)
{
    size_t at = 0;

    for (size_t count = 0; at < length && count < VALUE_MAX; count++)
        at += text_measure_character(text + at, length - at);
    return at;
}

static void add_value(struct buffer *text, const char *value, size_t length)
{
    size_t told = value ? measure(value, length) : 0;

    if (!value) {
        copy_add_null(text);
        return;
    }
    copy_add_text(text, value, told);
    if (told < length)
        buffer_add_text(text, "…");
}

static void add_text(struct buffer *text, const char *value)
{
    if (value)
        copy_add_text(text, value, strlen(value));
    else
        copy_add_null(text);
    buffer_add_char(text, '\t');
}

void load_reject(struct load *load, int64_t line, const char *column, const char *code,
                 const char *message, const char *value, size_t length)
{
    struct buffer *text = &load->rejects.text;

    if (line <= load->rejects.told)
        return;
    add_text(text, load->id);
    buffer_add_int(text, line);
    buffer_add_char(text, '\t');
    add_text(text, column);
    add_text(text, code);
    add_text(text, message);
    add_value(text, value, length);
    buffer_add_char(text, '\n');
}

static const char *code_of(enum error_kind kind)
{
    switch (kind) {
    case ERR_MALFORMED:
        return "malformed";
    case ERR_CONFLICT:
        return "conflict";
    default:
        return "invalid";
    }
}

/* The column that an error is about: a field may name a place within it, as "tags[2]" does. */
static const char *column_of(const struct load *load, const char *field, char name[64])
{
    size_t length = strcspn(field, "[.");
    const struct column *column;

    if (length >= 64)
        return NULL;
    memcpy(name, field, length);
    name[length] = '\0';
    column = model_find(load->model, name);
    return column ? column->name : NULL;
}

void load_reject_error(struct load *load, int64_t line, const struct error *error,
                       const char *(*value_of)(void *context, const char *column), void *context)
{
    for (const struct field_error *field = error->fields; field; field = field->next) {
        char name[64];
        const char *column = column_of(load, field->field, name);
        const char *value = value_of(context, column ? column : field->field);

        load_reject(load, line, column ? column : field->field, field->code, field->message, value,
                    value ? strlen(value) : 0);
    }
    if (error->fields)
        return;
    const char *column =
        error->constraint ? constraint_column(load->model, error->constraint) : NULL;
    const char *value = column ? value_of(context, column) : NULL;

    load_reject(load, line, column, code_of(error->kind), error->message, value,
                value ? strlen(value) : 0);
}

bool load_rejects_write(struct load *load, struct scope *part)
{
    struct buffer *text = &load->rejects.text;

    if (text->failed)
        return fail_memory(part);
    return !text->length || db_copy(part, &copy_rejects, text->data, text->length);
}

static bool fail_aside(struct scope *part, const char *what)
{
    fail(part, ERR_UNAVAILABLE, "The rows that were refused could not be %s", what);
    return fail_detail(part, "temporary file: %s", strerror(errno));
}

bool load_rejects_put_aside(struct load *load, struct scope *part)
{
    struct load_rejects *rejects = &load->rejects;

    if (rejects->text.failed)
        return fail_memory(part);
    if (!rejects->text.length)
        return true;
    if (!rejects->aside)
        rejects->aside = tmpfile();
    if (!rejects->aside ||
        fwrite(rejects->text.data, 1, rejects->text.length, rejects->aside) != rejects->text.length)
        return fail_aside(part, "kept");
    buffer_clear(&rejects->text);
    return true;
}

/* Sends the whole lines of a piece; what is behind them stays for the next one. */
static bool send_lines(struct load *load, struct scope *part)
{
    struct buffer *text = &load->rejects.text;
    const char *last = memrchr(text->data, '\n', text->length);
    size_t whole = last ? (size_t)(last - text->data) + 1 : 0;

    if (whole && !db_copy(part, &copy_rejects, text->data, whole))
        return false;
    text->length -= whole;
    memmove(text->data, text->data + whole, text->length);
    return true;
}

bool load_rejects_bring_back(struct load *load, struct scope *part)
{
    struct load_rejects *rejects = &load->rejects;
    struct buffer *text = &rejects->text;
    size_t size;

    buffer_clear(text);
    if (!rejects->aside)
        return true;
    rewind(rejects->aside);
    do {
        if (!buffer_reserve(text, PIECE_SIZE))
            return fail_memory(part);
        size = fread(text->data + text->length, 1, PIECE_SIZE, rejects->aside);
        text->length += size;
        if (size && !send_lines(load, part))
            return false;
    } while (size);
    return !ferror(rejects->aside) || fail_aside(part, "read back");
}

void load_rejects_end(struct load *load)
{
    if (load->rejects.aside)
        fclose(load->rejects.aside);
    load->rejects.aside = NULL;
}
