/* template.h - a text with {{places}} for values, from src/cli/templates */
#ifndef KEEL_CLI_TEMPLATE_H
#define KEEL_CLI_TEMPLATE_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"

struct template_value {
    const char *name;
    const char *text;
};

/* Each list ends with a NULL name. */
struct template_values {
    const struct template_value *list;
    const struct template_value *const *fields; /* one list per field */
    size_t field_count;
};

/*
 * Writes the template `file` ("resource.c"), with these rules:
 *
 * - {{name}} stands for a value. A line that holds nothing but places whose values are empty is
 *   left out.
 * - A line with {{field.name}} is written once for each field, with that field's values.
 * - A line that begins with a brace and is longer than 100 characters goes on below, behind a comma
 *   of its own, as clang-format has it.
 *
 * Fails with ERR_INTERNAL for a template or a value that there is not.
 */
bool template_render(struct scope *scope, const char *file, const struct template_values *values,
                     struct buffer *out);

/* A list of values in the making. A NULL text, as a lack of memory gives it, fails the list. */
#define TEMPLATE_VALUE_MAX 40

struct template_list {
    struct scope *scope;
    struct template_value *values; /* ends with a NULL name at all times */
    size_t count;
    bool failed;
};

struct template_list template_list_begin(struct scope *scope);
void template_add(struct template_list *list, const char *name, const char *text);

/* "" where it is not wanted. */
void template_add_if(struct template_list *list, bool is_wanted, const char *name,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
