/* scaffold_c.c - a field of a resource as C: the member of a struct, the row of a column table */
#include "scaffold_text.h"

#include <inttypes.h>
#include <string.h>

/* How a field of each kind is held, and the macro of its row. */
static const struct {
    const char *member;
    const char *macro;
} kinds[] = {
    [KIND_INT] = {"int64_t ", "INT"},
    [KIND_TEXT] = {"const char *", "TEXT"},
    [KIND_DECIMAL] = {"struct decimal ", "DECIMAL"},
    [KIND_BOOL] = {"bool ", "BOOL"},
    [KIND_TIME] = {"struct instant ", "TIME"},
};

static const struct {
    unsigned use;
    const char *name;
} uses[] = {
    {READ, "READ"},       {CREATE, "CREATE"}, {UPDATE, "UPDATE"},
    {REQUIRE, "REQUIRE"}, {SORT, "SORT"},     {FILTER, "FILTER"},
    {RANGE, "RANGE"},     {SEARCH, "SEARCH"}, {COUNTED, "COUNTED"},
};

/* The ends of C's types by their names, so that nobody has to count digits. */
static const struct {
    int64_t number;
    const char *name;
} limits[] = {
    {INT32_MIN, "INT32_MIN"},
    {INT32_MAX, "INT32_MAX"},
    {INT64_MIN, "INT64_MIN"},
    {INT64_MAX, "INT64_MAX"},
};

static bool is_maybe_int(const struct column *column)
{
    return column->kind == KIND_INT && column->nullable;
}

const char *scaffold_c_member(struct scope *scope, const struct scaffold_field *field)
{
    const struct column *column = &field->column;

    return scope_format(scope, "%s%s;",
                        is_maybe_int(column) ? "struct maybe_int " : kinds[column->kind].member,
                        column->name);
}

static void add_uses(struct buffer *out, unsigned use)
{
    const char *separator = ", .uses = ";

    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (!(use & uses[i].use))
            continue;
        buffer_add_text(out, separator);
        buffer_add_text(out, uses[i].name);
        separator = " | ";
    }
}

static void add_number(struct buffer *out, const char *name, int64_t number)
{
    if (number == 0)
        return;
    buffer_add_format(out, ", .%s = ", name);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i].number == number) {
            buffer_add_text(out, limits[i].name);
            return;
        }
    }
    buffer_add_int(out, number);
}

/* A JSON text inside a C string. Samples hold nothing else that would need a backslash. */
static void add_example(struct buffer *out, const char *example)
{
    buffer_add_text(out, ", .example = \"");
    for (; *example; example++) {
        if (*example == '"')
            buffer_add_char(out, '\\');
        buffer_add_char(out, *example);
    }
    buffer_add_char(out, '"');
}

const char *scaffold_c_row(struct scope *scope, const struct scaffold_resource *resource,
                           const struct scaffold_field *field)
{
    const struct column *column = &field->column;
    struct buffer out;

    buffer_init(&out, &scope->arena);
    buffer_add_format(&out, "{%s(struct %s, %s)",
                      is_maybe_int(column) ? "MAYBE_INT" : kinds[column->kind].macro, resource->one,
                      column->name);
    add_uses(&out, column->uses);
    if (column->nullable && !is_maybe_int(column))
        buffer_add_text(&out, ", .nullable = true");
    if (column->kind == KIND_DECIMAL)
        buffer_add_format(&out, ", .digits = %u, .scale = %u", column->digits, column->scale);
    add_number(&out, "min", column->min);
    add_number(&out, "max", column->max);
    if (column->references)
        buffer_add_format(&out, ", .references = &%s_model", column->references->table);
    add_example(&out, column->example);
    buffer_add_format(&out, ", .doc = \"%s\"},", column->doc);
    if (out.failed)
        fail_memory(scope);
    return out.failed ? NULL : out.data;
}
